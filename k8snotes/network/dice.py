"""The dice that are thrown on a packet's way: always the same for the same question, so that a cell can be repeated."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

__all__ = ["Dice", "RandomDice", "every_way"]

T = TypeVar("T")


class Dice(Protocol):
    """Chooses one of several, each with its weight."""

    def throw(self, weights: Sequence[float]) -> int:
        """Return the position of the chosen one, 0-based."""
        ...


class RandomDice:
    """Dice that fall as chance will have it, beginning from a text.

    >>> RandomDice("a").throw([1, 1]) == RandomDice("a").throw([1, 1])
    True
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311  # nothing is to be kept secret
        self.thrown = 0  # how often there was anything to choose

    def throw(self, weights: Sequence[float]) -> int:
        """Return the position of the chosen one, 0-based; where there is no choice, nothing is thrown."""
        if len(weights) == 1:
            return 0
        self.thrown += 1
        return self._random.choices(range(len(weights)), weights)[0]

    def throws(self, weights: Sequence[float], times: int) -> list[int]:
        """Return the positions that so many throws fall on."""
        return self._random.choices(range(len(weights)), weights, k=times)


class _LoadedDice:
    """Dice that fall as they are told, then always on the first way; they note what else there was."""

    def __init__(self, falls: Sequence[int]) -> None:
        self._falls, self.chance = falls, 1.0
        self.way: list[int] = []
        self.widths: list[int] = []

    def throw(self, weights: Sequence[float]) -> int:
        at = len(self.way)
        chosen = self._falls[at] if at < len(self._falls) else 0
        self.way.append(chosen)
        self.widths.append(len(weights))
        total = sum(weights)
        self.chance *= weights[chosen] / total if total else 0.0
        return chosen


def every_way(walk: Callable[[Dice], T], most: int = 2_000) -> Iterator[tuple[float, T]]:
    """Yield each way that the dice may fall, with its chance; nothing where there are more than `most`.

    Args:
        walk: What is done with the dice; it has to throw them the same way each time.

    >>> list(every_way(lambda dice: dice.throw([1, 3])))
    [(0.25, 0), (0.75, 1)]
    """
    falls: list[int] | None = []
    ways: list[tuple[float, T]] = []
    while falls is not None:
        dice = _LoadedDice(falls)
        end = walk(dice)
        ways.append((dice.chance, end))
        # there are at least those that branch off this way
        if len(ways) > most or sum(dice.widths) - len(dice.widths) >= most:
            return
        falls = _next(dice.way, dice.widths)
    yield from ways


def _next(way: list[int], widths: list[int]) -> list[int] | None:
    for at in range(len(way) - 1, -1, -1):
        if way[at] + 1 < widths[at]:
            return [*way[:at], way[at] + 1]
    return None

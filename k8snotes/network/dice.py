"""The dice that are thrown on a packet's way: always the same for the same question, so that a cell can be repeated."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

__all__ = ["Dice", "Thrown", "every_way"]

T = TypeVar("T")


class Dice(Protocol):
    """Chooses one of several, each with its weight."""

    def throw(self, weights: Sequence[float]) -> int:
        """Return the position of the chosen one."""
        ...


class Thrown:
    """Dice that fall as chance will have it, beginning from a text.

    >>> Thrown("a").throw([1, 1]) == Thrown("a").throw([1, 1])
    True
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311  # nothing is to be kept secret
        self.thrown = 0  # how often there was anything to choose

    def throw(self, weights: Sequence[float]) -> int:
        """Return the position of the chosen one."""
        if len(weights) == 1:
            return 0
        self.thrown += 1
        return self._random.choices(range(len(weights)), weights)[0]

    def throws(self, weights: Sequence[float], times: int) -> list[int]:
        """Return the positions that so many throws fall on."""
        return self._random.choices(range(len(weights)), weights, k=times)


class _Laid:
    """Dice that were laid: first as told, then always the first way; they note what else there was."""

    def __init__(self, told: Sequence[int]) -> None:
        self.told, self.chance = told, 1.0
        self.way: list[int] = []
        self.widths: list[int] = []

    def throw(self, weights: Sequence[float]) -> int:
        at = len(self.way)
        chosen = self.told[at] if at < len(self.told) else 0
        self.way.append(chosen)
        self.widths.append(len(weights))
        total = sum(weights)
        self.chance *= weights[chosen] / total if total else 0.0
        return chosen


def every_way(walk: Callable[[Dice], T], most: int = 2_000) -> Iterator[tuple[float, T]]:
    """Yield each way that the dice may fall, with its chance; nothing where there are more than `most`.

    >>> list(every_way(lambda dice: dice.throw([1, 3])))
    [(0.25, 0), (0.75, 1)]
    """
    told: list[int] | None = []
    found: list[tuple[float, T]] = []
    while told is not None:
        laid = _Laid(told)
        end = walk(laid)
        found.append((laid.chance, end))
        if len(found) > most:
            return
        told = _next(laid.way, laid.widths)
    yield from found


def _next(way: list[int], widths: list[int]) -> list[int] | None:
    for at in range(len(way) - 1, -1, -1):
        if way[at] + 1 < widths[at]:
            return [*way[:at], way[at] + 1]
    return None

"""Playback: a copy of a cluster played to its end, one moment for each step that a reader sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

__all__ = ["MOST_FRAMES", "Frame", "Playable", "Playback"]

MOST_FRAMES = 200
"""How many moments are kept, and how many steps are played ahead."""

_MOST_REPORTS = 200  # steps in a row that only report, after which nothing else is expected

F = TypeVar("F")


class Playable(Protocol):
    """What can be played: it takes steps, and can be copied."""

    def step(self) -> Sequence[Any]:
        """Let the next component act; returns what it did."""
        ...

    def copy(self) -> Self:
        """Return an independent one in the same state."""
        ...


class Frame(NamedTuple, Generic[F]):
    """One moment.

    Args:
        cluster: the cluster as it is then, after the reports that follow the step.
        facts: what is shown.
    """

    cluster: Any
    facts: F


class Playback(Generic[F]):
    """The moments of a cluster that is played, as far as they are known.

    Args:
        cluster: what is played; it changes, so a copy is handed over.
        look: reads the facts of such a cluster, and of what was just done.
        silent: whether nothing has changed that a reader sees, from the facts before a step and after it.
    """

    def __init__(
        self,
        cluster: Playable,
        look: Callable[[Any, Sequence[Any]], F],
        silent: Callable[[F, F], bool],
    ) -> None:
        self._look, self._silent = look, silent
        self.frames: list[Frame[F]] = [Frame(cluster, look(cluster, ()))]
        self.forgotten = 0
        """How many moments were dropped, the oldest first."""
        self.ended = False
        """Whether the last moment is the end: nothing is left to do."""
        self._reports = 0

    @property
    def full(self) -> bool:
        """Whether as many moments are known as are kept."""
        return len(self.frames) >= MOST_FRAMES

    def more(self, seconds: float | None = None) -> bool:
        """Play one step more; of too many moments the oldest is dropped.

        Args:
            seconds: how long steps that only report are passed over; None for as long as there are any.

        Returns:
            Whether there is a new moment.
        """
        end = None if seconds is None else time.perf_counter() + seconds
        while not self.ended and (end is None or time.perf_counter() < end):
            last = self.frames[-1]
            cluster = last.cluster.copy()
            changes = cluster.step()
            if not changes or self._reports >= _MOST_REPORTS:
                self.ended = True
                break
            facts = self._look(cluster, changes)
            if self._silent(last.facts, facts):
                self._reports += 1
                self.frames[-1] = Frame(cluster, last.facts)
                continue
            self._reports = 0
            self.frames.append(Frame(cluster, facts))
            if len(self.frames) > MOST_FRAMES:
                del self.frames[0]
                self.forgotten += 1
            return True
        return False

    def ahead(self, seconds: float, least: int = 0) -> bool:
        """Play ahead for some time, until the end or until as many moments are known as are kept.

        Args:
            seconds: how long.
            least: how many moments are played in any case, so that a slow machine shows the same.

        Returns:
            Whether there is more to play ahead.
        """
        end = time.perf_counter() + seconds
        while not (self.ended or self.full):
            left = end - time.perf_counter()
            if len(self.frames) <= least:
                self.more()
            elif left <= 0:
                return True
            else:
                self.more(left)
        return False

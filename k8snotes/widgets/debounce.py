"""Waits until the reader stops typing, where something runs that can wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Debounce"]


class Debounce:
    """Does some work when it was not asked for again for a while; at once where no event loop runs (a script).

    Args:
        work: what is done.
        seconds: how long the last request must be ago.

    >>> typed = []
    >>> Debounce(lambda: typed.append("now")).ask()
    >>> typed
    ['now']
    """

    def __init__(self, work: Callable[[], None], seconds: float = 0.2) -> None:
        self.work = work
        self.seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    @property
    def pending(self) -> bool:
        """Whether work is waiting."""
        return self._timer is not None

    def ask(self) -> None:
        """Ask for the work; an earlier request that still waits is forgotten."""
        self.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.work()
        else:
            self._timer = loop.call_later(self.seconds, self.flush)

    def flush(self) -> None:
        """Do the work now, if it is waiting."""
        if self.pending:
            self.cancel()
            self.work()

    def cancel(self) -> None:
        """Forget the work that is waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

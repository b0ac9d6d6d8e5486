"""A bar that shows how far something long has come, once it has lasted for two seconds; it leaves nothing behind."""

from __future__ import annotations

import sys
import time
from typing import Any, Self

__all__ = ["Bar", "Watched"]

_PATIENCE = 2.0
_EVERY = 0.2
_WIDTH = 30


class Bar:
    """Shows how far something has come: in a notebook in one output, in a terminal in one line of stderr.

    Nothing is shown in the first two seconds, nor where nobody would see it; nothing is left when it is closed, also
    if it is closed because of an interrupt.

    Args:
        what: what is done, in words.
        total: how much there is to do, 0 if that is not known.

    >>> with Bar("Loading dump.json", 100) as bar:
    ...     bar.at(50)
    """

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._next = time.monotonic() + _PATIENCE
        self._display: Any = None
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def at(self, done: int) -> None:
        """Say how much is done."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY
        part = min(done / self._total, 1.0) if self._total > 0 else 0.0
        filled = round(part * _WIDTH)
        line = f"{self._what} [{'█' * filled}{'·' * (_WIDTH - filled)}] {part:4.0%}"
        if _in_notebook():
            self._show(line)
        elif sys.stderr is not None and sys.stderr.isatty():
            sys.stderr.write(f"\r{line.ljust(self._written)}")
            sys.stderr.flush()
            self._written = len(line)

    def close(self) -> None:
        """Take the bar away."""
        if self._display is not None:
            self._display.update({"text/plain": ""}, raw=True)
            self._display = None
        elif self._written:
            sys.stderr.write(f"\r{' ' * self._written}\r")
            sys.stderr.flush()
            self._written = 0

    def _show(self, line: str) -> None:
        bundle = {"text/plain": line}
        if self._display is None:
            from IPython.display import display  # noqa: PLC0415  # only a notebook has it

            self._display = display(bundle, raw=True, display_id=True)
        else:
            self._display.update(bundle, raw=True)


class Watched:
    """A file whose reading a bar follows.

    >>> import io
    >>> Watched(io.BytesIO(b"kind: Pod"), Bar("Loading", 9)).read(4)
    b'kind'
    """

    def __init__(self, file: Any, bar: Bar) -> None:
        self._file, self._bar, self._read = file, bar, 0

    def read(self, size: int) -> Any:
        """Return the next part of the file."""
        content = self._file.read(size)
        self._read += len(content)
        self._bar.at(self._read)
        return content


def _in_notebook() -> bool:
    """Whether a kernel runs this, whose outputs can be replaced."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None

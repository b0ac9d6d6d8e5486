"""The output of a command: its two streams, its exit code, and how they are shown in a cell."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from k8snotes.face import offered, unknown_name
from k8snotes.screen import printable, shown

__all__ = ["Output"]


class Output:
    r"""What a `kubectl` command printed.

    `.stdout` and `.stderr` are its two streams, and `.exit` is its exit code. `str()` is what a terminal would show:
    both streams in the order in which they were written. Characters that a terminal cannot show, or that control it,
    are written as escapes (`\x1b`, `\u202e`). The text stays in the language in which it was printed.

    >>> out = Output([("out", "NAME\n"), ("err", "error: no\n")], 1)
    >>> out
    NAME
    error: no
    >>> out.stdout, out.stderr, out.exit
    ('NAME\n', 'error: no\n', 1)
    """

    __slots__ = ("_pieces", "exit", "note")

    __dir__ = offered()
    __getattr__ = unknown_name

    def __init__(self, pieces: Iterable[tuple[str, str]], exit_code: int = 0, note: str = "") -> None:
        self._pieces = tuple((stream, shown(text)) for stream, text in pieces if text)
        self.exit = exit_code
        self.note = note  # a line above it that is not kubectl's: the cluster that has answered

    @property
    def stdout(self) -> str:
        """What went to the standard output."""
        return "".join(text for stream, text in self._pieces if stream == "out")

    @property
    def stderr(self) -> str:
        """What went to the standard error: warnings, errors, and other remarks."""
        return "".join(text for stream, text in self._pieces if stream == "err")

    @printable
    def __str__(self) -> str:
        text = "".join(text for _, text in self._pieces).removesuffix("\n")
        return f"{self.note}\n{text}" if self.note else text

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._html()}

    def _html(self) -> str:
        if not str(self):
            return ""
        note = f'<em style="white-space:pre-wrap">{escape(self.note)}</em>\n' if self.note else ""
        body = note + "".join(
            escape(text) if stream == "out" else f'<span style="white-space:pre-wrap">{escape(text)}</span>'
            for stream, text in self._pieces
        )
        # a notebook would show a bare <pre> in the letters of its prose, and columns need equal ones
        style = (
            "font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px);line-height:1.3;"
            "padding:0 8px;word-break:normal;overflow-wrap:anywhere;color:inherit;background:none;white-space:pre;overflow-x:auto;margin:0"
        )
        return f'<pre tabindex="0" style="{style}">{body}</pre>'  # who has no mouse can scroll it, too

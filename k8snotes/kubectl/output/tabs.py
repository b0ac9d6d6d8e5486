"""Text in columns, laid out as kubectl's tables and descriptions are: a cell ends with a tab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["aligned", "described", "table", "visible"]

_ESCAPES = str.maketrans({"\x1b": "^[", "\r": "\\r"})


def visible(text: str) -> str:
    r"""Return text without what would move a terminal's cursor, as kubectl writes it.

    >>> visible("a\x1b[2Jb")
    'a^[[2Jb'
    """
    return text.translate(_ESCAPES)


def table(rows: Sequence[Sequence[object]]) -> str:
    """Return rows as `kubectl get` prints them: three spaces between columns, each at least six wide.

    >>> print(table([("NAME", "AGE"), ("db", "5s")]), end="")
    NAME   AGE
    db     5s
    """
    lines = ["\t".join(_first_line(visible(str(cell))) for cell in row) for row in rows]
    return aligned("\n".join([*lines, ""]), padding=3, minimum=6) if lines else ""


def _first_line(cell: str) -> str:
    for at, char in enumerate(cell):
        if char in "\f\n":
            return cell[:at] + "..."
    return cell


def described(text: str) -> str:
    """Return text as `kubectl describe` lays it out: two spaces after the widest cell of a block."""
    return aligned(visible(text), padding=2)


def aligned(text: str, *, padding: int, minimum: int = 0) -> str:
    r"""Return text with its cells in columns.

    A column is a block of lines that follow each other and have a cell there; what follows the last
    tab of a line belongs to no column.
    Source of the rule: Go's package text/tabwriter, with which kubectl prints.

    >>> aligned("a:\tb\nlong:\tc\nalone\nx:\ty\n", padding=2)
    'a:     b\nlong:  c\nalone\nx:  y\n'
    """
    lines = [line.split("\t") for line in text.split("\n")]
    return "\n".join(_Columns(lines, padding, minimum).block(0, len(lines), []))


class _Columns(NamedTuple):
    lines: list[list[str]]
    padding: int
    minimum: int

    def block(self, first: int, after: int, widths: list[int]) -> list[str]:
        """Lay out some lines; the columns before this one are known to be as wide as `widths`."""
        column = len(widths)
        laid_out: list[str] = []
        at = first
        while at < after:
            if column >= len(self.lines[at]) - 1:
                at += 1
                continue
            laid_out += [_padded(line, widths) for line in self.lines[first:at]]
            first, width = at, self.minimum
            while at < after and column < len(self.lines[at]) - 1:
                width = max(width, len(self.lines[at][column]) + self.padding)
                at += 1
            laid_out += self.block(first, at, [*widths, width])
            first = at
        return laid_out + [_padded(line, widths) for line in self.lines[first:after]]


def _padded(cells: list[str], widths: list[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "".join([*padded, *cells[len(padded) :]])

"""Text in columns, laid out as kubectl's tables and descriptions are: a cell ends with a tab."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["aligned", "described", "table", "visible"]

_ESCAPES = str.maketrans({"\x1b": "^[", "\r": "\\r"})


def visible(text: str) -> str:
    """Return text without what would move a terminal's cursor, as kubectl writes it."""
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
    """Return text with its cells in columns.

    A column is a block of lines that follow each other and have a cell there; what stands after the last
    tab of a line belongs to no column.
    Source of the rule: Go's package text/tabwriter, with which kubectl prints.

    >>> aligned("a:\\tb\\nlong:\\tc\\nalone\\nx:\\ty\\n", padding=2)
    'a:    b\\nlong:  c\\nalone\\nx:  y\\n'
    """
    lines = [line.split("\t") for line in text.split("\n")]
    done: list[str] = []
    _block(lines, 0, len(lines), [], done, padding, minimum)
    return "\n".join(done)


def _block(
    lines: list[list[str]],
    first: int,
    after: int,
    widths: list[int],
    done: list[str],
    padding: int,
    minimum: int,
) -> None:
    """Lay out some lines whose columns before this one are known to be as wide as `widths`."""
    column = len(widths)
    at = first
    while at < after:
        if column >= len(lines[at]) - 1:
            at += 1
            continue
        done += [_padded(line, widths) for line in lines[first:at]]
        first, width = at, minimum
        while at < after and column < len(lines[at]) - 1:
            width = max(width, len(lines[at][column]) + padding)
            at += 1
        _block(lines, first, at, [*widths, width], done, padding, minimum)
        first = at
    done += [_padded(line, widths) for line in lines[first:after]]


def _padded(cells: list[str], widths: list[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "".join([*padded, *cells[len(padded) :]])

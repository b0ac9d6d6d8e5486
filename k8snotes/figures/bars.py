"""Bars: amounts side by side, as fixed cells of Graphviz' HTML-like tables, each with its number in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from k8snotes.figures.html_label import Html, Line, label
from k8snotes.figures.measure import points, short
from k8snotes.figures.palette import LEFT
from k8snotes.figures.wording import plain

if TYPE_CHECKING:
    from k8snotes.figures.palette import Look

__all__ = ["BEYOND", "WIDTH", "Piece", "bar", "bars", "beside", "pieces_of", "reach_of"]

WIDTH = 190
"""Points: what is allocatable on a Node, or allowed by a quota, is so wide."""

_HIGH = 17
BEYOND = 1.5
"""Parts of the whole: what goes beyond the whole is drawn no longer than this."""

_SIZE = 9
_GAP = 3
_NAME = 112  # points: the column of names
_CELLS = 12
_LEAST = 3  # points: so much of a piece is always to be seen


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a bar: an amount and its look.

    `name` is written into it where there is room, `instead` where there is room for that alone.
    """

    amount: int
    look: Look
    name: str = ""
    instead: str = ""


def bar(pieces: Sequence[Piece], whole: int, *, width: int = WIDTH, reach: float = 1) -> Html:
    """Return pieces side by side, to scale: `whole` is `width` points wide.

    What comes beyond the whole is drawn up to half as long again; its number is in the words beside it.
    Of a whole that is nothing, the pieces themselves are the whole.
    `reach` is the part of the whole up to which the bars of one column go, so that all begin alike.
    """
    shown = [piece for piece in pieces if piece.amount > 0]
    scale = width / (whole if whole > 0 else max(1, sum(piece.amount for piece in shown)))
    cells = []
    used = total = 0
    for at, piece in enumerate(shown):
        total += piece.amount
        room = int(width * BEYOND) - used - _LEAST * (len(shown) - at - 1)
        wide = max(_LEAST, min(room, round(total * scale) - used))
        used += wide
        cells.append(_cell(piece, wide))
    if not cells:
        cells, used = [_cell(Piece(0, LEFT), width)], width
    # nothing, up to the end of the column; each cell before it has a point of frame
    rest = max(1, int(width * reach) - used + _CELLS - len(cells))
    cells.append(f'<td width="{rest}" height="{_HIGH}" fixedsize="true" border="0"></td>')
    return Html(
        f'<table border="0" cellborder="1" cellspacing="0" cellpadding="0"><tr>{"".join(cells)}</tr></table>'
    )


def _cell(piece: Piece, wide: int) -> str:
    look = piece.look
    text = _fitting(piece, wide - 4)
    inner = f'<font point-size="{_SIZE}" color="{look.ink}">{label([text])}</font>' if text else ""
    return (
        f'<td width="{wide}" height="{_HIGH}" fixedsize="true" bgcolor="{look.fill}" '
        f'color="{look.line}" style="{look.style}">{inner}</td>'
    )


def _fitting(piece: Piece, room: int) -> str:
    """Return the name of a piece, cut if need be, or what stands instead of it, or nothing."""
    name = plain(piece.name)
    columns = 24
    while columns > 6 and points(short(name, columns), _SIZE) > room:
        columns -= 1
    for text in (short(name, columns) if not piece.instead else name, plain(piece.instead)):
        if points(text, _SIZE) <= room:
            return text
    return ""


def beside(lines: Iterable[Line], *, limit: int) -> Html:
    """Return lines that stand beside a bar: in the middle, where their row is higher than they are."""
    return Html(label(lines, limit=limit).replace('valign="bottom"', 'valign="middle"'))


def bars(groups: Iterable[Iterable[tuple[Line, Html, Line]]], *, words: int = 240) -> Html:
    """Return rows of a name, a bar, and what the bar says in words (wrapped at `words` points); a gap between groups."""
    made: list[str] = []
    for rows in groups:
        gap = f'<tr><td colspan="3" height="{_GAP}"></td></tr>' if made else ""
        made.append(
            gap
            + "".join(
                f'<tr><td align="left" valign="middle" width="{_NAME}">{beside([name], limit=_NAME)}</td>'
                f'<td align="left" valign="middle">{drawn}</td>'
                f'<td align="left" valign="middle" width="{words}">{beside([said], limit=words)}</td></tr>'
                for name, drawn, said in rows
            )
        )
    return Html(f'<table border="0" cellborder="0" cellspacing="3" cellpadding="0">{"".join(made)}</table>')


def reach_of(amounts: Iterable[tuple[int, int]]) -> float:
    """Return how far the bars of a column go, in parts of the whole: for amounts, each with its whole.

    >>> reach_of([(2, 4), (5, 4)]), reach_of([(400, 4)])
    (1.25, 1.5)
    """
    return min(BEYOND, max([1.0, *(amount / whole for amount, whole in amounts if whole)]))


def pieces_of(parts: Sequence[tuple[str, int]], look: Look, most: int = 8) -> list[Piece]:
    """Return named amounts as pieces, the smallest of many together as one."""
    shown = [(name, amount) for name, amount in parts if amount > 0]
    if len(shown) > most:
        rest = sum(amount for _, amount in shown[most - 1 :])
        shown = [*shown[: most - 1], (f"{len(shown) - most + 1} more", rest)]
    return [Piece(amount, look, name) for name, amount in shown]

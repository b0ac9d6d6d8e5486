"""The parts of a picture: how large each is, and how it is drawn as SVG: boxes, words, bars, and tables of them.

A part is measured before it has a place, and drawn when it has one. All lengths are pixels, y goes down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from math import fsum
from typing import NamedTuple

from k8snotes.figures.measure import SMALL, Row, pixels, wide_of, wrapped
from k8snotes.figures.palette import INK, LEFT, Look
from k8snotes.figures.scene import BEYOND, Bar, Bars, Box, Label, Line, Part, Piece, Run, Squares, Table
from k8snotes.figures.squares import squares_drawn
from k8snotes.figures.wording import plain

__all__ = ["DASHES", "SIDE", "Canvas", "Placed", "Spot", "align", "measured", "size_of", "width_for"]

SIDE = 8
"""Pixels between the frame of a box and what is in it, at its left and right side."""

DASHES = {"dashed": "5,3", "dotted": "1.5,3.5"}
"""The pixels of dash and gap in a frame or a line of each broken style."""

_OVER = 5  # pixels: the same above and below
_ROW, _LOWER, _REST = 20, 18, 16  # pixels: a row, one in the small type, and the rest of one that was wrapped
_STAND = 5.5  # pixels from the bottom of a row to the line that letters stand on
_CORNER = 8
_STACK = 4  # pixels from one frame of a stack to the next
_HIGH = 20  # pixels: a bar
_GAP = 4
_LEAST = 3  # pixels: so much of a piece is always to be seen
_SIGNS = re.compile("([✓✗◐▶▸○●◯✕⚠█▏]+)")


class Spot(NamedTuple):
    """Where something is: its left and upper side, its width and its height."""

    x: float
    y: float
    wide: float
    high: float


class Canvas(NamedTuple):
    """What parts are drawn on: it learns where each box with a name stands, and says how the group of a box begins."""

    spots: dict[str, Spot]
    opening: Callable[[Box], str]


class Placed(NamedTuple):
    """A part, as large as it is drawn; `draw` yields its SVG at a place."""

    wide: float
    high: float
    draw: Callable[[float, float, Canvas], Iterator[str]]


def size_of(part: Part) -> tuple[float, float]:
    """Return how wide and high a part is, in pixels.

    >>> size_of(Box(["web"], width=100))
    (100, 30)
    """
    placed = measured(part)
    return placed.wide, placed.high


def measured(part: Part) -> Placed:
    """Return a part with its size, ready to be drawn."""
    if isinstance(part, Box):
        return _box(part)
    if isinstance(part, Label):
        return _label(part)
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Squares):
        return _squares(part)
    return _bar(part) if isinstance(part, Bar) else _bars(part)


def width_for(boxes: Iterable[Box]) -> float:
    """Return the width in pixels that all these boxes fit in, so that they form one column."""
    return max((size_of(box)[0] for box in boxes), default=0)


def align(boxes: Sequence[Box], width: float = 0) -> Sequence[Box]:
    """Make all boxes of a column as wide as the widest of them, or as `width` in pixels, and return them."""
    wide = width or width_for(boxes)
    for box in boxes:
        box.width = int(wide + 0.5)
    return boxes


# ---- boxes


def _rows(lines: Iterable[Line], limit: float) -> list[tuple[int, Row]]:
    """Return the rows of lines, each with its height."""
    rows: list[tuple[int, Row]] = []
    for line in lines:
        for number, row in enumerate(wrapped(line, limit) if line.drawn else ()):
            high = _LOWER if row.small else _ROW
            rows.append((_REST if number else high, row))
    return rows


def _box(box: Box) -> Placed:
    more = _STACK if box.stacked else 0
    limit = box.width - 2 * SIDE - more if box.width else box.limit
    rows = _rows(box.lines, max(limit, 24))
    inner = [measured(part) for part in box.inside]
    wide = max([row.wide for _high, row in rows] + [part.wide for part in inner], default=0) + 2 * SIDE
    wide = max(box.width, wide + more)
    over = 2 if box.tight else _OVER
    high = sum(high for high, _row in rows) + sum(part.high + _GAP for part in inner) + 2 * over + more
    if box.size:
        wide, high = box.size
    look = box.look

    def draw(x: float, y: float, canvas: Canvas) -> Iterator[str]:
        named = bool(box.id or box.ref)
        if box.id:
            canvas.spots[box.id] = Spot(x, y, wide, high)
        if named:
            yield canvas.opening(box)
        if box.stacked:
            yield _frame(look, x + more, y + more, wide - more, high - more)
        if box.stacked or look.border or look.fill:
            yield _frame(look, x, y, wide - more, high - more)
        at = y + over
        if rows and not inner and not box.size and high - more > sum(h for h, _row in rows) + 2 * over:
            at = y + (high - more - sum(h for h, _row in rows)) / 2
        for number, (step, row) in enumerate(rows):
            if box.id:
                canvas.spots[f"{box.id}:{number}"] = Spot(x, at, wide - more, step)
            yield from _row(row, x + SIDE, x + wide - more - SIDE, at + step - _STAND, named=not number)
            at += step
        for part in inner:
            at += _GAP
            yield from part.draw(x + SIDE, at, canvas)
            at += part.high
        if named:
            yield "</g>\n"

    return Placed(wide, high, draw)


def _frame(look: Look, x: float, y: float, wide: float, high: float) -> str:
    """Return a frame; a line of it lies within its sides."""
    inset = look.border / 2
    before, after = _path(look)
    corner = min(_CORNER, wide / 3, high / 3) if "rounded" in look.style else 0
    round_ = f' rx="{corner:g}"' if corner else ""
    return (
        f'{before} x="{_n(x + inset)}" y="{_n(y + inset)}" width="{_n(wide - 2 * inset)}" '
        f'height="{_n(high - 2 * inset)}"{round_}{after}\n'
    )


@lru_cache(maxsize=256)
def _path(look: Look) -> tuple[str, str]:
    line = ""
    if look.border:
        line = f' stroke="{look.line}" stroke-width="{look.border:g}"'
        line += "".join(f' stroke-dasharray="{dash}"' for word, dash in DASHES.items() if word in look.style)
        line += ' stroke-linecap="round"' if "dotted" in look.style else ""
    return "<rect", f' fill="{look.fill or "none"}"{line}/>'


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


# ---- text


def _row(row: Row, left: float, right: float, y: float, *, named: bool = False) -> Iterator[str]:
    """Yield a row of text between two sides; `y` is where its letters stand."""
    if row.left:
        yield _text(row.left, left, y, named=named)
    if row.right:
        yield _text(row.right, right - fsum(map(wide_of, row.right)), y)


def _text(runs: Sequence[Run], x: float, y: float, *, named: bool = False) -> str:
    """Return runs as SVG, each exactly as wide as it was measured."""
    made: list[str] = []
    for number, run in enumerate(runs):
        name = "name " if named and not number and run.bold else ""
        for text in _SIGNS.split(run.text):
            if not text:
                continue
            part = run._replace(text=text)
            wide = wide_of(part)
            sign = _SIGNS.fullmatch(text) is not None
            if not text.isspace():
                made.append(
                    _run(
                        part,
                        x,
                        y,
                        0 if sign else wide,
                        f"{name}{'sy' if sign else 'm' if run.literal else ''}",
                    )
                )
            x += wide
    return "".join(made)


def _run(run: Run, x: float, y: float, wide: float, name: str) -> str:
    text = run.text
    blank = len(text) - len(text.lstrip())
    if blank:
        x += wide_of(run._replace(text=text[:blank]))
        text = text.strip()
        wide = wide_of(run._replace(text=text)) if wide else 0
    elif text[-1] == " ":
        text = text.rstrip()
        wide = wide_of(run._replace(text=text)) if wide else 0
    before, after = _style(run.bold, run.color, run.small or run.literal, name.strip())
    fitted = f' textLength="{wide:.1f}"{after}' if wide and len(text) > 1 else ">"
    return f'{before} x="{_n(x)}" y="{_n(y)}"{fitted}{escape(text, quote=False)}</text>\n'


@lru_cache(maxsize=512)
def _style(heavy: bool, color: str, small: bool, name: str) -> tuple[str, str]:
    named = f' class="{name}"' if name else ""
    bold = ' font-weight="bold"' if heavy else ""
    size = f' font-size="{SMALL}"' if small else ""
    ink = f' fill="{color.lower()}"' if color else ""
    return f"<text{named}{bold}{size}{ink}", ' lengthAdjust="spacingAndGlyphs">'


def _label(label: Label) -> Placed:
    rows = _rows(label.lines, label.limit)
    pad = label.padding
    wide = label.width or max((row.wide for _high, row in rows), default=0) + 2 * pad
    high = sum(high for high, _row in rows) + 2 * pad

    def draw(x: float, y: float, _canvas: Canvas) -> Iterator[str]:
        at = y + pad
        for step, row in rows:
            yield from _row(row, x + pad, x + wide - pad, at + step - _STAND)
            at += step

    return Placed(wide, high, draw)


# ---- tables


def _table(table: Table) -> Placed:
    cells = [[measured(cell) for cell in row] for row in table.rows]
    number = max(map(len, cells), default=0)
    wides = [max((row[at].wide for row in cells if at < len(row)), default=0) for at in range(number)]
    highs = [max((cell.high for cell in row), default=0) for row in cells]
    gap = table.spacing
    wide = sum(wides) + gap * max(0, number - 1)
    high = sum(highs) + gap * max(0, len(highs) - 1)

    def draw(x: float, y: float, canvas: Canvas) -> Iterator[str]:
        if table.id:
            canvas.spots[table.id] = Spot(x, y, wide, high)
        for row, step in zip(cells, highs, strict=True):
            at = x
            for cell, width in zip(row, wides, strict=False):
                yield from cell.draw(at, y, canvas)
                at += width + gap
            y += step + gap

    return Placed(wide, high, draw)


# ---- bars


def _bar(bar: Bar) -> Placed:
    """Return pieces side by side, to scale.

    What comes beyond the whole is drawn up to half as long again; its number is in the words beside it.
    Of a whole that is nothing, the pieces themselves are the whole; with no piece either, nothing is drawn.
    """
    pieces, width = bar.pieces, bar.width
    whole = bar.whole if bar.whole > 0 else max(1, sum(piece.amount for piece in pieces))
    cells: list[tuple[Piece, int]] = []
    used = total = 0
    for at, piece in enumerate(pieces):
        total += piece.amount
        room = int(width * BEYOND) - used - _LEAST * (len(pieces) - at - 1)
        # in whole numbers: a spoiled dump may have amounts that no float holds
        wide = max(_LEAST, min(room, (2 * total * width + whole) // (2 * whole) - used))
        used += wide
        cells.append((piece, wide))
    cells = cells or ([(Piece(0, LEFT), width)] if bar.whole else [])

    def draw(x: float, y: float, _canvas: Canvas) -> Iterator[str]:
        for piece, wide in cells:
            yield from _piece(piece, x, y, wide)
            x += wide

    return Placed(max(used, width * bar.reach), _HIGH, draw)


def _piece(piece: Piece, x: float, y: float, wide: int) -> Iterator[str]:
    look = piece.look
    if piece.name:
        yield f"<g><title>{escape(plain(piece.name), quote=False)}</title>\n"
    yield _frame(look._replace(style=look.style.replace("rounded", "")), x, y, wide, _HIGH)
    text = _fitting(piece, wide - 10)
    if text:
        run = Run(text, color="" if look.ink == INK else look.ink, small=True)
        yield _text([run], x + 5, y + _HIGH - _STAND)
    if piece.name:
        yield "</g>\n"


def _fitting(piece: Piece, room: float) -> str:
    """Return the name of a piece, that of what it belongs to, the text instead of it, or nothing: what has room."""
    name = plain(piece.name)
    for text in (name, name.partition(" × ")[0], plain(piece.instead)):
        if pixels(text, SMALL) <= room:
            return text
    return ""


def _bars(bars: Bars) -> Placed:
    """Return rows of a name, a bar and the words on it; the columns begin alike in all of them."""
    groups = [
        [
            (_label(_beside(row[0], bars.names)), _bar(row[1]), _label(_beside(row[2], bars.words)))
            for row in rows
            if not isinstance(row, Line)
        ]
        for rows in bars.groups
    ]
    parts = [row for rows in groups for row in rows]
    names, middle, words = (max((row[at].wide for row in parts), default=0) for at in range(3))
    highs = [[max(part.high for part in row) + _GAP for row in rows] for rows in groups]
    high = sum(map(sum, highs)) + 2 * _GAP * max(0, len(groups) - 1) - _GAP

    def draw(x: float, y: float, canvas: Canvas) -> Iterator[str]:
        for number, (rows, steps) in enumerate(zip(groups, highs, strict=True)):
            y += 2 * _GAP if number else 0
            for (name, bar, told), step in zip(rows, steps, strict=True):
                yield from name.draw(x, y + (step - _GAP - name.high) / 2, canvas)
                yield from bar.draw(x + names + SIDE, y + (step - _GAP - bar.high) / 2, canvas)
                yield from told.draw(x + names + middle + 2 * SIDE, y + (step - _GAP - told.high) / 2, canvas)
                y += step

    return Placed(names + middle + words + 2 * SIDE, max(0, high), draw)


def _beside(line: Line, limit: int) -> Label:
    small = [run if run.literal else run._replace(small=True) for run in line.drawn]
    return Label([Line(small, "")], limit=limit)


# ---- squares


def _squares(part: Squares) -> Placed:
    """Return many small squares in rows."""
    number = len(part.squares)
    rows = -(-number // part.across)

    def draw(x: float, y: float, _canvas: Canvas) -> Iterator[str]:
        yield from squares_drawn(part, x, y + part.above)

    return Placed(min(number, part.across) * part.step, rows * part.step + part.above, draw)

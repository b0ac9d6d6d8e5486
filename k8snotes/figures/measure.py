"""How wide text is in Verdana, so that lines break where they should and boxes stand in columns.

Graphviz measures text itself, but breaks no lines and knows nothing of columns: both are done here before it draws.
Widths are those of Verdana's letters in hundredths of the type size; of other letters a wide one is assumed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from k8snotes.figures.scene import WIDE, Box, Line, Run, Words
from k8snotes.figures.wording import plain

__all__ = ["align", "columns", "points", "rows_of", "short", "width_for", "wrapped"]

_MOST_LINES = 5  # of one wrapped line; the outline has the rest
_TOKENS = re.compile(r"\S+\s*|\s+")
_PIECES = re.compile(r"[^=/]*[=/]?")

# Widths of Verdana in hundredths of the type size; DejaVu Sans has the same within a hundredth or two.
_WIDTHS = {
    27: "'il",
    35: " fj,.",
    39: "!t",
    43: "Ir",
    45: '()-/:;J[]|\\"',
    52: "csz",
    56: "?LF",
    60: "kvxyPaeo",
    63: "TYbdgpqEhnu{}",
    64: "$*0123456789_`",
    69: "ASVBKXZCR",
    74: "&UHN",
    79: "DGOQ",
    83: "#+<=>^w~M",
    99: "mW@",
    108: "%",
}
_WIDTH_OF = {letter: width / 100 for width, letters in _WIDTHS.items() for letter in letters}
_BOLD = 1.13


@lru_cache(maxsize=4096)
def points(text: str, size: float = 11, *, bold: bool = False) -> float:
    """Return the width of text in points, for a type of `size` points.

    >>> round(points("web")), round(points("web", bold=True)), round(points("服务"))
    (23, 26, 23)
    """
    wide = sum(_WIDTH_OF.get(c) or (0.93 if c < "\u0800" else 1.06) for c in text)
    return wide * size * (_BOLD if bold else 1)


def columns(text: str) -> int:
    """Return how many columns text takes where letters are alike; a Chinese one takes two.

    >>> columns("web"), columns("服务")
    (3, 4)
    """
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def short(text: str, limit: int = 34, *, tail: int | None = None) -> str:
    """Return text of at most `limit` columns: a longer one loses its middle.

    `tail` is how many columns of the end stay (half of them by default): the end of a Pod's name tells it
    from its twins, the beginning tells what it is.

    >>> short("frontend-with-a-long-name-4xk2b", 20)
    'frontend-w…ame-4xk2b'
    >>> short("frontend-with-a-long-name-4xk2b", 20, tail=5)
    'frontend-with-…4xk2b'
    """
    if columns(text) <= limit:
        return text
    room = limit - 1
    head = _start(text, (room + 1) // 2 if tail is None else room - tail)
    return f"{head}…{_start(text[::-1], room - columns(head))[::-1]}"


def _start(text: str, limit: int) -> str:
    start = text[:limit]
    while columns(start) > limit:
        start = start[:-1]
    return start


def wrapped(line: Line, limit: float) -> Sequence[Sequence[Run]]:
    """Break a line as it is drawn between words; a word longer than the line loses its middle.

    Args:
        line: What is drawn of it; runs of one style stay one run.
        limit: How wide a row may be, in points.

    Returns:
        Its rows, at most five: the rest ends in dots, the outline has all of it.

    >>> [[run.text for run in part] for part in wrapped(Line("a Pod waits"), 40)]
    [['a Pod '], ['waits']]
    """
    return _rows_of(line.drawn, limit)


@lru_cache(maxsize=1 << 14)
def _rows_of(drawn: tuple[Run, ...], limit: float) -> list[list[Run]]:
    # a box is measured first and drawn then, and the boxes of a large picture say much alike
    parts: list[list[Run]] = [[]]
    used = 0.0
    for run in drawn:
        for token in _tokens(run, limit):
            wide = points(token, bold=run.bold)
            if used and used + points(token.rstrip(), bold=run.bold) > limit:
                if len(parts) == _MOST_LINES:
                    end = parts[-1][-1]
                    parts[-1][-1] = end._replace(text=end.text.rstrip().rpartition(" ")[0] + " …")
                    return parts
                parts.append([])
                used = 0.0
            if not used and token.isspace():
                continue
            last = parts[-1][-1] if parts[-1] else None
            if last and (last.bold, last.color) == (run.bold, run.color):
                parts[-1][-1] = last._replace(text=last.text + token)
            else:
                parts[-1].append(run._replace(text=token))
            used += wide
    return parts


def _tokens(run: Run, limit: float) -> Iterable[str]:
    text = plain(run.text)
    if run.most:
        text = short(text, run.most, tail=run.tail)
    for token in ([text] if text else []) if run.whole else _TOKENS.findall(text):
        if points(token.rstrip(), bold=run.bold) <= limit:
            yield token
            continue
        for part in filter(None, _PIECES.findall(token)):
            piece = short(part, 100)
            room = columns(piece)
            while room > 3 and points(short(piece, room), bold=run.bold) > limit:
                room -= max(1, room // 16)
            yield short(piece, room)


def rows_of(lines: Iterable[Line], limit: float) -> int:
    """Return how many rows lines take in the picture, wrapped ones counted."""
    return sum(len(wrapped(line, limit)) for line in lines if line.drawn)


def width_for(boxes: Iterable[Iterable[Line | Words]], *, limit: float = WIDE) -> int:
    """Return the width in points that all these boxes fit in, so that they stand in one column.

    Args:
        boxes: The lines of each box.
        limit: Where lines break, in points: no box is wider, but for its frame.
    """
    lines = (line if isinstance(line, Line) else Line(line) for box in boxes for line in box)
    parts = (part for line in lines for part in wrapped(line, limit))
    return int(max((sum(points(r.text, bold=r.bold) for r in part) for part in parts), default=0)) + 16


def align(boxes: Sequence[Box]) -> Sequence[Box]:
    """Make all boxes of a column as wide as the widest of them, and return them.

    Their lines break where those of the first do.
    """
    if boxes:
        wide = width_for((box.lines for box in boxes), limit=boxes[0].limit)
        for box in boxes:
            box.width = wide
    return boxes

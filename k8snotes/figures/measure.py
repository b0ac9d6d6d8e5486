"""How wide text is in Verdana, so that lines break where they should and boxes stand in columns."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["columns", "points", "short"]

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
    """Return the width of text in points.

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

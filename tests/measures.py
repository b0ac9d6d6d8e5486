"""What a drawing must keep to, so that a reader sees at once what matters: measured in its SVG, as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import svg_reader as read

from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.measure import SMALL

EDGE = 4  # pixels: the paper around a picture, and the width of a line
OVER, UNDER = 0.74, 0.22  # what letters take over and under the line that they stand on, in parts of the type


def faults(svg: str, *, high: bool = False) -> list[str]:
    """Return all that is wrong with a drawing.

    Args:
        svg: The drawing.
        high: Whether it may be higher than what a reader sees at once.
    """
    return [*sizes(svg, high=high), *texts(svg), *crossings(svg)]


def sizes(svg: str, *, high: bool) -> Iterator[str]:
    """Say whether a drawing is larger than a cell shows."""
    root = read.parse(svg)
    wide, tall = float(str(root.get("width"))), float(str(root.get("height")))
    if wide > WIDEST + EDGE:
        yield f"{wide:.0f} pixels wide"
    if tall > HIGHEST + EDGE and not high:
        yield f"{tall:.0f} pixels high"


def box(text: read.Text) -> tuple[float, float, float, float]:
    """Return the sides of a text: left, top, right, bottom."""
    return text.left, text.y - OVER * text.size, text.right, text.y + UNDER * text.size


def texts(svg: str) -> Iterator[str]:
    """Say which texts are small, leave the picture or their frame, or lie over each other."""
    found = [text for text in read.texts(svg) if text.words.strip()]
    frames = read.frames(svg)
    root = read.parse(svg)
    wide, tall = float(str(root.get("width"))), float(str(root.get("height")))
    for text in found:
        left, top, right, bottom = box(text)
        if text.size < SMALL:
            yield f"{text.words!r} is {text.size} pixels"
        if left < -0.5 or right > wide + 0.5 or top < -0.5 or bottom > tall + 0.5:
            yield f"{text.words!r} leaves the picture"
        for frame in frames:
            inside = frame.left - 0.5 <= left <= frame.right and frame.top - 0.5 <= text.y - 2 <= frame.bottom
            if inside and right > frame.right + 0.5:
                yield f"{text.words!r} leaves its frame"
    for one, other in combinations(sorted(found, key=lambda text: text.y), 2):
        if other.y - one.y > 20:
            continue
        a, b = box(one), box(other)
        if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1:
            yield f"{one.words!r} lies over {other.words!r}"


def crossings(svg: str) -> Iterator[str]:
    """Say which lines go through a text."""
    found = [(text, box(text)) for text in read.texts(svg) if text.words.strip()]
    for line in read.lines(svg):
        for begin, end in pairwise(line):
            for text, (left, top, right, bottom) in found:
                if crosses(begin, end, (left + 1, top + 1.5, right - 1, bottom - 1.5)):
                    yield f"a line goes through {text.words!r}"


def crosses(
    begin: tuple[float, float], end: tuple[float, float], sides: tuple[float, float, float, float]
) -> bool:
    """Whether a straight line goes through a rectangle (Liang and Barsky's way of clipping)."""
    (x, y), (dx, dy) = begin, (end[0] - begin[0], end[1] - begin[1])
    left, top, right, bottom = sides
    if right <= left or bottom <= top:
        return False
    first, last = 0.0, 1.0
    for step, room in ((-dx, x - left), (dx, right - x), (-dy, y - top), (dy, bottom - y)):
        if step == 0:
            if room < 0:
                return False
            continue
        at = room / step
        if step < 0:
            first = max(first, at)
        else:
            last = min(last, at)
    return first < last

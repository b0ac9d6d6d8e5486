"""What pages put around what a cell shows: a box that scrolls sideways on a narrow window, and the size of a drawing."""

from __future__ import annotations

import re
from html import escape

__all__ = ["scrolls", "size"]

_SIZE = re.compile(r'<svg[^>]*?\swidth="([\d.]+)(?:p[xt])?"\s+height="([\d.]+)(?:p[xt])?"')


def scrolls(inner: str, label: str, *looks: str) -> str:
    """Return HTML in a box that scrolls sideways, by the keyboard, too.

    Args:
        inner: the HTML.
        label: what the box is, for a screen reader.
        looks: classes of the box beside its own.
    """
    classes = " ".join(["kn-scroll", *looks])
    return f'<div class="{classes}" tabindex="0" role="group" aria-label="{escape(label)}">{inner}</div>'


def size(drawing: str) -> tuple[int, int]:
    """Return the width and the height of a drawing, in whole pixels.

    Raises:
        ValueError: the drawing has no size.

    >>> size('<svg xmlns="http://www.w3.org/2000/svg" width="320" height="96.5" viewBox="0 0 320 96.5">')
    (320, 97)
    """
    found = _SIZE.search(drawing)
    if found is None:
        raise ValueError(drawing[:200])
    wide, high = (-int(-float(each) // 1) for each in found.groups())
    return wide, high

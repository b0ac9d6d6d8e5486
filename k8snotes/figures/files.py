"""A drawing as a file of another kind than SVG: PNG and PDF, by the package vl-convert-python, if that is there.

It draws with letters of its own and needs no other program. It is large, so it is an extra.
"""

from __future__ import annotations

from typing import Any

from k8snotes.catalogue import _
from k8snotes.errors import FigureError

__all__ = ["INSTALL", "pdf", "png", "scaled"]

INSTALL = "pip install vl-convert-python"
"""The command that makes PNG and PDF possible."""


def png(svg: str, scale: float) -> bytes:
    """Return a drawing as PNG, so many of whose pixels are one of the drawing.

    Raises:
        FigureError: The package that draws it is not installed.
    """
    return bytes(_engine("PNG").svg_to_png(svg, scale=scale))


def pdf(svg: str, scale: float) -> bytes:
    """Return a drawing as a page of PDF, as large as the drawing, enlarged by `scale`.

    Raises:
        FigureError: The package that draws it is not installed.
    """
    return bytes(_engine("PDF").svg_to_pdf(scaled(svg, scale)))


def scaled(svg: str, scale: float) -> str:
    """Return a drawing that is shown larger, or smaller, by `scale`.

    >>> scaled('<svg class="knp" width="100" height="50" viewBox="0 0 100 50">', 2)
    '<svg class="knp" width="200" height="100" viewBox="0 0 100 50">'
    """
    if scale == 1:
        return svg
    opening, end, rest = svg.partition(">")
    words = opening.split(" ")
    for at, word in enumerate(words):
        name, _equals, value = word.partition("=")
        if name in ("width", "height"):
            words[at] = f'{name}="{float(value.strip(chr(34))) * scale:g}"'
    return " ".join(words) + end + rest


def _engine(kind: str) -> Any:
    try:
        import vl_convert  # noqa: PLC0415  # heavy, and an extra
    except ImportError:
        raise FigureError(
            _(
                "To save a figure as {kind}, first run: {command}. A figure can be saved as .svg without it.",
                kind=kind,
                command=INSTALL,
            )
        ) from None
    return vl_convert

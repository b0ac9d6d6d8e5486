"""Reads a drawing as a browser shows it: its texts with where they begin and end, its frames, its lines."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree as ET

from k8snotes.figures.measure import SIZE, pixels


class Text(NamedTuple):
    """A text of a drawing: what it says, its left and right side, where its letters stand, and the size of its type."""

    words: str
    left: float
    right: float
    y: float
    size: float


class Frame(NamedTuple):
    """A frame of a drawing: its sides, its line, its ground and its dashes."""

    left: float
    top: float
    right: float
    bottom: float
    line: str
    ground: str
    dashes: str


def parse(svg: str) -> ET.Element:
    """Return the root of a drawing."""
    return ET.fromstring(svg)


def texts(svg: str) -> list[Text]:
    """Return the texts of a drawing; one of which the width is not set is measured."""
    found = []
    for node in parse(svg).iter():
        if not node.tag.endswith("}text"):
            continue
        words = "".join(node.itertext())
        size = float(node.get("font-size", SIZE))
        mono = "m" in str(node.get("class", "")).split()
        measured = pixels(words, size, bold=node.get("font-weight") == "bold", mono=mono)
        left, y = float(str(node.get("x"))), float(str(node.get("y")))
        found.append(Text(words, left, left + float(node.get("textLength", measured)), y, size))
    return found


def frames(svg: str) -> list[Frame]:
    """Return the frames of a drawing, without its paper."""
    found = []
    for node in parse(svg).iter():
        if node.tag.endswith("}rect") and node.get("x"):
            x, y, wide, high = (float(str(node.get(name))) for name in ("x", "y", "width", "height"))
            half = float(node.get("stroke-width", 0)) / 2
            found.append(
                Frame(
                    x - half,
                    y - half,
                    x + wide + half,
                    y + high + half,
                    node.get("stroke", ""),
                    node.get("fill", ""),
                    node.get("stroke-dasharray", ""),
                )
            )
    return found


def lines(svg: str) -> list[list[tuple[float, float]]]:
    """Return the points of each line of a drawing."""
    return [
        [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", str(node.get("points")))]
        for node in parse(svg).iter()
        if node.tag.endswith("}polyline")
    ]

"""Draws the key to all pictures: three addresses, three signs, three kinds of line.

No meaning rests on colour alone: each frame has a line of its own, and each state a sign and a word.
"""

from __future__ import annotations

from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.scene import Box, Line, Scene, Table, address, bold, heading

__all__ = ["legend"]

_ADDRESSES = (
    ("Node IP", "192.168.0.11", "solid frame, orange: a machine, its card has the address", palette.NODE),
    ("Pod IP", "10.244.1.5", "solid frame, green: a Pod, its virtual card has the address", palette.POD),
    (
        "Cluster IP",
        "10.96.0.12",
        "dashed frame, blue: a Service, nothing is there, only rules",
        palette.SERVICE,
    ),
)
_SIGNS = (
    ("✓ ready", "solid frame: it is there, and traffic reaches it", palette.POD),
    ("◐ not ready", "dotted frame: it is there, but gets no traffic yet", palette.NOT_READY),
    ("✗ left out", "dotted frame, grey: not selected, or it has ended", palette.LEFT_OUT),
    ("✗ error", "dashed frame, red: a Service that leads nowhere", palette.ERROR),
    ("web × 12", "double frame: twelve Pods that are alike", palette.POD),
)
_LINES = (
    ("arrow", "traffic goes this way"),
    ("dotted line", "a rule, or no traffic"),
)
_WIDE = 190


def legend() -> Figure:
    """Return the key to all pictures as a Figure: what each frame, symbol and line means.

    >>> legend()
    <Figure legend: how to read the pictures>
    """
    return Figure("legend", "how to read the pictures", _ADDRESSES, _scene)


def _scene() -> Scene:
    addresses = [
        Box(
            [
                Line([bold(name), "   ", address(example, look)], f"{name} (such as {example})"),
                Line(words, after=": "),
            ],
            look,
            limit=_WIDE,
            width=_WIDE + 16,
            indent=2,
            alt=f"{name}: {words}.",
        )
        for name, example, words, look in _ADDRESSES
    ]
    signs = [
        Box(
            [heading(sign), Line(words, after=": ")],
            look,
            limit=_WIDE,
            width=_WIDE + 16,
            stacked="×" in sign,
            indent=2,
            alt=f"{sign}: {words}.",
        )
        for sign, words, look in _SIGNS
    ]
    arrows = Box(
        [Line([bold(name), f": {words}"], indent=0) for name, words in _LINES],
        limit=_WIDE,
        width=_WIDE + 16,
        indent=2,
    )
    table = Table([addresses, signs[:3], [*signs[3:], arrows]], id="legend")
    return Scene([table], opening="How to read the pictures.")

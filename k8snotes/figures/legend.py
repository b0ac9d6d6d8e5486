"""Draws the key to all pictures: three addresses, four signs and the frame of a stack, two kinds of line.

No meaning rests on colour alone: each frame has a line of its own, and each state a sign and a word.
"""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.face import calls
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.scene import Box, Line, Scene, Table, address, bold, heading

__all__ = ["legend"]

_ADDRESSES = (
    (
        _("Node IP"),
        "192.168.0.11",
        _("solid orange frame of a Node, whose card has the address"),
        palette.NODE,
    ),
    (
        _("Pod IP"),
        "10.244.1.5",
        _("solid green frame of a Pod, whose virtual card has the address"),
        palette.POD,
    ),
    (
        _("Cluster IP"),
        "10.96.0.12",
        _("dashed blue frame of a Service, whose address exists only in rules"),
        palette.SERVICE,
    ),
)
_SIGNS = (
    (_("✓ ready"), _("solid frame of a Pod that gets traffic"), palette.POD),
    (_("◐ not ready"), _("dotted frame of a Pod that gets no traffic yet"), palette.NOT_READY),
    (_("✗ left out"), _("dotted grey frame of a Pod that is not selected or has ended"), palette.LEFT_OUT),
    (_("✗ error"), _("dashed red frame of a Service that leads nowhere"), palette.ERROR),
)
_STACK = ("web × 12", _("double frame of 12 Pods that are alike"), palette.POD)
_LINES = (
    (_("arrow"), _("traffic goes this way")),
    (_("dotted line"), _("a rule, or no traffic")),
)
_WIDE = 190


@calls
def legend() -> Figure:
    """Return the key to all pictures as a Figure: what each frame, symbol and line means.

    >>> legend()
    <Figure legend: how to read the pictures>
    """
    return Figure(_("legend"), _("how to read the pictures"), _ADDRESSES, _scene)


def _scene() -> Scene:
    addresses = [
        Box(
            [
                Line(
                    [bold(name), "   ", address(example, look)],
                    _("{name} (such as {example})", name=name, example=example),
                ),
                Line(words, after=": "),
            ],
            look,
            limit=_WIDE,
            width=_WIDE + 16,
            indent=2,
            alt=_("{name}: {meaning}.", name=name, meaning=words),
        )
        for name, example, words, look in _ADDRESSES
    ]
    signs = [
        Box(
            [heading(sign), Line(words, after=": ")],
            look,
            limit=_WIDE,
            width=_WIDE + 16,
            stacked=at == len(_SIGNS),
            indent=2,
            alt=_("{name}: {meaning}.", name=sign, meaning=words),
        )
        for at, (sign, words, look) in enumerate((*_SIGNS, _STACK))
    ]
    arrows = Box(
        [Line([bold(name), f": {words}"], indent=0) for name, words in _LINES],
        limit=_WIDE,
        width=_WIDE + 16,
        indent=2,
    )
    table = Table([addresses, signs[:3], [*signs[3:], arrows]], id="legend")
    return Scene([table], opening=_("How to read the pictures."))

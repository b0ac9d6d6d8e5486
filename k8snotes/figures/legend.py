"""Draws the key to all pictures: three addresses, the states with their signs, and the kinds of arrows.

No meaning rests on colour alone: each frame has a line of its own, and each state a sign and a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from k8snotes.catalogue import _
from k8snotes.face import calls
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import BETWEEN, stack
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Link,
    Mark,
    Run,
    Scene,
    Told,
    address,
    bold,
    drawn_only,
    heading,
    note,
    told_only,
)

__all__ = ["legend"]

_ADDRESSES = (
    (
        _("Node IP"),
        "192.168.0.11",
        _("solid orange frame, with square corners, of a Node, whose card has the address"),
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
    (
        _("✗ fault"),
        _("thick vermilion frame of what is at fault; that of a Service is dashed"),
        palette.FAULT,
    ),
    (_("▶ acts"), _("thick purple frame of who acts, or of what is new"), palette.ACTS),
)
_STACK = ("web × 12", _("double frame of 12 Pods that are alike"), palette.POD)
_ARROWS = (
    (_("arrow"), _("traffic goes this way"), palette.TRAFFIC),
    (_("thick arrow"), _("the way that was taken"), {"penwidth": "3"}),
    (_("dashed arrow"), _("selected or waiting, no traffic yet"), palette.WAITING),
    (_("dashed line that ends at a bar"), _("traffic stops here"), palette.CUT),
    (_("dotted arrow"), _("a rule"), palette.RULES),
    (
        _("grey arrow with two heads"),
        _("machinery at work, such as questions and answers"),
        palette.BACK_AND_FORTH,
    ),
)
_WIDE = 262  # pixels: a column
_LEFTS = (0, 280, 560)
_HEADS = 28  # pixels: the heads of the columns
_SAMPLE = 56  # pixels: an arrow


@calls
def legend() -> Figure:
    """Return the key to all pictures as a Figure: what each frame, symbol and line means.

    >>> legend()
    <Figure legend: how to read the pictures>
    """
    return Figure(_("legend"), _("how to read the pictures"), _ADDRESSES, _scene)


def _scene() -> Scene:
    heads = (_("Addresses"), _("States and signs"), _("Arrows"))
    drawn: list[Drawn] = [
        Label([drawn_only(bold(head))], at=(x, 0)) for x, head in zip(_LEFTS, heads, strict=True)
    ]
    addresses = [
        _box(
            [bold(name), address(example, look)._replace(right=True)],
            _("{name} (such as {example})", name=name, example=example),
            words,
            look,
            name,
        )
        for name, example, words, look in _ADDRESSES
    ]
    signs = [_box(heading(sign), str(sign), words, look, sign) for sign, words, look in _SIGNS]
    name, words, look = _STACK
    signs.append(_box(heading(name), name, words, look, name, stacked=True))
    stack(addresses, _LEFTS[0], _HEADS)
    stack(signs, _LEFTS[1], _HEADS)
    drawn += [*addresses, *signs]
    told: list[Told] = [*addresses, *signs]
    y: float = _HEADS
    for at, (name, words, way) in enumerate(_ARROWS):
        items, y = _arrow(at, name, words, way, y)
        drawn += items
        told.append(told_only(_("{name}: {meaning}.", name=name, meaning=words).removesuffix("."), indent=2))
    return Scene(drawn, told, opening=_("How to read the pictures."))


def _box(
    head: list[str | Run], told: str, words: str, look: palette.Look, name: str, *, stacked: bool = False
) -> Box:
    """Return the box of a frame: an example of it, with what it means."""
    return Box(
        [Line(head, told), Line(note(words, palette.INK), after=": ")],
        look,
        width=_WIDE,
        stacked=stacked,
        indent=2,
        alt=_("{name}: {meaning}.", name=name, meaning=words),
    )


def _arrow(at: int, name: str, words: str, way: Mapping[str, str], y: float) -> tuple[Sequence[Drawn], float]:
    """Return an example of an arrow, and beside it what it means, and where the next one begins."""
    x = _LEFTS[2]
    said = Label(
        [drawn_only(bold(name)), drawn_only(note(words, palette.INK))],
        limit=_WIDE - _SAMPLE - 16,
        at=(x + _SAMPLE + 16, y),
    )
    ends = Mark(f"a{at}", (x + 4, y + 10), size=0), Mark(f"b{at}", (x + _SAMPLE, y + 10), size=0)
    return [*ends, Link(f"a{at}:e", f"b{at}:w", way), said], y + size_of(said)[1] + BETWEEN

"""Draws the key to all pictures: three addresses, three signs, three kinds of line."""

from __future__ import annotations

from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph
from k8snotes.figures.figure import Figure
from k8snotes.figures.html_label import Html, Line, address, bold, box, heading, table

__all__ = ["legend_figure"]

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


def legend_figure() -> Figure:
    """Return the key to all pictures as a Figure."""
    return Figure("legend: how to read the pictures", _ADDRESSES, dot=_dot, text=_text, alt=_alt)


def _dot() -> str:
    graph = digraph()
    addresses: list[Html] = []
    for name, example, words, look in _ADDRESSES:
        lines: list[Line] = [[bold(name), "   ", address(example, look)], words]
        addresses.append(box(lines, look, limit=_WIDE, width=_WIDE + 16))
    signs = [
        box([heading(sign, ""), words], look, limit=_WIDE, width=_WIDE + 16, stacked="×" in sign)
        for sign, words, look in _SIGNS
    ]
    lines_told: list[Line] = [[bold(name), f": {words}"] for name, words in _LINES]
    arrows = box(lines_told, palette.PLAIN, limit=_WIDE, width=_WIDE + 16)
    markup = table([addresses, signs[:3], [*signs[3:], arrows]])
    graph.node("legend", angle(markup))
    return str(graph.source)


def _text() -> str:
    lines = ["legend: how to read the pictures"]
    lines += [f"  {name} (such as {example}): {words}" for name, example, words, _ in _ADDRESSES]
    lines += [f"  {sign}: {words}" for sign, words, _ in _SIGNS]
    lines += [f"  {name}: {words}" for name, words in _LINES]
    return "\n".join(lines)


def _alt() -> str:
    said = [f"{name}: {words}" for name, _, words, _ in _ADDRESSES]
    said += [f"{sign}: {words}" for sign, words, _ in _SIGNS]
    return "How to read the pictures. " + ". ".join(said) + "."

"""Starts a DOT graph in the style that all pictures share."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from k8snotes.figures.html_label import Html, label
from k8snotes.figures.palette import EDGE, INK, MUTED, PAPER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from k8snotes.figures.html_label import Line

__all__ = ["FONT", "angle", "digraph", "in_column"]

FONT = "Verdana"  # one name: the embedded engine knows the widths of single fonts only


def digraph(*, footer: Iterable[Line] = (), header: Html | None = None, **attributes: str) -> Any:
    """Return an empty `graphviz.Digraph`, left to right, with `header` over it or `footer` under it.

    `attributes` are those of the graph.
    """
    import graphviz  # noqa: PLC0415 - only who draws pays for it

    lines = list(footer)
    caption = {}
    if header:
        caption = {"label": angle(header), "labelloc": "t", "labeljust": "l"}
    elif lines:
        key = Html(f'<font color="{MUTED}">{label(lines, limit=640, padding=5)}</font>')
        caption = {"label": angle(key), "labelloc": "b", "labeljust": "l"}
    return graphviz.Digraph(
        graph_attr={
            "rankdir": "LR",
            "bgcolor": PAPER,
            "fontname": FONT,
            "fontsize": "10",
            "fontcolor": INK,
            "nodesep": "0.05",
            "ranksep": "0.6",
            "pad": "0.15",
            **caption,
            **attributes,
        },
        node_attr={"fontname": FONT, "fontsize": "11", "fontcolor": INK, "shape": "plain"},
        edge_attr={
            "fontname": FONT,
            "fontsize": "9",
            "fontcolor": EDGE,
            "color": EDGE,
            "arrowsize": "0.7",
        },
    )


def angle(markup: Html) -> str:
    """Return markup as a DOT value."""
    return f"<{markup}>"


def in_column(graph: Any, names: Sequence[str]) -> None:
    """Put nodes into one column, in this order from top to bottom (in a graph from left to right)."""
    with graph.subgraph() as column:
        column.attr(rank="same")
        for above, below in pairwise(names):
            column.edge(above, below, style="invis")
        if len(names) == 1:
            column.node(names[0])

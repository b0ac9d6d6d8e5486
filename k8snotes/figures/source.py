r"""The source of a picture in Graphviz' language DOT: its boxes with what they say, where they stand, and its arrows.

It is for other programs: `drawing` draws the same scene itself.
Source of the format: https://graphviz.org/doc/info/attrs.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from k8snotes.figures.dot import Digraph
from k8snotes.figures.layout import place
from k8snotes.figures.measure import SIZE
from k8snotes.figures.palette import INK, PAPER
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import Bars, Box, Label, Line, Link, Mark, Part, Scene, Table
from k8snotes.figures.wording import plain

__all__ = ["dot"]


def dot(scene: Scene) -> str:
    """Return a scene as a graph in DOT: one statement for each thing that is drawn, in their order.

    >>> scene = Scene([Box(["web"], id="a"), Box(["db"], id="b"), Link("a", "b")])
    >>> dot(scene).splitlines()[-2].strip()
    'a -> b'
    """
    graph = Digraph(
        graph={"layout": "neato", "inputscale": "72", "splines": "line", "bgcolor": PAPER},
        node={
            "shape": "box",
            "fixedsize": "true",
            "fontname": "Arial",
            "fontsize": f"{SIZE}",
            "fontcolor": INK,
        },
        edge={"fontname": "Arial", "fontsize": "12"},
    )
    places = place(scene)
    for number, item in enumerate(scene.drawn):
        if isinstance(item, Link):
            words = "".join(_lines(item.words)) if item.words else None
            graph.edge(_end(item.tail), _end(item.head), words, item.way)
        elif isinstance(item, Box | Label | Table):
            x, y = places[id(item)]
            wide, high = size_of(item)
            at = {
                "pos": f"{x + wide / 2:.0f},{-y - high / 2:.0f}!",
                "width": f"{wide / 72:.3f}",
                "height": f"{high / 72:.3f}",
            }
            frame = {"shape": "plaintext"}
            if isinstance(item, Box):
                frame = {
                    "style": f"{item.look.style},filled",
                    "color": item.look.line,
                    "fillcolor": item.look.fill,
                }
            graph.node(plain(item.id) or f"n{number}", "".join(_lines(item)), {**at, **frame})
        elif isinstance(item, Mark):
            x, y = item.at
            graph.node(
                plain(item.id),
                "",
                {"pos": f"{x:.0f},{-y:.0f}!", "shape": "circle", "width": f"{item.size / 72:.3f}"},
            )
    return graph.source


def _end(end: str) -> str:
    return plain(end.partition(":")[0])


def _lines(part: Part) -> Iterator[str]:
    """Yield what a part says, a line each, as DOT has lines that begin at the left."""
    if isinstance(part, Table):
        parts: Iterable[Part] = [cell for row in part.rows for cell in row]
    elif isinstance(part, Bars):
        parts = [Label([row[0], row[2]]) for rows in part.groups for row in rows if not isinstance(row, Line)]
    elif isinstance(part, Box | Label):
        parts = part.inside if isinstance(part, Box) else ()
        for line in part.lines:
            if line.drawn:
                words = "".join("   " + run.text if run.right else run.text for run in line.drawn)
                yield plain(words).replace("\\", "\\\\") + "\\l"
    else:
        parts = ()
    for inner in parts:
        yield from _lines(inner)

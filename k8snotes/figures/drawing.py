"""Draws a scene: boxes, bars and links as a graph in Graphviz' language DOT, in the style that all pictures share.

Text is escaped in this one place: what a box says becomes an HTML-like label, and nothing else reaches DOT as it is.
Source of the format: https://graphviz.org/doc/info/shapes.html#html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from math import ceil
from typing import NewType

from k8snotes.figures.boxes import EMPTY, FONT, MARGINS, SIZE, STEPS, Boxes
from k8snotes.figures.dot import Digraph
from k8snotes.figures.measure import has_wide, points, short, wrapped
from k8snotes.figures.palette import EDGE, INK, LEFT, MUTED, PAPER
from k8snotes.figures.scene import (
    BEYOND,
    Bar,
    Bars,
    Box,
    Column,
    Drawn,
    Frame,
    Label,
    Line,
    Link,
    Mark,
    Part,
    Piece,
    Run,
    Scene,
    Table,
)
from k8snotes.figures.wording import plain

__all__ = ["dot", "markup"]

_LEGEND = 640  # points: a line under a picture
_HIGH = 17  # points: a bar
_SMALL = 9  # the type in it, and that on arrows
_GAP = 3
_NAME = 112  # points: the column of names beside bars
_CELLS = 12
_FULL = {"shape": "plain"}  # a table is as large as what is in it
_LEAST = 3  # points: so much of a piece is always to be seen

Html = NewType("Html", str)  # markup that was made here


def dot(scene: Scene, boxes: Boxes | None = None) -> str:
    """Return the source of a scene's picture, in DOT: one statement for each thing that is drawn, in their order.

    Args:
        scene: What is drawn.
        boxes: With it, boxes that hold nothing but lines are empty ones in DOT; it fills them after they are placed.

    >>> scene = Scene([Box(["web"], id="a"), Box(["db"], id="b"), Link("a", "b")])
    >>> dot(scene).splitlines()[-2].strip()
    'a -> b'
    """
    caption = {}
    if scene.header:
        caption = {"label": _angle(markup(scene.header)), "labelloc": "t", "labeljust": "l"}
    elif scene.legend:
        body = markup(Label(scene.legend, limit=_LEGEND, padding=5))
        key = Html(f'<font color="{MUTED}">{body}</font>')
        caption = {"label": _angle(key), "labelloc": "b", "labeljust": "l"}
    # what has its place is drawn there, in points; arrows are straight, as no router knows what is in their way
    pinned = {"layout": "neato", "inputscale": "72", "splines": "line"} if scene.pinned else {}
    graph = Digraph(
        graph={
            "rankdir": "LR",
            "bgcolor": PAPER,
            "fontname": FONT,
            "fontsize": "10",
            "fontcolor": INK,
            "nodesep": "0.05",
            "ranksep": "0.6",
            "pad": "0.15",
            **caption,
            **pinned,
            **scene.layout,
        },
        node={"fontname": FONT, "fontsize": f"{SIZE}", "fontcolor": INK, **(EMPTY if boxes else _FULL)},
        edge={
            "fontname": FONT,
            "fontsize": f"{_SMALL}",
            "fontcolor": EDGE,
            "color": EDGE,
            "arrowsize": "0.7",
        },
    )
    _draw(graph, scene.drawn, boxes)
    return graph.source


def _draw(graph: Digraph, drawn: Iterable[Drawn], boxes: Boxes | None) -> None:
    for item in drawn:
        if isinstance(item, Link):
            words = _angle(_label(item.words, _SMALL)) if item.words else None
            graph.edge(item.tail, item.head, words, item.way)
        elif isinstance(item, Column):
            _column(graph, item.ids)
        elif isinstance(item, Mark):
            size = {"fixedsize": "false"} if boxes else {}
            graph.node(item.id, "", {"pos": _place(item.at), **size, **item.style})
        elif isinstance(item, Frame):
            with graph.part(f"cluster_{item.id}") as frame:
                frame.attributes({"label": _angle(markup(item.title)), **item.style})
                _draw(frame, item.drawn, boxes)
        elif isinstance(item, Box) and boxes and (empty := boxes.empty(item)):
            graph.node(item.id, None, {**empty, **_pinned(item)})
        else:
            full = {**_FULL, "fixedsize": "false"} if boxes else {}
            graph.node(item.id, _angle(markup(item)), {**full, **_pinned(item)})


def _column(graph: Digraph, ids: Sequence[str]) -> None:
    """Put nodes into one column, from top to bottom (in a graph from left to right)."""
    with graph.part() as column:
        column.attributes({"rank": "same"})
        for above, below in pairwise(ids):
            column.edge(above, below, attributes={"style": "invis"})
        if len(ids) == 1:
            column.node(ids[0])


def _pinned(item: Box | Label | Table) -> Mapping[str, str]:
    return {} if isinstance(item, Table) or item.at is None else {"pos": _place(item.at)}


def _place(at: tuple[float, float]) -> str:
    return f"{at[0]:.1f},{at[1]:.1f}!"


def _angle(body: Html) -> str:
    """Return markup as a DOT value."""
    return f"<{body}>"


# ---- what is in a node


def markup(part: Part) -> Html:
    """Return a part of a picture as an HTML-like label of Graphviz.

    >>> "a &lt;b&gt;" in markup(Label(["a <b>"]))
    True
    """
    if isinstance(part, Box):
        return _anchored(_box(part), part) if part.anchor else _box(part)
    if isinstance(part, Label):
        return _label(part)
    if isinstance(part, Table):
        return _table(part)
    return _bar(part) if isinstance(part, Bar) else _bars(part)


def _box(box: Box) -> Html:
    rows = _rows(box.lines, box.limit, box.port)
    rows += [f'<tr><td align="left" cellpadding="2">{markup(part)}</td></tr>' for part in box.inside]
    body = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{"".join(rows)}</table>'
    look = box.look
    frame = f'style="{look.style}" color="{look.line}" bgcolor="{look.fill}" border="{look.border}"'
    at = f' port="{box.port}"' if box.port else ""
    least = f' width="{box.width}"' if box.width else ""
    if box.size:
        wide, high = box.size
        least = f' width="{wide:.0f}" height="{high:.0f}" fixedsize="true"'
    if box.stacked:
        # the inner frame does not grow with the outer one
        inner = f' width="{box.width - 8}"' if box.width > 8 else ""
        body = (
            f'<table {frame} cellborder="0" cellspacing="0" cellpadding="{MARGINS[0]}"{inner}>'
            f"<tr><td>{body}</td></tr></table>"
        )
    padding = MARGINS[box.stacked]
    return Html(
        f'<table {frame} cellborder="0" cellspacing="0" cellpadding="{padding}"{least}{at}>'
        f"<tr><td>{body}</td></tr></table>"
    )


def _anchored(body: Html, box: Box) -> Html:
    """Return a box with ports "in" over it and "out" under it.

    An arrow from "out" to "in" leaves the space to its right free for the words on it.
    """

    def edge(port: str) -> str:
        thin = 'cellpadding="0" height="1"'
        wide = 2 * box.anchor
        return f'<tr><td port="{port}" width="{wide}" {thin}></td><td width="{box.width - wide}" {thin}></td></tr>'

    inner = f'<tr><td colspan="2" align="left">{body}</td></tr>'
    return Html(
        '<table border="0" cellborder="0" cellspacing="0" cellpadding="0">'
        f"{edge('in')}{inner}{edge('out')}</table>"
    )


def _table(part: Table) -> Html:
    body = "".join(
        "<tr>" + "".join(f'<td align="left" valign="top">{markup(cell)}</td>' for cell in row) + "</tr>"
        for row in part.rows
    )
    return Html(
        f'<table border="0" cellborder="0" cellspacing="{part.spacing}" cellpadding="0">{body}</table>'
    )


def _label(part: Label, size: int = SIZE) -> Html:
    rows = _rows(part.lines, part.limit, steps=(0, 0), size=size)
    body = "".join(rows)
    if part.middle:
        body = body.replace('valign="bottom"', 'valign="middle"')
    if not part.padding or len(rows) > 1:
        body = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0">{body}</table>'
    if part.padding:
        cell = body if len(rows) == 1 else f"<tr><td>{body}</td></tr>"
        body = f'<table border="0" cellborder="0" cellspacing="{part.padding}">{cell}</table>'
    return Html(body)


def _rows(
    lines: Iterable[Line], limit: int, port: str = "", steps: tuple[int, int] = STEPS, size: int = SIZE
) -> list[str]:
    """Return a table row for each line as it is drawn, so many points under the one before.

    `steps` are the points to a new line, and to the rest of a wrapped one; 0: as the engine has it. `size` is that of
    the type.
    """
    rows: list[str] = []
    for line in lines:
        at = f' port="{port}-{len(rows)}"' if port else ""
        for number, part in enumerate(wrapped(line, limit) if line.drawn else ()):
            step = steps[1] if number else steps[0]
            high = f' height="{step}"' if rows and step else ""
            text = "".join(map(_run, part))
            if has_wide(text):
                # engines know no such letters, or those of another font; a browser draws them as they are measured
                wide = ceil(sum(points(run.text, size, bold=run.bold) for run in part))
                high += f' width="{wide}"'
            # a line with no bold in it would be two points lower than the others
            text += "" if any(run.bold for run in part) else "<b> </b>"
            rows.append(f'<tr><td align="left" valign="bottom"{high}{at}>{text}</td></tr>')
            at = ""
    return rows or ["<tr><td> </td></tr>"]


def _run(run: Run) -> str:
    # A backslash is an escape to DOT, and two spaces are one to HTML-like labels. The embedded engine takes
    # each byte of a letter outside ASCII for a space: enough for three bytes (✓, Chinese), short for two.
    text = escape(run.text).replace("\\", "\\\\").replace("  ", "&nbsp; ")
    if not run.text.isascii():
        narrow = sum("\x7f" < c < "\u0800" for c in run.text)
        text += "&nbsp;" * ((narrow + 2) // 3)
    if run.bold:
        text = f"<b>{text}</b>"
    return f'<font color="{run.color}">{text}</font>' if run.color else text


# ---- bars


def _bar(bar: Bar) -> Html:
    """Return pieces side by side, to scale.

    What comes beyond the whole is drawn up to half as long again; its number is in the words beside it.
    Of a whole that is nothing, the pieces themselves are the whole.
    """
    pieces, width = bar.pieces, bar.width
    whole = bar.whole if bar.whole > 0 else max(1, sum(piece.amount for piece in pieces))
    cells = []
    used = total = 0
    for at, piece in enumerate(pieces):
        total += piece.amount
        room = int(width * BEYOND) - used - _LEAST * (len(pieces) - at - 1)
        # in whole numbers: a spoiled dump may have amounts that no float holds
        wide = max(_LEAST, min(room, (2 * total * width + whole) // (2 * whole) - used))
        used += wide
        cells.append(_cell(piece, wide))
    if not cells:
        cells, used = [_cell(Piece(0, LEFT), width)], width
    # nothing, up to the end of the column; each cell before it has a point of frame
    rest = max(1, int(width * bar.reach) - used + _CELLS - len(cells))
    cells.append(f'<td width="{rest}" height="{_HIGH}" fixedsize="true" border="0"></td>')
    return Html(
        f'<table border="0" cellborder="1" cellspacing="0" cellpadding="0"><tr>{"".join(cells)}</tr></table>'
    )


def _cell(piece: Piece, wide: int) -> str:
    look = piece.look
    text = _fitting(piece, wide - 4)
    inner = (
        f'<font point-size="{_SMALL}" color="{look.ink}">{_label(Label([text]), _SMALL)}</font>'
        if text
        else ""
    )
    return (
        f'<td width="{wide}" height="{_HIGH}" fixedsize="true" bgcolor="{look.fill}" '
        f'color="{look.line}" style="{look.style}">{inner}</td>'
    )


def _fitting(piece: Piece, room: int) -> str:
    """Return the name of a piece, shortened if necessary, or the text instead of it, or nothing."""
    name = plain(piece.name)
    columns = 24
    while columns > 6 and points(short(name, columns), _SMALL) > room:
        columns -= 1
    for text in (short(name, columns) if not piece.instead else name, plain(piece.instead)):
        if points(text, _SMALL) <= room:
            return text
    return ""


def _bars(bars: Bars) -> Html:
    made: list[str] = []
    for rows in bars.groups:
        gap = f'<tr><td colspan="3" height="{_GAP}"></td></tr>' if made else ""
        made.append(
            gap
            + "".join(
                f'<tr><td align="left" valign="middle" width="{_NAME}">{_beside(row[0], _NAME)}</td>'
                f'<td align="left" valign="middle">{_bar(row[1])}</td>'
                f'<td align="left" valign="middle" width="{bars.words}">{_beside(row[2], bars.words)}</td></tr>'
                for row in rows
                if not isinstance(row, Line)
            )
        )
    return Html(f'<table border="0" cellborder="0" cellspacing="3" cellpadding="0">{"".join(made)}</table>')


def _beside(line: Line, limit: int) -> Html:
    return markup(Label([line], limit=limit, middle=True))

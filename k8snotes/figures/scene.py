"""A scene: what a figure says, put down once. Its picture, its outline and its alternative text are made from it.

A figure's module turns facts into a scene and writes no words anywhere else. `drawing` turns the scene into SVG,
`outline` into text and alternative text. A line that reads the same in the picture and in the outline is written
once; where the picture has no room for all of it, the line carries both: as it is drawn, and as it is told.

Lengths are in pixels of a page, y goes down. Columns are those of the outline's letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from k8snotes.catalogue import ngettext
from k8snotes.figures.palette import MUTED, PLAIN, RULE, Look
from k8snotes.figures.wording import plain

__all__ = [
    "BAR",
    "BEYOND",
    "GAP",
    "MOST_TOLD",
    "WIDE",
    "Bar",
    "Bars",
    "Box",
    "Column",
    "Label",
    "Line",
    "Link",
    "Mark",
    "Part",
    "Path",
    "Piece",
    "Run",
    "Scene",
    "Square",
    "Squares",
    "Table",
    "Words",
    "address",
    "aside",
    "bold",
    "drawn_only",
    "heading",
    "literal",
    "note",
    "pieces_of",
    "reach_of",
    "state",
    "told_only",
]

WIDE = 300
"""Pixels after which a line of a box breaks: two columns of boxes and an arrow fit a notebook."""

BAR = 330
"""Pixels: what is allocatable on a Node, or allowed by a quota, is drawn so wide."""

MOST_TOLD = 1000
"""Boxes and lines of an outline: nobody reads more, and a page has to hold it."""

BEYOND = 1.5
"""Parts of the whole: what goes beyond the whole is drawn no longer than this."""


class Run(NamedTuple):
    """A run of text in one style.

    `color` is "" for the ink of the picture. A `whole` run does not break. One with `most`, how many columns of it
    the picture has room for at best, is a name: it is cut by its meaning where it does not fit, and the outline has
    all of it. `told` is what the outline has in its place, such as a longer row of addresses. A `literal` run is one
    that can be pasted as it is (an address, labels, a command): it stands in a type of one width. `small` is the
    type of notes and states; a run at the `right` stands at the right side of its box.
    """

    text: str
    bold: bool = False
    color: str = ""
    whole: bool = False
    most: int = 0
    told: str | None = None
    literal: bool = False
    small: bool = False
    right: bool = False


GAP = Run("", told="   ")
"""What the outline has between a name and its state, which stand apart in the picture."""

Words = str | Run | Sequence[str | Run]
"""What a line is made of: text in the ink of the picture, or runs."""


def bold(text: object, *, most: int = 0, told: str | None = None) -> Run:
    """Return text in bold; `most` and `told` are those of a `Run`."""
    return Run(plain(text), bold=True, most=most, told=told)


def address(text: object, look: Look) -> Run:
    """Return an address in the ink of what it belongs to."""
    return Run(plain(text), bold=True, color=look.ink, literal=True)


def literal(text: object, color: str = "", *, told: str | None = None) -> Run:
    """Return what can be pasted as it is: labels, a port, a command."""
    return Run(plain(text), color=color, literal=True, told=told)


def note(text: object, color: str = MUTED, *, whole: bool = False, most: int = 0) -> Run:
    """Return text in the small type and in another ink; `whole` keeps it on one line, `most` is that of a `Run`."""
    return Run(plain(text), color=color, whole=whole, most=most, small=True)


def state(text: object, look: Look | None = None) -> Run:
    """Return how something is ("✓ ready"), for the right side of a line, in the ink of its look."""
    return Run(plain(text), color=look.ink if look else "", whole=True, small=True, right=True)


def heading(name: str, of: str = "", look: Look | None = None, *, most: int = 60) -> list[str | Run]:
    """Return the words of a box's first line: a name in bold, and its state at the right side of it."""
    return [bold(name, most=most), *([GAP, state(of, look)] if of else [])]


class Line:
    """One line of the story: as the picture draws it, and as the outline tells it.

    Args:
        drawn: The words in the picture; none for what the outline alone has.
        told: The words in the outline, where they differ; "" for what the picture alone has.
        indent: Columns that the outline indents it by, from the head of its box or from the margin.
        after: The text between the line before and this one, where the outline tells both as one line; " (" for a note
            in brackets, which the outline closes.
        members: What a stack holds; the outline names them under the line, if there are several.
        nested: Columns that the outline indents those by.
        shown: Whether the picture has room for it.
        alt: What the alternative text says, as a whole sentence; "" for nothing.

    >>> Line(["Pod IP ", bold("10.244.1.5")]).told
    'Pod IP 10.244.1.5'
    """

    __slots__ = ("after", "alt", "drawn", "indent", "members", "nested", "told")

    def __init__(
        self,
        drawn: Words = (),
        told: str | None = None,
        *,
        indent: int = 2,
        after: str = "",
        members: Sequence[object] = (),
        nested: int = 6,
        shown: bool = True,
        alt: str = "",
    ) -> None:
        parts = [drawn] if isinstance(drawn, str | Run) else drawn
        runs = tuple(Run(str(part)) if isinstance(part, str) else part for part in parts)
        self.drawn = runs if shown else ()
        self.told = "".join(map(_told, runs)) if told is None else str(told)
        self.indent, self.after = indent, after
        self.members, self.nested = members, nested
        self.alt = str(alt)

    def __repr__(self) -> str:
        return f"<Line {self.told or ''.join(run.text for run in self.drawn)}>"


def _told(run: Run) -> str:
    return str(run.text if run.told is None else run.told)


def drawn_only(words: Words) -> Line:
    """Return a line that the picture alone has: what the outline says elsewhere, or in other words."""
    return Line(words, "")


def told_only(
    words: str,
    *,
    indent: int = 2,
    after: str = "",
    members: Sequence[object] = (),
    nested: int = 6,
    alt: str = "",
) -> Line:
    """Return a line that the outline alone has: what the picture shows by its place, or has no room for.

    The arguments are those of a `Line`.
    """
    return Line((), words, indent=indent, after=after, members=members, nested=nested, alt=alt)


def aside(sentence: str) -> Line:
    """Return what the alternative text alone says, such as how many more there are."""
    return Line((), "", alt=sentence)


class Box:
    """A thing of the picture, in its frame: lines, and the parts under them.

    Args:
        lines: What it says, a `Line` each, or the words of one. The first is its head.
        look: How it is drawn; the look says what it is, and in which state.
        id: The name by which links find it; "" for a box inside another one.
        limit: Pixels after which a line breaks, where it has no width.
        width: Its width in pixels; 0: as wide as its lines.
        tight: Whether its lines stand close to its frame, because there are many such boxes.
        stacked: Whether its frame is doubled: several of the same kind.
        inside: The parts in the frame under the lines.
        at: The place of its left and upper corner, in pixels to the right and down; None: `layout` finds a place.
        size: Its width and height in pixels, if they are fixed, such as those of a frame that others stand in.
        keys: What it belongs to, by any name: where the pointer is on one, all with the same name stay lit.
        ref: What it shows, as `kind/name`, to be copied.
        title: The whole name, for a pointer that rests on it; by default its first line, as it is told.
        indent: Columns that the outline indents its head by.
        alt: What the alternative text says of it, as a whole sentence; "" for nothing.
        fault: Whether something is wrong with it: the alternative text begins with such.
    """

    def __init__(
        self,
        lines: Iterable[Line | Words],
        look: Look = PLAIN,
        *,
        id: str = "",  # noqa: A002
        limit: int = WIDE,
        width: int = 0,
        tight: bool = False,
        stacked: bool = False,
        inside: Sequence[Part] = (),
        at: tuple[float, float] | None = None,
        size: tuple[float, float] | None = None,
        keys: Iterable[str] = (),
        ref: str = "",
        title: str = "",
        indent: int = 0,
        alt: str = "",
        fault: bool = False,
    ) -> None:
        self.lines = tuple(line if isinstance(line, Line) else Line(line) for line in lines)
        self.look, self.id = look, id
        self.limit, self.width, self.tight, self.stacked = limit, width, tight, stacked
        self.inside = inside
        self.at, self.size = at, size
        self.keys = tuple(keys)
        self.ref = ref
        self.title = title or next((line.told for line in self.lines if line.told), "")
        self.indent = indent
        self.alt, self.fault = str(alt), fault

    def __repr__(self) -> str:
        return f"<Box {self.lines[0].told if self.lines else self.id}>"


class Label:
    """Lines with no frame: the head of a column, or the words beside a bar.

    `padding` is how many pixels it keeps from what is around it; `width`, `id`, `at` and `keys` are those of a `Box`.
    """

    def __init__(
        self,
        lines: Iterable[Line | Words],
        *,
        limit: int = WIDE,
        padding: int = 0,
        width: int = 0,
        id: str = "",  # noqa: A002
        at: tuple[float, float] | None = None,
        keys: Iterable[str] = (),
    ) -> None:
        self.lines = tuple(line if isinstance(line, Line) else Line(line) for line in lines)
        self.limit, self.padding, self.width = limit, padding, width
        self.id, self.at = id, at
        self.keys = tuple(keys)

    def __repr__(self) -> str:
        return f"<Label {self.lines[0].told if self.lines else ''}>"


class Table:
    """Parts side by side and under each other, with no frame around them; `spacing` in pixels, `at` as of a `Box`."""

    def __init__(
        self,
        rows: Iterable[Iterable[Part]],
        *,
        spacing: int = 8,
        id: str = "",  # noqa: A002
        at: tuple[float, float] | None = None,
    ) -> None:
        self.rows = tuple(tuple(row) for row in rows)
        self.spacing, self.id, self.at = spacing, id, at

    def __repr__(self) -> str:
        return f"<Table of {len(self.rows)} rows>"


class Piece(NamedTuple):
    """A piece of a bar: an amount and its look.

    `name` is written into it where there is room, `instead` where there is room for that alone.
    """

    amount: int
    look: Look
    name: str = ""
    instead: str = ""


class Bar:
    """Amounts side by side, to scale: `whole` is `width` pixels wide; nothing of nothing is not drawn.

    `reach` is the part of the whole up to which the bars of one column go, so that all begin alike.
    """

    def __init__(self, pieces: Iterable[Piece], whole: int, *, width: int = BAR, reach: float = 1) -> None:
        self.pieces = tuple(piece for piece in pieces if piece.amount > 0)
        self.whole, self.width, self.reach = whole, width, reach

    def __repr__(self) -> str:
        return f"<Bar of {len(self.pieces)} pieces>"


def reach_of(amounts: Iterable[tuple[int, int]]) -> float:
    """Return how far the bars of a column go, in parts of the whole: for amounts, each with its whole.

    >>> reach_of([(2, 4), (5, 4)]), reach_of([(400, 4)])
    (1.25, 1.5)
    """
    return min(BEYOND, max([1.0, *(amount / whole for amount, whole in amounts if whole)]))


def pieces_of(parts: Sequence[tuple[str, int]], look: Look, most: int = 8) -> list[Piece]:
    """Return named amounts as pieces, at most so many: the smallest of many together as one."""
    shown = [(name, amount) for name, amount in parts if amount > 0]
    if len(shown) > most:
        rest = sum(amount for _name, amount in shown[most - 1 :])
        others = len(shown) - most + 1
        shown = [*shown[: most - 1], (ngettext("{n} more", "{n} more", others), rest)]
    return [Piece(amount, look, name) for name, amount in shown]


class Bars:
    """Rows of a name, a bar, and what the bar says in words (`names` and `words` pixels wide); a gap between groups.

    The outline tells name and words as one line; a `Line` between the rows is for the outline alone.
    """

    def __init__(
        self, groups: Iterable[Iterable[tuple[Line, Bar, Line] | Line]], *, names: int = 120, words: int = 240
    ) -> None:
        self.groups = tuple(tuple(rows) for rows in groups)
        self.names, self.words = names, words

    def __repr__(self) -> str:
        return f"<Bars in {len(self.groups)} groups>"


class Square(NamedTuple):
    """One of many small squares: the sign of its look says what it is, and its levels how full it is.

    `levels` are columns in it, each with its height in percent of the square; `name` is said where the pointer rests.
    """

    look: Look
    levels: tuple[tuple[int, Look], ...] = ()
    name: str = ""


class Squares:
    """Many small squares in rows, such as one for each Node.

    There are `across` of them in a row, one every `step` pixels, and `above` pixels over them, so that they stand beside
    a line of text.

    The outline says nothing of them: the words beside them say the same, with numbers.
    """

    def __init__(
        self, squares: Iterable[Square], *, across: int = 30, step: int = 12, above: int = 0
    ) -> None:
        self.squares = tuple(squares)
        self.across, self.step, self.above = across, step, above

    def __repr__(self) -> str:
        return f"<Squares: {len(self.squares)}>"


Part = Box | Label | Table | Bar | Bars | Squares
"""What may be in a box or in a cell of a table."""


class Mark:
    """A small sign of a diagram with no words in it, such as the dot that says when something happened.

    Args:
        id: The name by which links find it.
        at: Its centre, in pixels to the right and down.
        look: Its line and its ground.
        size: How wide and high it is, in pixels.
    """

    def __init__(
        self,
        id: str,  # noqa: A002
        at: tuple[float, float],
        look: Look = PLAIN,
        *,
        size: float = 8,
    ) -> None:
        self.id, self.at, self.look, self.size = id, at, look, size

    def __repr__(self) -> str:
        return f"<Mark {self.id}>"


class Path:
    """A line of a diagram through some points, such as a curve, an axis, or the lane of a component.

    Args:
        points: Where it goes, in pixels to the right and down.
        color: Its ink.
        width: How thick it is, in pixels.
        style: "solid", "dashed" or "dotted".
        fill: The ground that it encloses; "" for none.
        keys: As those of a `Box`.
    """

    def __init__(
        self,
        points: Iterable[tuple[float, float]],
        color: str = RULE,
        *,
        width: float = 1.5,
        style: str = "solid",
        fill: str = "",
        keys: Iterable[str] = (),
    ) -> None:
        self.points = tuple(points)
        self.color, self.width, self.style, self.fill = color, width, style, fill
        self.keys = tuple(keys)

    def __repr__(self) -> str:
        return f"<Path through {len(self.points)} points>"


class Link:
    """An arrow from one box to another; it leaves and ends at the middle of a side.

    Args:
        tail: The id of the box that it leaves; a line of it may follow, as in "n0:1", and a side (n, e, s, w), as in
            "n0:w" or "n0:1:w". Without a side, that which faces the other box.
        head: The id of the box that it leads to, in the same way.
        way: How it is drawn, one of those of the palette: what happens along it.
        words: The words on it.
        told: What the outline says of it.
        bend: Where it turns, in pixels to the right; None: it is straight. A bent one goes to the right or the left,
            up or down, and on.
        keys: As those of a `Box`; what it links is lit with it in any case.
    """

    def __init__(
        self,
        tail: str,
        head: str,
        way: Mapping[str, str] | None = None,
        *,
        words: Label | None = None,
        told: Line | None = None,
        bend: float | None = None,
        keys: Iterable[str] = (),
    ) -> None:
        self.tail, self.head, self.way = tail, head, way or {}
        self.words, self.told, self.bend = words, told, bend
        self.keys = tuple(keys)

    def __repr__(self) -> str:
        return f"<Link {self.tail} to {self.head}>"


class Column:
    """The ids of boxes under each other, in this order, for `layout` to place."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(ids)

    def __repr__(self) -> str:
        return f"<Column {', '.join(self.ids)}>"


Drawn = Box | Label | Table | Mark | Path | Link | Column
"""What a picture is made of; what comes first lies below the rest."""

Told = Line | Label | Box | Table | Link
"""What an outline is made of, in the order of reading."""


class Scene:
    """All that a figure says.

    Args:
        drawn: What the picture shows.
        told: The same in the order of reading; without it, the boxes as they are drawn. Of more than `MOST_TOLD` items the
            others are not even made, and `cut` is true.
        opening: What the alternative text begins with: the finding, in a sentence or two.
        legend: What explains the picture under it: a look with what it stands for, shown where the picture has it, or
            a sentence.
        gap: Pixels between the columns of boxes that have no place yet.

    >>> Scene([Box(["Service web"], id="s"), Box(["web-1"], id="p"), Link("s", "p")], opening="One Service.")
    <Scene of boxes: 2, links: 1. One Service.>
    """

    def __init__(
        self,
        drawn: Sequence[Drawn],
        told: Iterable[Told] | None = None,
        *,
        opening: str = "",
        legend: Iterable[tuple[Look, object] | object] = (),
        gap: float = 110,
    ) -> None:
        self.drawn = drawn
        boxes = (item for item in drawn if isinstance(item, Box | Table))
        telling = iter(boxes if told is None else told)
        kept: list[Told] = []
        lines = 0
        while lines < MOST_TOLD and (item := next(telling, None)) is not None:
            kept.append(item)
            lines += 1 + (len(item.inside) if isinstance(item, Box) else 0)
        self.told: tuple[Told, ...] = tuple(kept)
        self.cut = lines >= MOST_TOLD and next(telling, None) is not None
        self.opening = str(opening)
        self.legend = tuple(legend)
        self.gap = gap

    def __repr__(self) -> str:
        boxes = sum(isinstance(item, Box | Table) for item in self.drawn)
        links = sum(isinstance(item, Link) for item in self.drawn)
        return f"<Scene of boxes: {boxes}, links: {links}. {self.opening}>"

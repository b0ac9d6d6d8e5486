"""Draws a scene as SVG: its boxes, words and bars where the layout puts them, its lines and its arrows.

Nothing of it needs another program, so a picture is the same wherever Python runs. All text is escaped where it is
written, in `parts`. Where the pointer is on a box, or the keyboard, what belongs to it stays and the rest fades:
`page` has the rules for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from math import hypot
from typing import NamedTuple

from k8snotes.figures.layout import place
from k8snotes.figures.measure import SIZE
from k8snotes.figures.palette import EDGE, INK, PAPER, Look
from k8snotes.figures.parts import DASHES, Canvas, Spot, measured, size_of
from k8snotes.figures.scene import Box, Drawn, Label, Link, Mark, Part, Path, Scene, Table
from k8snotes.figures.theme import MONO, SIGNS, sans
from k8snotes.figures.wording import plain

__all__ = ["MOST_SUBJECTS", "Drawing", "draw", "looks_of"]

MOST_SUBJECTS = 64
"""Boxes of one picture that light up what belongs to them; in a picture with more of them none does."""

_PAD = 1  # pixel around a picture
_BESIDE = 12  # pixels from the end of an arrow to its words
_HEAD = 9  # pixels: how long the head of an arrow is
_LETTERS = f".knp .m{{font-family:{MONO}}}.knp .sy{{font-family:{SIGNS}}}.knp text{{white-space:pre}}"


class Drawing(NamedTuple):
    """A picture: its SVG, its size in pixels, and how many boxes light up what belongs to them.

    `before` is the SVG up to where a title may stand, `after` the rest.
    """

    before: str
    after: str
    wide: float
    high: float
    subjects: int


class _Groups:
    """Which things of a picture belong together: the boxes that can be pointed at, and what is lit with each."""

    def __init__(self, drawn: Iterable[Drawn]) -> None:
        self.boxes: dict[str, Box] = {}
        around: dict[str, list[str]] = {}
        for item in drawn:
            _collect(item, (), self.boxes, around)
        links = [item for item in drawn if isinstance(item, Link) and item.way.get("style") != "invis"]
        named: dict[str, list[str]] = {}
        for name, box in self.boxes.items():
            for key in box.keys:
                named.setdefault(key, []).append(name)
        tails = dict.fromkeys(name for link in links if (name := _base(link.tail)) in self.boxes)
        first = [names[0] for names in named.values()]
        self.subjects = list(dict.fromkeys([*tails, *first]))
        if len(self.subjects) > MOST_SUBJECTS:
            self.subjects = []
        number = {name: at for at, name in enumerate(self.subjects)}
        self.lit: dict[object, set[int]] = {}
        for link in links:
            ends = _base(link.tail), _base(link.head)
            for end in ends:
                if end in number:
                    for thing in (id(link), *ends):
                        self.lit.setdefault(thing, set()).add(number[end])
        for item in drawn:
            for key in getattr(item, "keys", ()):
                if key in named and named[key][0] in number:
                    self.lit.setdefault(id(item), set()).add(number[named[key][0]])
        for name, box in self.boxes.items():
            for key in box.keys:
                if named[key][0] in number:
                    self.lit.setdefault(name, set()).add(number[named[key][0]])
        for name in [*self.boxes]:
            for outer in around.get(name, ()):
                self.lit.setdefault(outer, set()).update(self.lit.get(name, ()))
        self._number = number

    def of(self, thing: object, kind: str, own: str = "") -> str:
        """Return the classes of something, as an attribute."""
        lit = sorted(self.lit.get(thing, ()))
        classes = [kind, *(f"k{at}" for at in lit)]
        if own in self._number:
            classes.append(f"o{self._number[own]}")
            classes.insert(0, "f")
        elif own and len(lit) == 1:
            classes.append(f"o{lit[0]}")
        return f' class="{" ".join(classes)}"'


def _collect(
    item: object, outer: tuple[str, ...], boxes: dict[str, Box], around: dict[str, list[str]]
) -> None:
    if isinstance(item, Box):
        if item.id:
            boxes[item.id] = item
            around[item.id] = list(outer)
            outer = (*outer, item.id)
        for part in item.inside:
            _collect(part, outer, boxes, around)
    elif isinstance(item, Table):
        for row in item.rows:
            for cell in row:
                _collect(cell, outer, boxes, around)


def looks_of(drawn: Iterable[Drawn | Part]) -> set[Look]:
    """Return the looks of all boxes of a picture: what its legend explains."""
    looks: set[Look] = set()
    for item in drawn:
        if isinstance(item, Box):
            looks.add(item.look)
            looks |= looks_of(item.inside)
        elif isinstance(item, Table):
            looks |= looks_of(cell for row in item.rows for cell in row)
    return looks


def draw(scene: Scene) -> Drawing:
    """Draw a scene.

    >>> drawing = draw(Scene([Box(["web"], id="a"), Box(["db"], id="b"), Link("a", "b")]))
    >>> drawing.before.startswith("<svg"), "db</text>" in drawing.after
    (True, True)
    """
    places = place(scene)
    groups = _Groups(scene.drawn)
    spots: dict[str, Spot] = {}

    def opening(box: Box) -> str:
        ref = f' data-ref="{escape(plain(box.ref))}"' if box.ref else ""
        title = f"<title>{escape(plain(box.title), quote=False)}</title>" if box.title else ""
        says = f' data-says="{escape(plain(box.alt))}"' if box.alt and box.id in groups.subjects else ""
        return f"<g{groups.of(box.id, 'x', box.id)}{ref}{says}>{title}\n"

    canvas = Canvas(spots, opening)
    body: list[str] = []
    wide = high = 0.0
    for item in scene.drawn:
        if isinstance(item, Box | Label | Table):
            x, y = places[id(item)]
            part = measured(item)
            drawn = part.draw(x + _PAD, y + _PAD, canvas)
            if isinstance(item, Box):
                body += drawn
            else:
                body += [f"<g{groups.of(id(item), 'x')}>\n", *drawn, "</g>\n"]
            wide, high = max(wide, x + part.wide), max(high, y + part.high)
        elif isinstance(item, Mark):
            body.append(_mark(item, spots))
        elif isinstance(item, Path):
            body.append(_path(item, groups))
            wide = max([wide, *(x for x, _y in item.points)])
            high = max([high, *(y for _x, y in item.points)])
    for item in scene.drawn:
        if isinstance(item, Link) and item.way.get("style") != "invis":
            body += _link(item, spots, groups)
    wide, high = int(wide + 2 * _PAD + 0.99), int(high + 2 * _PAD + 0.99)
    before = (
        f'<svg class="knp" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img" '
        f'font-family="{sans()}" font-size="{SIZE}" fill="{INK}" xmlns="http://www.w3.org/2000/svg">'
    )
    style = f"<style>{_LETTERS}</style>\n"
    paper = f'<rect width="{wide}" height="{high}" fill="{PAPER}"/>\n'
    return Drawing(before, f"\n{style}{paper}{''.join(body)}</svg>\n", wide, high, len(groups.subjects))


def _mark(mark: Mark, spots: dict[str, Spot]) -> str:
    (x, y), half = mark.at, mark.size / 2
    x, y = x + _PAD, y + _PAD
    spots[mark.id] = Spot(x - half, y - half, mark.size, mark.size)
    look = mark.look
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{half:g}" fill="{look.fill}" stroke="{look.line}" '
        f'stroke-width="{look.border:g}"/>\n'
    )


def _path(path: Path, groups: _Groups) -> str:
    points = " ".join(f"{x + _PAD:.1f},{y + _PAD:.1f}" for x, y in path.points)
    dash = f' stroke-dasharray="{DASHES[path.style]}"' if path.style in DASHES else ""
    line = f' stroke="{path.color}" stroke-width="{path.width:g}"{dash}' if path.width else ""
    kind = "polygon" if path.fill else "polyline"
    return f'<{kind}{groups.of(id(path), "x")} points="{points}" fill="{path.fill or "none"}"{line}/>\n'


# ---- arrows


def _base(end: str) -> str:
    return end.partition(":")[0]


def _link(link: Link, spots: Mapping[str, Spot], groups: _Groups) -> Iterator[str]:
    tail, tail_side = _end(link.tail, spots)
    head, head_side = _end(link.head, spots)
    if tail is None or head is None:
        return
    points = _way(tail, tail_side, head, head_side, link.bend)
    way = link.way
    color = way.get("color", EDGE)
    width = float(way.get("penwidth", "1.5"))
    dash = f' stroke-dasharray="{DASHES[way["style"]]}"' if way.get("style") in DASHES else ""
    heads: list[str] = []
    kind = way.get("arrowhead", "normal")
    upright = abs(points[-1][0] - head.x) < 1 or abs(points[-1][0] - head.x - head.wide) < 1
    points, made = _headed(points, kind, color, width, upright=upright)
    heads += made
    if way.get("dir") == "both":
        turned, made = _headed(points[::-1], kind, color, width)
        points = turned[::-1]
        heads += made
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f"<g{groups.of(id(link), 'x e')}>\n"
    yield f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="{width:g}"{dash}/>\n'
    yield from heads
    if link.words:
        (x0, y0), (x1, y1) = points[0], points[-1]
        wide, high = size_of(link.words)
        # over the end that is higher, where the line falls away from them
        at = (x1 - wide - _BESIDE, y1 - high - 1) if y1 <= y0 else (x0 + _BESIDE, y0 - high - 1)
        yield from measured(link.words).draw(*at, Canvas({}, lambda _box: ""))
    yield "</g>\n"


def _end(end: str, spots: Mapping[str, Spot]) -> tuple[Spot | None, str]:
    """Return where a link ends, and at which side of that ("" for any)."""
    name, _colon, rest = end.partition(":")
    line, _colon, side = rest.rpartition(":")
    if rest.isdigit():
        line, side = rest, ""
    spot = spots.get(f"{name}:{line}" if line else name)
    whole = spots.get(name)
    if line and spot and whole:
        spot = Spot(whole.x, spot.y, whole.wide, spot.high)
    return spot, side


def _way(
    tail: Spot, tail_side: str, head: Spot, head_side: str, bend: float | None
) -> list[tuple[float, float]]:
    if not tail_side or not head_side:
        if head.x >= tail.x + tail.wide - 1:
            sides = "e", "w"
        elif head.x + head.wide <= tail.x + 1:
            sides = "w", "e"
        else:
            sides = ("s", "n") if head.y >= tail.y else ("n", "s")
        tail_side, head_side = tail_side or sides[0], head_side or sides[1]
    start, end = _side(tail, tail_side), _side(head, head_side)
    if bend is None:
        return [start, end]
    return [start, (bend + _PAD, start[1]), (bend + _PAD, end[1]), end]


def _side(spot: Spot, side: str) -> tuple[float, float]:
    x, y, wide, high = spot
    return {
        "n": (x + wide / 2, y),
        "s": (x + wide / 2, y + high),
        "w": (x, y + high / 2),
        "e": (x + wide, y + high / 2),
    }[side]


def _headed(
    points: list[tuple[float, float]], kind: str, color: str, width: float, *, upright: bool = True
) -> tuple[list[tuple[float, float]], list[str]]:
    """Return a line cut where its head begins, and the head; `upright` if the side that it ends at is."""
    if kind == "none" or len(points) < 2:
        return points, []
    (x0, y0), (x, y) = points[-2], points[-1]
    long = hypot(x - x0, y - y0) or 1
    dx, dy = (x - x0) / long, (y - y0) / long
    size = _HEAD + width
    half = size * 0.38
    if kind == "tee":
        # along the side of the box, so that several that end in one place make one bar
        across, down = (0, 6) if upright else (6, 0)
        ends = f"{x - across:.1f},{y - down:.1f} {x + across:.1f},{y + down:.1f}"
        return points, [
            f'<polyline points="{ends}" fill="none" stroke="{color}" stroke-width="{width + 1.5:g}"/>\n'
        ]
    back = x - dx * size, y - dy * size
    left = f"{back[0] - dy * half:.1f},{back[1] + dx * half:.1f}"
    right = f"{back[0] + dy * half:.1f},{back[1] - dx * half:.1f}"
    tip = f"{x:.1f},{y:.1f}"
    if kind == "open":
        return points, [
            f'<polyline points="{left} {tip} {right}" fill="none" stroke="{color}" stroke-width="{width:g}"/>\n'
        ]
    fill = PAPER if kind == "empty" else color
    return [*points[:-1], back], [
        f'<polygon points="{left} {tip} {right}" fill="{fill}" stroke="{color}" stroke-width="1"/>\n'
    ]

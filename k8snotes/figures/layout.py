"""The layout: where each thing of a picture stands, in pixels to the right and down.

A figure that knows its places says them (`at`), most with the helpers here. Boxes without a place are put into columns:
what an arrow leads to stands in a column further to the right. The highest column is stacked; each box of another one
stands at the mean height of what it is linked with, as near as its neighbours let it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import fsum

from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import Box, Column, Drawn, Label, Link, Scene, Table

__all__ = [
    "BETWEEN",
    "HALF",
    "HIGHEST",
    "WIDEST",
    "place",
    "side_by_side",
    "spread",
    "stack",
    "stand",
    "within",
]

WIDEST = 826
"""Pixels: the width of a cell's output at 1280 pixels, and so of a picture."""

HIGHEST = 640
"""Pixels: what a reader sees at once of a picture."""

BETWEEN = 8
"""Pixels between boxes of a column."""

_PASSES = 32  # columns at most: a longer way of arrows goes on in the last one

Item = Box | Label | Table


def stack(items: Sequence[Item], x: float, y: float, *, gap: float = BETWEEN) -> float:
    """Put items under each other, and return where the last one ends.

    Args:
        items: What is stacked, from top to bottom.
        x: Their left side, in pixels.
        y: The upper side of the first, in pixels.
        gap: Pixels between them.

    >>> boxes = [Box(["web"]), Box(["db"])]
    >>> stack(boxes, 0, 10), boxes[1].at
    (78, (0, 48))
    """
    for item in items:
        item.at = (x, y)
        y += size_of(item)[1] + gap
    return y - gap if items else y


def spread(
    highs: Sequence[float], centres: Sequence[float], top: float, *, gap: float = BETWEEN
) -> list[float]:
    """Return the upper sides of boxes under each other, each as near to where its centre should be as there is room.

    Args:
        highs: How high each box is, from top to bottom, in pixels.
        centres: Where the centre of each should be, in pixels down.
        top: Where the first may begin.
        gap: Pixels between them.

    >>> spread([20, 20, 20], [50, 50, 92], 0)
    [26.0, 54.0, 82.0]
    """
    # groups of boxes that touch each other move as one, to the mean of where their members should be
    groups: list[
        tuple[float, int, float, float]
    ] = []  # sum of the wanted tops of their first, number, top, length
    for high, centre in zip(highs, centres, strict=True):
        wanted, number, length = centre - high / 2, 1, high
        at = max(top, wanted)
        while groups and groups[-1][2] + groups[-1][3] + gap > at:
            before_sum, before_number, _at, before_length = groups.pop()
            offset = before_length + gap
            wanted = before_sum + wanted - number * offset
            number += before_number
            length += offset
            at = max(top, wanted / number)
        groups.append((wanted, number, at, length))
    tops: list[float] = []
    left = iter(highs)
    for _sum, number, at, _length in groups:
        for _box in range(number):
            tops.append(at)
            at += next(left) + gap  # noqa: PLW2901  # the next box of the group stands under it
    return tops


def within(
    boxes: Sequence[Box], room: float, rest: Callable[[int], Box], *, gap: float = BETWEEN
) -> list[Box]:
    """Return so many boxes of a column as there is room for, and under them one that counts the others.

    Args:
        boxes: The boxes, the most important first.
        room: How high the column may be, in pixels.
        rest: Makes the box that counts so many others.
        gap: Pixels between them.

    >>> boxes = [Box(["web"]) for _ in range(9)]
    >>> [box.lines[0].told for box in within(boxes, 150, lambda n: Box([f"and {n} more"]))]
    ['web', 'web', 'web', 'and 6 more']
    """
    highs = [size_of(box)[1] + gap for box in boxes]
    if sum(highs) - gap <= room:
        return [*boxes]
    room -= size_of(rest(len(boxes)))[1]
    shown = 0
    while shown < len(boxes) and room >= highs[shown]:
        room -= highs[shown]
        shown += 1
    return [*boxes[:shown], rest(len(boxes) - shown)]


HALF = (WIDEST - BETWEEN) // 2
"""Pixels: the width of a box where two stand side by side."""


def side_by_side(boxes: Sequence[Box], top: float, room: float, rest: Callable[[int], Box]) -> list[Box]:
    """Put boxes into two columns, each where there is more room, and return those that have a place.

    Args:
        boxes: The boxes, the most important first; each is made as wide as a column.
        top: Where they begin, in pixels down.
        room: How high the columns may be, in pixels.
        rest: Makes the box that counts so many others.

    >>> boxes = [Box(["web"]), Box(["db"]), Box(["cache"])]
    >>> [box.at for box in side_by_side(boxes, 0, 100, lambda n: Box([f"and {n} more"]))]
    [(0, 0), (417, 0), (0, 38)]
    """
    placed: list[Box] = []
    ends = [top, top]
    last = rest(len(boxes))
    last.width = HALF
    for number, box in enumerate(boxes):
        box.width = HALF
        high = size_of(box)[1]
        column = ends.index(min(ends))
        more = number < len(boxes) - 1
        if ends[column] + high + (BETWEEN + size_of(last)[1] if more else 0) > top + room:
            box = rest(len(boxes) - number)  # noqa: PLW2901  # it stands where this one would
            box.width, box.at = HALF, (column * (HALF + BETWEEN), ends[column])
            return [*placed, box]
        box.at = (column * (HALF + BETWEEN), ends[column])
        ends[column] += high + BETWEEN
        placed.append(box)
    return placed


def place(scene: Scene) -> Mapping[int, tuple[float, float]]:
    """Return the place of each thing of a scene, by its `id()`: its own, or one in a column.

    >>> scene = Scene([web := Box(["web"], id="a"), Box(["db"], id="b"), Link("a", "b")])
    >>> place(scene)[id(web)]
    (0.0, 0)
    """
    items = [item for item in scene.drawn if isinstance(item, Box | Label | Table)]
    places = {id(item): item.at for item in items if item.at is not None}
    free = [item for item in items if item.at is None]
    if free:
        places |= _columns(free, scene.drawn, scene.gap)
    return places


def _columns(items: Sequence[Item], drawn: Sequence[Drawn], gap: float) -> dict[int, tuple[float, float]]:
    names: dict[str, Item] = {}
    for item in items:
        names |= dict.fromkeys(_ids(item), item)
    links = [
        (names[tail], names[head])
        for link in drawn
        if isinstance(link, Link)
        for tail, head in [(link.tail.partition(":")[0], link.head.partition(":")[0])]
        if tail in names and head in names and names[tail] is not names[head]
    ]
    wanted = [
        [names[name] for name in column.ids if name in names]
        for column in drawn
        if isinstance(column, Column)
    ]
    rank = dict.fromkeys(map(id, items), 0)
    for _pass in range(min(len(items), _PASSES)):
        before = dict(rank)
        for tail, head in links:
            rank[id(head)] = min(max(rank[id(head)], rank[id(tail)] + 1), _PASSES)
        for column in wanted:
            most = max((rank[id(item)] for item in column), default=0)
            rank |= dict.fromkeys(map(id, column), most)
        if rank == before:
            break
    order = {id(item): at for at, item in enumerate(item for column in wanted for item in column)}
    columns: dict[int, list[Item]] = {}
    for item in sorted(items, key=lambda item: order.get(id(item), len(order))):
        columns.setdefault(rank[id(item)], []).append(item)
    return _stand(columns, links, gap)


def _ids(item: Item) -> list[str]:
    """Return the names by which links find something, or what is in it."""
    parts = (
        item.inside
        if isinstance(item, Box)
        else [part for row in item.rows for part in row]
        if isinstance(item, Table)
        else ()
    )
    inner = [name for part in parts if isinstance(part, Box | Table) for name in _ids(part)]
    return [item.id, *inner] if item.id else inner


def _stand(
    columns: Mapping[int, Sequence[Item]], links: Sequence[tuple[Item, Item]], gap: float
) -> dict[int, tuple[float, float]]:
    x = 0.0
    stood: list[tuple[float, Sequence[Item]]] = []
    for at in sorted(columns):
        stood.append((x, columns[at]))
        x += max(size_of(item)[0] for item in columns[at]) + gap
    return _standing(stood, links, 0, BETWEEN)[0]


def stand(
    columns: Sequence[tuple[float, Sequence[Item]]],
    links: Iterable[Link],
    top: float,
    *,
    gap: float = BETWEEN,
) -> float:
    """Put the boxes of columns under each other, each as near as there is room to what it is linked with.

    The highest column is stacked, the others go by it.

    Args:
        columns: The left side of each, in pixels, and its boxes from top to bottom.
        links: What leads from one to another.
        top: Where they begin, in pixels down.
        gap: Pixels between boxes of a column.

    Returns:
        Where the lowest box ends, in pixels.

    >>> web, one, two = Box(["web"], id="web"), Box(["1"], id="one"), Box(["2"], id="two")
    >>> stand([(0, [web]), (100, [one, two])], [Link("web", "one"), Link("web", "two")], 0)
    68.0
    >>> web.at
    (0, 19.0)
    """
    names = {name: item for _x, column in columns for item in column for name in _ids(item)}
    ends = [(link.tail.partition(":")[0], link.head.partition(":")[0]) for link in links]
    pairs = [(names[tail], names[head]) for tail, head in ends if tail in names and head in names]
    places, bottom = _standing(columns, pairs, top, gap)
    for _x, column in columns:
        for item in column:
            item.at = places[id(item)]
    return bottom


def _standing(
    columns: Sequence[tuple[float, Sequence[Item]]],
    links: Sequence[tuple[Item, Item]],
    top: float,
    gap: float,
) -> tuple[dict[int, tuple[float, float]], float]:
    highs = [[size_of(item)[1] for item in column] for _x, column in columns]
    totals = [sum(tall) + gap * len(tall) for tall in highs]
    highest = totals.index(max(totals, default=0)) if totals else 0
    near: dict[int, list[int]] = {}
    for tail, head in links:
        near.setdefault(id(tail), []).append(id(head))
        near.setdefault(id(head), []).append(id(tail))
    centres: dict[int, float] = {}
    places: dict[int, tuple[float, float]] = {}
    bottom = top
    for at in sorted(range(len(columns)), key=lambda at: abs(at - highest)):
        x, column = columns[at]
        middles: list[float] = []
        below = top
        for item, high in zip(column, highs[at], strict=True):
            beside = [centres[other] for other in near.get(id(item), ()) if other in centres]
            middles.append(fsum(beside) / len(beside) if beside else below + high / 2)
            below = middles[-1] + high / 2 + gap
        for item, high, y in zip(column, highs[at], spread(highs[at], middles, top, gap=gap), strict=True):
            places[id(item)] = (x, y)
            centres[id(item)] = y + high / 2
            bottom = max(bottom, y + high)
    return places, bottom

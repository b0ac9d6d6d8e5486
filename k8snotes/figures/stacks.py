"""Stacks: Pods of which a picture says the same are drawn as one, so that sixty of them still make a picture.

And the names of objects in a picture: a stack has the name of its workload and a count, a Pod its own name, and both
have their namespace where the picture has several.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Protocol, TypeVar

from k8snotes.catalogue import _, ngettext
from k8snotes.figures.palette import BARE, MUTED
from k8snotes.figures.scene import Box, Line, Run, drawn_only, note
from k8snotes.figures.wording import plain

__all__ = ["EACH", "Names", "fold", "maker_of", "names_drawn", "rest_box", "sums"]

EACH = 6
"""Lines of a box that names things which are alike."""

T = TypeVar("T")


def fold(
    items: Iterable[T], key: Callable[[T], Hashable], *, unfold: bool = False, most: int | None = None
) -> list[tuple[T, ...]]:
    """Return the items one by one, those with the same key as one stack where they are many.

    Args:
        items: What is to be shown, in order; a stack has the place of its first member.
        key: What members of one stack have in common: whatever the picture says of them but their names.
        unfold: Whether each item is to be shown by itself.
        most: How many of the same are shown one by one. By default up to eight items are all shown, and
            the more there are, the fewer of the same make a stack.

    >>> fold("aab", str)
    [('a',), ('a',), ('b',)]
    >>> [len(stack) for stack in fold("a" * 7 + "bb", str)]
    [7, 1, 1]
    """
    groups: dict[Hashable, list[T]] = {}
    total = 0
    for item in items:
        groups.setdefault(key(item), []).append(item)
        total += 1
    if unfold or (most is None and total <= 8):
        most = total
    elif most is None:
        most = 4 if total <= 20 else 2 if total <= 40 else 1
    folded: list[tuple[T, ...]] = []
    for members in groups.values():
        folded += [tuple(members)] if len(members) > most else [(member,) for member in members]
    return folded


def names_drawn(items: Sequence[T], name: Callable[[T], str], *, most: int = EACH) -> list[Line]:
    """Return the lines that name what is alike in a box: each, or the first few and how many more.

    >>> [line.drawn[0].text for line in names_drawn(range(9), str)]
    ['0', '1', '2', '3', '4', 'and 4 more']
    """
    if len(items) <= most:
        return [Line(Run(plain(name(item)), most=60), "") for item in items]
    shown = [Line(Run(plain(name(item)), most=60), "") for item in items[: most - 1]]
    rest = len(items) - len(shown)
    return [*shown, Line(note(ngettext("and {n} more", "and {n} more", rest)), "")]


def rest_box(number: int) -> Box:
    """Return the box, with no frame, that counts those for which there is no room.

    >>> rest_box(3).lines[0].drawn[0].text
    'and 3 boxes more, which are in the outline'
    """
    words = ngettext(
        "and {n} box more, which is in the outline", "and {n} boxes more, which are in the outline", number
    )
    return Box([drawn_only(note(words))], BARE)


class Named(Protocol):
    """What a picture names: an object of any kind."""

    @property
    def name(self) -> str: ...
    @property
    def namespace(self) -> str: ...


class Made(Named, Protocol):
    """A Pod, and the workload that made it ("Deployment/web", or "")."""

    @property
    def workload(self) -> str: ...


def maker_of(workload: str, name: str) -> str:
    """Return the name of the workload ("Deployment/web", or "") that made a Pod, or its own where none did.

    >>> maker_of("Deployment/web", "web-7d9c-4xk2b"), maker_of("", "client")
    ('web', 'client')
    """
    return workload.partition("/")[2] or name


def sums(amounts: Iterable[tuple[str, str, int | None]]) -> list[tuple[str, int]]:
    """Return amounts summed up by the maker of the objects, the largest first; those of nothing are left out.

    Each comes as its namespace, the name of its maker, and the amount. Several of one maker are counted.

    >>> sums([("default", "web", 5), ("default", "db", 20), ("default", "web", 5), ("default", "idle", 0)])
    [('db', 20), ('web × 2', 10)]
    """
    by_maker: dict[tuple[str, str], list[int]] = {}
    for namespace, maker, amount in amounts:
        if amount:
            by_maker.setdefault((namespace, maker), []).append(amount)
    totals = [
        (f"{name} × {len(own)}" if len(own) > 1 else name, sum(own))
        for (_namespace, name), own in by_maker.items()
    ]
    return sorted(totals, key=lambda total: (-total[1], total[0]))


class Names:
    """How objects are called in one picture: with their namespace where it has several.

    `items` are all objects that the picture names.
    """

    def __init__(self, items: Iterable[Named]) -> None:
        self._several = len({item.namespace for item in items}) > 1

    def of(self, item: Named) -> str:
        """Return the name of an object, for the outline."""
        return self._before(item) + plain(item.name)

    def stack(self, items: Sequence[Made]) -> str:
        """Return the name of a Pod or of a stack of them, for the outline."""
        return self._before(items[0]) + self.bare(items)

    def bare(self, items: Sequence[Made]) -> str:
        """Return the name for a box, which tells the namespace in another line: "web × 12"."""
        if len(items) == 1:
            return plain(items[0].name)
        return f"{plain(items[0].workload.partition('/')[2]) or _('without an owner')} × {len(items)}"

    def place(self, item: Named) -> Run:
        """Return the namespace for a box, empty where the picture has only one."""
        if not self._several or not item.namespace:
            return note("", MUTED)
        return note(f"   {_('in {namespace}', namespace=plain(item.namespace))}", MUTED, whole=True)

    def _before(self, item: Named) -> str:
        return f"{plain(item.namespace)}/" if self._several and item.namespace else ""

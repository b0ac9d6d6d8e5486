"""Folds Pods that say the same into one stack, so that sixty of them still make a picture, and names it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Protocol, TypeVar

from k8snotes.figures.palette import MUTED
from k8snotes.figures.scene import Run, note
from k8snotes.figures.wording import plain

__all__ = ["Names", "fold"]

T = TypeVar("T")


def fold(items: Iterable[T], key: Callable[[T], Hashable], *, unfold: bool = False) -> list[tuple[T, ...]]:
    """Return the items one by one, those with the same key as one stack where they are many.

    Up to eight items are all shown; the more there are, the fewer of the same make a stack.

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
    most = total if unfold or total <= 8 else 4 if total <= 20 else 2 if total <= 40 else 1
    folded: list[tuple[T, ...]] = []
    for members in groups.values():
        folded += [tuple(members)] if len(members) > most else [(member,) for member in members]
    return folded


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


class Names:
    """How objects are called in one picture: with their namespace where it has several."""

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
        return f"{plain(items[0].workload.partition('/')[2]) or 'single ones'} × {len(items)}"

    def place(self, item: Named) -> Run:
        """Return the namespace for a box, empty where the picture has one alone."""
        where = f"   in {plain(item.namespace)}" if self._several and item.namespace else ""
        return note(where, MUTED, whole=True)

    def _before(self, item: Named) -> str:
        return f"{plain(item.namespace)}/" if self._several and item.namespace else ""

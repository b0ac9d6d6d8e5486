"""What is taken for granted in a cluster: objects that Pods need, and that are missing because only Pods were loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from k8snotes.api.references import Needed

__all__ = ["NOTHING", "Granted"]


@dataclass(frozen=True, slots=True)
class Granted:
    """Objects that Pods may use although no component provides them.

    `kn.load` takes for granted what an application expects from its surroundings. The API server has one of these,
    and whoever would wait for an object asks it: admission for ServiceAccounts, the scheduler for claims.

    Args:
        needed: the objects; a name that ends in "-*" stands for all names with a number in this place.
        kinds: kinds of which every object is granted.

    >>> granted = Granted().with_all([("PersistentVolumeClaim", "shop", "data-db-*")])
    >>> ("PersistentVolumeClaim", "shop", "data-db-7") in granted, ("Secret", "shop", "key") in granted
    (True, False)
    """

    needed: frozenset[Needed] = frozenset()
    kinds: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.needed or self.kinds)

    def __contains__(self, needed: Needed) -> bool:
        kind, namespace, name = needed
        if kind in self.kinds:
            return True
        if not self.needed:
            return False
        return needed in self.needed or (kind, namespace, re.sub(r"\d+$", "*", name)) in self.needed

    def with_kind(self, kind: str) -> Granted:
        """Return what is granted with every object of a kind in it."""
        return replace(self, kinds=self.kinds | {kind})

    def with_all(self, needed: Iterable[Needed]) -> Granted:
        """Return what is granted with more objects in it."""
        return replace(self, needed=self.needed | frozenset(needed))


NOTHING = Granted()

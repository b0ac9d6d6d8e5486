"""What is taken for granted in a cluster: objects that Pods need, and that are missing because only Pods were loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from k8snotes.api.references import Needed

__all__ = ["Granted"]


class Granted(NamedTuple):
    """Objects that Pods may use although no component provides them.

    `kn.load` takes for granted what an application expects from its surroundings. The API server has one of these,
    and whoever would wait for an object asks it: admission for ServiceAccounts, the scheduler for claims.

    Args:
        needed: the objects; a name that ends in "-*" stands for all names with a number in this place.
        kinds: kinds of which every object is granted.

    >>> granted = Granted().with_all([("PersistentVolumeClaim", "shop", "data-db-*")])
    >>> granted.has("PersistentVolumeClaim", "shop", "data-db-7"), granted.has("Secret", "shop", "key")
    (True, False)
    """

    needed: frozenset[Needed] = frozenset()
    kinds: frozenset[str] = frozenset()

    def has(self, kind: str, namespace: str, name: str) -> bool:
        """Say whether an object is granted.

        Args:
            kind: its kind: "PersistentVolumeClaim".
            namespace: its Namespace.
            name: its name.
        """
        if kind in self.kinds:
            return True
        if not self.needed:
            return False
        return (kind, namespace, name) in self.needed or (
            kind,
            namespace,
            re.sub(r"\d+$", "*", name),
        ) in self.needed

    def with_all(self, needed: Iterable[Needed]) -> Granted:
        """Return what is granted with more objects in it."""
        return self._replace(needed=self.needed | frozenset(needed))

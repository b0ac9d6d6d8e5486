"""etcd: the one place where the cluster's objects are kept, each change with a number of its own."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, clone, mappings, view
from k8snotes.api.kinds.event import Event

__all__ = ["Key", "Store", "WatchEvent", "clone"]

Key = tuple[str, str, str]  # resource with its group, namespace, name
Objects = list[KubeObject]
Names = list[str]
_KEPT = 500  # changes of the history


class WatchEvent(NamedTuple):
    """One change: ADDED, MODIFIED or DELETED, the revision it made, the object then, and the one before."""

    revision: int
    type: str
    key: Key
    object: KubeObject
    old: KubeObject | None = None


def _after(history: list[WatchEvent], revision: int) -> list[WatchEvent]:
    """Return the changes that came after a revision."""
    return history[bisect.bisect_right(history, revision, key=lambda event: event.revision) :]


class Store:
    """Objects by resource, namespace and name, with a revision that only grows.

    What is written is copied, so no stored object changes through a manifest that a client still holds.
    A write is whole or not there, whatever interrupts it: one that was begun is finished by the next.
    Its history is as long as `compact` leaves it.

    >>> store = Store()
    >>> pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "default"}}
    >>> store.put(("pods", "default", "web"), pod).metadata["resourceVersion"]
    '1'
    >>> [event.type for event in store.watch(0)]
    ['ADDED']
    """

    def __init__(self) -> None:
        self.revision = 0
        self.made = 0  # how many objects were ever made, Events apart
        self._begun: tuple[WatchEvent, int] | None = None  # the write that is being made, and `made` after it
        self._tables: dict[str, dict[tuple[str, str], KubeObject]] = {}
        self._sorted: dict[str, list[tuple[str, str]]] = {}
        self._history: list[WatchEvent] = []
        self._history_of: dict[str, list[WatchEvent]] = {}
        self._changed: dict[str, int] = {}
        self.compacted = 0  # the revision up to which the history is forgotten
        self._by_uid: dict[str, Key] = {}
        self._dependents: dict[str, dict[Key, None]] = {}
        self._controlled: dict[tuple[str, str, str], dict[str, None]] = {}

    def get(self, key: Key) -> KubeObject | None:
        """Return the object of this key, or None."""
        table = self._tables.get(key[0])
        return None if table is None else table.get((key[1], key[2]))

    def list(self, resource: str, namespace: str | None = None) -> Objects:
        """Return the objects of a resource, by Namespace and name.

        Args:
            resource: the plural with its group: "pods", "deployments.apps".
            namespace: the only Namespace to look in, None for all.
        """
        table = self._tables.get(resource)
        if not table:
            return []
        places = self._sorted.get(resource)
        if places is None:
            places = self._sorted[resource] = sorted(table)
        if namespace is not None:
            first = bisect.bisect_left(places, (namespace, ""))
            after = bisect.bisect_left(places, (namespace + "\0", ""))
            places = places[first:after]
        return [table[place] for place in places]

    def count(self, resource: str) -> int:
        """Return how many objects of a resource there are."""
        return len(self._tables.get(resource, ()))

    def resources(self) -> Names:
        """Return the names of the resources that have objects."""
        return sorted(name for name, table in self._tables.items() if table)

    def changed(self, resource: str) -> int:
        """Return the revision of the last change of a resource, 0 if there was none."""
        return self._changed.get(resource, 0)

    def with_uid(self, uid: str) -> KubeObject | None:
        """Return the object of this uid, or None where it is gone."""
        key = self._by_uid.get(uid)
        return None if key is None else self.get(key)

    def dependents(self, uid: str) -> Objects:
        """Return the objects that name this uid among their owners, in the order of their keys."""
        objects = (self.get(key) for key in sorted(self._dependents.get(uid, {})))
        return [obj for obj in objects if obj is not None]

    def controlled_by(self, uid: str, resource: str, namespace: str) -> Objects:
        """Return the objects of one resource and namespace that `uid` is the controller of, by name.

        With "" it is those without a controller.
        """
        names = self._controlled.get((resource, namespace, uid), ())
        table = self._tables.get(resource, {})
        return [table[namespace, name] for name in sorted(names)]

    def put(self, key: Key, manifest: Manifest, *, fresh: bool = False, counted: bool = True) -> KubeObject:
        """Write an object (new, or in place of the old one) and return it as it is stored.

        Args:
            key: where it is stored: resource with its group, Namespace, name.
            manifest: the object; its `resourceVersion` is set.
            fresh: whether nothing else will change what the manifest holds, so that it need not be copied.
            counted: whether a new object counts as made; names and uids are made up from how many were.
        """
        if self._begun is not None:
            self.finish()
        revision = self.revision + 1
        stored = dict(manifest) if fresh else clone(manifest)
        stored["metadata"] = {**stored.get("metadata", {}), "resourceVersion": str(revision)}
        before = self._tables.get(key[0], {}).get((key[1], key[2]))
        obj = view(stored) if before is None else type(before)(stored)
        is_new = before is None
        event = WatchEvent(revision, "ADDED" if is_new else "MODIFIED", key, obj, before)
        self._begun = event, self.made + (is_new and counted and key[0] != "events")
        self.finish()
        return obj

    def add(self, key: Key, make: Callable[[int], KubeObject]) -> None:
        """Write a new object that nobody owns and that is not found by its uid: an Event.

        Args:
            key: where it is stored.
            make: makes the object from its resourceVersion.
        """
        self.finish()
        revision = self.revision + 1
        self._begun = WatchEvent(revision, "ADDED", key, make(revision)), self.made
        self.finish()

    def adopt(self, other: Store) -> None:
        """Begin with the objects of another store, exactly as they are: nobody who watches is told of them."""
        for name, table in other._tables.items():
            self._tables.setdefault(name, {}).update(table)
            self._sorted.pop(name, None)
        self._by_uid.update(other._by_uid)
        for place, names in other._controlled.items():
            self._controlled.setdefault(place, {}).update(names)

    def take(self, obj: KubeObject) -> None:
        """Keep an object exactly as it was found in another cluster, revision and all."""
        key = obj.key
        self._tables.setdefault(key[0], {})[key[1], key[2]] = obj
        self._sorted.pop(key[0], None)
        self._index(key, obj)

    def delete(self, key: Key) -> KubeObject | None:
        """Remove an object and return what it was, or None if it was not there."""
        self.finish()
        gone = self.get(key)
        if gone is not None:
            self._begun = WatchEvent(self.revision + 1, "DELETED", key, gone, gone), self.made
            self.finish()
        return gone

    def finish(self) -> None:
        """Make the write that was begun; done twice, it is made once."""
        if self._begun is None:
            return
        event, made = self._begun
        key, obj, old = event.key, event.object, event.old
        table = self._tables.setdefault(key[0], {})
        indexed = not isinstance(obj, Event)  # nobody owns one, and nobody asks for it by its uid
        if event.type == "DELETED":
            self._sorted.pop(key[0], None)
            if indexed:
                self._unindex(key, obj)
            table.pop((key[1], key[2]), None)
        elif old is None:
            self._sorted.pop(key[0], None)
            table[key[1], key[2]] = obj
            if indexed:
                self._index(key, obj)
        else:
            table[key[1], key[2]] = obj
            if indexed and old.metadata.get("ownerReferences") != obj.metadata.get("ownerReferences"):
                self._unindex(key, old)
                self._index(key, obj)
        for history in (self._history, self._history_of.setdefault(key[0], [])):
            if not history or history[-1] is not event:
                history.append(event)
        self._changed[key[0]] = event.revision
        self.revision, self.made = event.revision, made
        self._begun = None

    def compact(self, seen: int, keep: int = _KEPT) -> None:
        """Forget old changes, so that a cluster that lives long does not grow.

        It costs little when asked for often: nothing is done before there are twice as many changes as are kept.

        Args:
            seen: the revision that every watcher has seen: what came after it is kept.
            keep: how many of the latest changes are kept in any case.

        Source of the rule: https://etcd.io/docs/latest/op-guide/maintenance/#history-compaction-v3-api-key-value-database
        """
        self.finish()
        history = self._history
        if len(history) <= 2 * keep:
            return
        forgotten = min(seen, history[-keep - 1].revision)
        self._history = _after(history, forgotten)
        self._history_of = {
            name: later for name, events in self._history_of.items() if (later := _after(events, forgotten))
        }
        self.compacted = max(self.compacted, forgotten)

    def watch(self, since: int, resource: str | None = None) -> Iterator[WatchEvent]:
        """Yield the changes that came after a revision, in order.

        Args:
            since: the revision; 0 yields everything that has happened and is not `compacted`.
            resource: the plural with its group, None for all resources.

        Source of the rule: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
        """
        if self._begun is not None:
            self.finish()
        history = self._history if resource is None else self._history_of.get(resource, [])
        if history and history[-1].revision > since:
            yield from _after(history, since)

    def copy(self) -> Store:
        """Return an independent store in the same state; stored objects are never changed, so they are shared."""
        self.finish()
        other = Store()
        other.revision, other.made = self.revision, self.made
        other._tables = {name: table.copy() for name, table in self._tables.items()}
        other._sorted = self._sorted.copy()
        other._history = self._history.copy()
        other._history_of = {name: events.copy() for name, events in self._history_of.items()}
        other._changed, other.compacted = self._changed.copy(), self.compacted
        other._by_uid = self._by_uid.copy()
        other._dependents = {uid: keys.copy() for uid, keys in self._dependents.items()}
        other._controlled = {place: names.copy() for place, names in self._controlled.items()}
        return other

    def _index(self, key: Key, obj: KubeObject) -> None:
        """Note the uid, the owners and the controller of an object, so that asking for them costs little."""
        metadata = obj.metadata
        uid = metadata.get("uid")
        if isinstance(uid, str):
            self._by_uid[uid] = key
        controller = ""
        for owner in mappings(metadata.get("ownerReferences")):
            self._dependents.setdefault(str(owner.get("uid")), {})[key] = None
            if owner.get("controller") is True:
                controller = str(owner.get("uid"))
        self._controlled.setdefault((key[0], key[1], controller), {})[key[2]] = None

    def _unindex(self, key: Key, obj: KubeObject) -> None:
        """Forget the uid, the owners and the controller of an object."""
        metadata = obj.metadata
        if self._by_uid.get(obj.uid) == key:
            del self._by_uid[obj.uid]
        controller = ""
        for owner in mappings(metadata.get("ownerReferences")):
            uid = str(owner.get("uid"))
            named = self._dependents.get(uid)
            if named is not None:
                named.pop(key, None)
                if not named:
                    del self._dependents[uid]
            if owner.get("controller") is True:
                controller = uid
        place = key[0], key[1], controller
        names = self._controlled.get(place)
        if names is not None:
            names.pop(key[2], None)
            if not names:
                del self._controlled[place]

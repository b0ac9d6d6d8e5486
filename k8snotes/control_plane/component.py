"""What all components share: each watches the API server, and queues the objects that it has to look at.

Source of the rule: https://kubernetes.io/docs/concepts/architecture/controller/
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Self, TypeVar

from k8snotes.api.base import KubeObject
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.etcd import Key, WatchEvent

__all__ = ["AT_ONCE", "Component"]


AT_ONCE = 10_000
"""As many changes a component makes in one turn: then the others see them, and what is over is forgotten."""

_Item = TypeVar("_Item")


class Component:
    """A part of the Master or of a Node, which sees the API server and nothing else.

    A component names the resources that it watches, says which objects a change concerns, and
    reconciles each of these: it reads what is wanted and what is there, compares, and writes. All
    that it remembers are the last change it saw and the objects still to be looked at; the rest is
    in etcd. So it can be interrupted at any moment: a key leaves the queue when its object is
    reconciled, never before, and the next `run` goes on where this one was stopped.

    Attributes:
        name: what it signs its writes with: "replication-controller".
        turn: its place among the controllers of the Master, the lower the earlier; 0 for what is none of them.
        watches: the resources whose changes it looks at, with their groups.
        serves: the one of them whose objects it acts for: while there are none, other changes concern nothing. "" if it
            acts for others, too.
        waits: whether settling lets time pass until its next alarm.
        punctual: whether the clock stops at each of its deadlines, where settling puts it forward for another's alarm.
        queue: the objects that it still has to look at.
        alarms: the objects that it will look at again, and when (seconds).
        deadlines: the same for what settling does not wait for: they are missed when the clock is put forward.

    Source of the rule: https://kubernetes.io/docs/concepts/architecture/controller/
    """

    name = ""
    turn = 0
    watches: tuple[str, ...] = ()
    serves = ""
    waits = True
    punctual = False

    def __init__(self) -> None:
        self._seen = 0
        self.queue: dict[Key, None] = {}
        self.alarms: dict[Key, int] = {}
        self.deadlines: dict[Key, int] = {}
        self._stopped_midway = False

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def run(self, api: ApiServer) -> None:
        """Look at every object that something has happened to since the last time.

        Whatever stops this midway (an interrupt, an error), nothing is lost: what was not reconciled is
        still queued, and the next run begins with `restart`.
        """
        self._begin(api)
        self.ring(api.now)
        self.work(api)
        self._stopped_midway = False

    def catch_up(self, api: ApiServer) -> None:
        """Queue what has happened since the last time, so that etcd may forget it; it is looked at when it is this one's turn."""
        self._begin(api)
        self._stopped_midway = False

    def _begin(self, api: ApiServer) -> None:
        """See what has happened; a run that was stopped midway is made good first."""
        if self._stopped_midway:
            self.restart(api)
        self._stopped_midway = True
        self.observe(api)

    def work(self, api: ApiServer) -> None:
        """Reconcile every object in the queue; of very many, the rest is left for the next turn."""
        for key in self.at_once(api, self.in_order(api)):
            obj = api.store.get(key)
            if obj is not None:
                self.reconcile(api, obj)
            else:
                self.reconcile_gone(api, key)
            del self.queue[key]

    @staticmethod
    def at_once(api: ApiServer, items: Iterable[_Item]) -> Iterator[_Item]:
        """Yield what is to be worked off, until as many changes are made as one turn may make."""
        enough = len(api.log) + AT_ONCE
        for item in items:
            if len(api.log) >= enough:
                return
            yield item

    def in_order(self, api: ApiServer) -> list[Key]:  # noqa: ARG002  # some ask it
        """Return the queue in the order in which it is worked off: that of the keys."""
        return sorted(self.queue)

    def ring(self, now: int) -> None:
        """Queue the objects that were to be looked at again by now (seconds)."""
        if self.alarms:
            self._queue_due(self.alarms, now)

    def miss_deadlines(self, now: int) -> None:
        """Queue the objects whose deadline has passed at `now` (seconds)."""
        self._queue_due(self.deadlines, now)

    def _queue_due(self, moments: dict[Key, int], now: int) -> None:
        """Queue the objects whose moment has come, and forget the moment."""
        for key in [key for key, when in moments.items() if when <= now]:
            self.queue[key] = None
            del moments[key]

    def restart(self, api: ApiServer) -> None:
        """Make again what is kept beside the queue, from the store: the last run was stopped midway."""

    def observe(self, api: ApiServer) -> None:
        """Queue the objects that the newest changes concern.

        The changes are read from the last that this component has seen on: a watch that never misses one.

        Source of the rule: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
        """
        if self._seen == api.store.revision:
            return
        idle = self.serves and not api.store.count(self.serves)
        for resource in (self.serves,) if idle else self.watches:
            for event in api.store.watch(self._seen, resource):
                for key in self.concerned(api, event):
                    self.queue[key] = None
        self._seen = api.store.revision

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002  # some ask it
        """Yield the objects to look at because of a change: at the least the one that changed."""
        yield event.key

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Read, compare, write, for one object; done twice, it writes no more than done once."""

    def reconcile_gone(self, api: ApiServer, key: Key) -> None:
        """Clean up after an object of the queue that is not there any more, where that takes something."""

    def look_again(self, key: Key, when: int) -> None:
        """Look at an object once more later.

        Args:
            key: the object.
            when: the moment, in seconds of the cluster's clock; an earlier one that was asked for stays.
        """
        self.alarms[key] = min(when, self.alarms.get(key, when))

    def due(self, key: Key) -> int | None:
        """Return when an object will be looked at again (seconds), whether settling waits for that or not; or None."""
        return min(
            (when for moments in (self.alarms, self.deadlines) if (when := moments.get(key)) is not None),
            default=None,
        )

    @property
    def seen(self) -> int:
        """The revision up to which it has looked at what was changed."""
        return self._seen

    def next_alarm(self) -> int | None:
        """Return the moment (seconds) that this component waits for, or None.

        When no component has anything else to do, settling puts the clock forward to the first of them.
        """
        return min(self.alarms.values()) if self.waits and self.alarms else None

    def copy(self) -> Self:
        """Return an independent component in the same state.

        A component that keeps more than queue and alarms copies that too.
        """
        other = copy.copy(self)
        other.queue, other.alarms, other.deadlines = (
            self.queue.copy(),
            self.alarms.copy(),
            self.deadlines.copy(),
        )
        return other

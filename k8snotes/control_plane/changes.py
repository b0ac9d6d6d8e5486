"""Who changed what, and why: the log that the API server keeps of every write; and when it never ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from k8snotes.api.base import KubeObject
from k8snotes.control_plane.etcd import Store

__all__ = ["Change", "Changes", "Log", "Unrest", "Why", "because"]

_MOST_STEPS = 10_000
_SPARE_PODS, _SPARE_REPLICA_SETS = 100, 20
_LATEST = 200


class Why(str):
    """A reason in words, with the objects that it names.

    `.refs` are their references, as `pod/web-1`.
    """

    __slots__ = ("refs",)

    refs: tuple[str, ...]


def because(words: str, *objects: KubeObject | str) -> Why:
    """Return a reason that knows which objects it names.

    Args:
        words: the reason.
        objects: the objects, or their references.

    >>> because("node/node-1 is drained", "node/node-1").refs
    ('node/node-1',)
    """
    why = Why(words)
    why.refs = tuple(obj if isinstance(obj, str) else obj.ref for obj in objects)
    return why


@dataclass(frozen=True, slots=True)
class Change:
    """One write.

    Args:
        time: when, in seconds since the cluster's first moment.
        component: who wrote: "replication-controller", "kubectl", ...
        verb: what was done: "create", "bind", "scale", ...
        ref: to which object: "pod/web-1", "shop/pod/web-1".
        why: the reason, in words; "" for what a client asked for.
        owner: the uid of the controller of an object that was created, "" where it has none.
    """

    time: int
    component: str
    verb: str
    ref: str
    why: str = ""
    owner: str = ""

    @property
    def about(self) -> tuple[str, ...]:
        """The references of the objects that the change concerns: its own, and those that its reason names."""
        return (self.ref, *(self.why.refs if isinstance(self.why, Why) else ()))

    def __str__(self) -> str:
        return f"{self.component}: {self.verb} {self.ref}" + (f" ({self.why})" if self.why else "")


class Changes(list[Change]):
    """Changes in their order; shown one a line.

    `.note` says who keeps writing what, where the cluster has not come to rest; "" where it has.
    """

    note = ""

    def __repr__(self) -> str:
        lines = "\n".join(map(str, self)) or "nothing to do"
        return f"{lines}\n{self.note}" if self.note else lines


class Log(list[Change]):
    """Every write, in order; of a cluster that lives long the latest.

    `.forgotten` says how many came before the first that is kept.
    """

    forgotten = 0

    def copy(self) -> Log:
        """Return an independent log of the same changes."""
        other = Log(self)
        other.forgotten = self.forgotten
        return other

    def age(self, keep: int) -> None:
        """Forget the oldest changes, as soon as there are twice as many as are to be kept.

        Args:
            keep: how many of the latest changes are kept.

        >>> log = Log([Change(time, "kubectl", "create", "pod/web") for time in range(5)])
        >>> log.age(2)
        >>> len(log), log.forgotten
        (2, 3)
        """
        if len(self) > 2 * keep:
            self.forgotten += len(self) - keep
            del self[:-keep]


class Unrest:
    """Watches over one settling: it has to end, also where Kubernetes would go on for ever.

    A controller that makes far more Pods than its object wants makes them in vain: they are deleted at
    once (their Node does not exist), or its own selector does not find them.

    >>> unrest = Unrest(Store())
    >>> unrest.note([Change(0, "kube-scheduler", "bind", "pod/web-1")])
    ''
    """

    def __init__(self, store: Store, most_steps: int = _MOST_STEPS) -> None:
        self._store = store
        self._steps_left = most_steps
        self._made: Counter[tuple[str, str, str]] = Counter()
        self._latest: list[Change] = []

    def note(self, step: Sequence[Change]) -> str:
        """Return in words who keeps writing what, "" as long as the cluster may still come to rest.

        Args:
            step: what the last step has changed.
        """
        self._steps_left -= 1
        self._latest = [*self._latest, *step][-_LATEST:]
        for change in step:
            if change.owner and change.verb == "create":
                self._made[change.component, change.owner, _kind(change.ref)] += 1
        for (component, uid, kind), count in self._made.items():
            owner = self._store.with_uid(uid)
            if owner is not None and count > self._at_most(owner.spec, kind):
                reason = (
                    f"{component} has created {count:,} {_PLURALS[kind]} for {owner.ref} and does not stop"
                )
                return self._in_words(reason)
        return "" if self._steps_left > 0 else self._in_words("the last steps repeat each other")

    def _at_most(self, spec: dict[str, object], kind: str) -> float:
        """Return how many objects of a kind a controller may make for one object, before it makes them in vain."""
        if kind == "replicaset":
            return _SPARE_REPLICA_SETS
        if kind != "pod":
            return float("inf")
        fields = (spec.get(field) for field in ("replicas", "completions", "parallelism"))
        wanted = max((value for value in fields if isinstance(value, int)), default=0)
        return 2 * max(wanted, self._store.count("nodes")) + _SPARE_PODS

    def _in_words(self, reason: str) -> str:
        """Return the whole note: the reason, and the three changes that come most often."""
        counted = Counter((item.component, item.verb, _kind(item.ref), item.why) for item in self._latest)
        shown = "\n".join(
            f"  {component}: {verb} {kind}, {count} times" + (f" ({why})" if why else "")
            for (component, verb, kind, why), count in counted.most_common(3)
        )
        return (
            f"The cluster does not come to rest: {reason}. Among the last {len(self._latest)} changes:\n{shown}\n"
            "Kubernetes would go on; here it stops, and the next settle() goes on."
        )


_PLURALS = {"pod": "Pods", "replicaset": "ReplicaSets"}


def _kind(ref: str) -> str:
    """Return the kind in a reference: "pod" of "shop/pod/web-1"."""
    return ref.split("/")[-2]

"""What bounds a simulation where a real cluster would go on: how many Pods there are, and when settling has to end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.changes import Change
from k8snotes.control_plane.etcd import Store

__all__ = ["BURST", "MOST_PODS", "Unrest"]

MOST_PODS = 200_000
"""How many Pods a cluster holds at most (https://kubernetes.io/docs/setup/best-practices/cluster-large/: 150,000)."""
BURST = 500
"""How many Pods a controller makes in one go (BurstReplicas in k8s.io/kubernetes/pkg/controller/replicaset)."""
_MOST_STEPS = 10_000
_SPARE_PODS, _SPARE_REPLICA_SETS = 100, 20
_LATEST = 200


class Unrest:
    """Watches over one settling: it has to end, also where Kubernetes would never stop.

    A controller that makes far more Pods than its object wants makes them in vain: they are deleted at
    once (their Node does not exist), or its own selector does not find them.

    Args:
        store: what there is.
        spare: how many steps are allowed beyond the usual ones: while time passes, things happen again and again.

    >>> unrest = Unrest(Store())
    >>> unrest.note([Change(0, "kube-scheduler", "bind", "pod/web-1")])
    ''
    """

    def __init__(self, store: Store, spare: int = 0) -> None:
        self._store = store
        self._steps_left = _MOST_STEPS + spare
        self._made: Counter[tuple[str, str, str]] = Counter()
        self._latest: list[Change] = []

    def note(self, step: Sequence[Change]) -> str:
        """Say which component keeps writing what, "" as long as the cluster may still come to rest.

        Args:
            step: what the last step has changed.
        """
        self._steps_left -= 1
        self._latest = [*self._latest, *step][-_LATEST:]
        made = [(item.component, item.owner, _kind(item.ref)) for item in step if item.owner]
        self._made.update(made)
        for component, uid, kind in dict.fromkeys(made):
            owner, count = self._store.with_uid(uid), self._made[component, uid, kind]
            if owner is not None and count > self._at_most(owner.spec, kind):
                return self._in_words(_endless(kind, component, count, owner.ref))
        if self._steps_left > 0:
            return ""
        return self._in_words(_("The cluster does not come to rest: the last steps repeat each other."))

    def _at_most(self, spec: dict[str, object], kind: str) -> float:
        """Return how many objects of a kind a controller may make for one object, before it makes them in vain."""
        if kind == "replicaset":
            return _SPARE_REPLICA_SETS
        if kind != "pod":
            return float("inf")
        fields = (spec.get(field) for field in ("replicas", "completions", "parallelism"))
        wanted = max((value for value in fields if isinstance(value, int)), default=0)
        if wanted > MOST_PODS:
            wanted = BURST  # more are not made of what cannot be reached
        return 2 * max(wanted, self._store.count("nodes")) + _SPARE_PODS

    def _in_words(self, reason: str) -> str:
        """Return the whole note: the reason, and the three changes that come most often."""
        counted = Counter((item.component, item.verb, _kind(item.ref), item.why) for item in self._latest)
        shown = ""
        for (component, verb, kind, why), count in counted.most_common(3):
            line = _often(f"{component}: {verb} {kind}", count, why)
            shown = _("{lines}\n  {line}", lines=shown, line=line) if shown else line
        return ngettext(
            "{reason} This is the last change:\n  {changes}\n"
            "Kubernetes would go on. Here it stops, and the next settle() goes on.",
            "{reason} Among the last {n} changes, these come most often:\n  {changes}\n"
            "Kubernetes would go on. Here it stops, and the next settle() goes on.",
            len(self._latest),
            reason=reason,
            changes=shown,
        )


def _endless(kind: str, component: str, count: int, owner: str) -> str:
    """Return the sentence on a controller that makes objects of a kind in vain."""
    if kind == "pod":
        return _(
            "The cluster does not come to rest: {controller} has created {count} Pods for {owner} and does not stop.",
            controller=component,
            count=f"{count:,}",
            owner=owner,
        )
    return _(
        "The cluster does not come to rest: {controller} has created {count} ReplicaSets for {owner} "
        "and does not stop.",
        controller=component,
        count=f"{count:,}",
        owner=owner,
    )


def _often(change: str, count: int, why: str) -> str:
    """Return how often a change was made, and why."""
    if not why:
        return ngettext("{change} ({n} time)", "{change} ({n} times)", count, change=change)
    return ngettext(
        "{change} ({n} time: {why})", "{change} ({n} times: {why})", count, change=change, why=why
    )


def _kind(ref: str) -> str:
    """Return the kind in a reference: "pod" of "shop/pod/web-1"."""
    return ref.split("/")[-2]

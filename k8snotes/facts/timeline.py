"""Which component did what, in order: the log of the API server, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from k8snotes.api.reader import Reader, pods_of
from k8snotes.control_plane.changes import Change, Log
from k8snotes.facts.workloads import Workloads
from k8snotes.screen import printable

__all__ = ["SERVER", "YOU", "Entry", "Timeline", "kind_of", "timeline"]

YOU = "kubectl"
SERVER = "kube-apiserver"


class Entry(NamedTuple):
    """One change: which component did what to which object, when and why.

    Args:
        step: the turn of the component, from 1; what it writes in one turn has one number.
        time: the moment, in seconds of the cluster's clock.
        who: the component: "kube-scheduler", "kubelet on node-1", "kubectl" for the reader.
        verb: what it did: "create", "bind", "status".
        ref: the reference of the object.
        why: why it did so, in words.
        workload: the workload that made a Pod ("Deployment/web"), "" where the Pod is gone or none did.

    >>> print(Entry(1, 0, "kube-scheduler", "bind", "pod/web-1", "1 of 1 Nodes fit, node-1 is best"))
    kube-scheduler binds pod/web-1: 1 of 1 Nodes fit, node-1 is best
    """

    step: int
    time: int
    who: str
    verb: str
    ref: str
    why: str = ""
    workload: str = ""

    @property
    def does(self) -> str:
        """The verb as it stands in a sentence: "binds", "reports on"."""
        return _DOES.get(self.verb, self.verb + "s")

    @property
    def kind(self) -> str:
        """The kind of the object, as references have it: "pod"."""
        return kind_of(self.ref)

    @property
    def name(self) -> str:
        """The name of the object."""
        return self.ref.rpartition("/")[2]

    @property
    def namespace(self) -> str:
        """The namespace that the reference names; "" for `default` and for objects in none."""
        parts = self.ref.split("/")
        return parts[0] if len(parts) == 3 else ""

    @printable
    def __str__(self) -> str:
        return f"{self.who} {self.does} {self.ref}" + (f": {self.why}" if self.why else "")


class Timeline(NamedTuple):
    """The changes in order.

    Args:
        entries: the changes.
        lanes: the components that made them: the reader first, then the Master's, then the Nodes'.
        ref: the reference of the object that the timeline is about, "" for the whole cluster.
        since: the moment (seconds of the clock) at which it begins; None for the first.
        kept_from: the moment (seconds) of the oldest change that is kept; None where the timeline misses none.
    """

    entries: tuple[Entry, ...]
    lanes: tuple[str, ...]
    ref: str = ""
    since: int | None = None
    kept_from: int | None = None

    @property
    def begins(self) -> str:
        """Where the timeline begins, in words, if older changes are no longer kept; "" where it has all of them."""
        if self.kept_from is None:
            return ""
        return f"The timeline begins at second {self.kept_from}: older changes are no longer kept."

    @property
    def steps(self) -> int:
        """How many turns were taken."""
        return len({entry.step for entry in self.entries})

    def by(self, who: str) -> tuple[Entry, ...]:
        """Return what one component did: "kubectl" is the reader, "kubelet" means those of all Nodes."""
        return tuple(entry for entry in self.entries if who in (entry.who, _turn(entry.who)))

    @printable
    def __str__(self) -> str:
        lines = [f"{entry.time:>4} s  {entry}" for entry in self.entries]
        return "\n".join([self.begins, *lines] if self.begins else lines)


def timeline(
    log: Sequence[Change], reader: Reader, *, ref: str = "", skip: int = 0, since: int | None = None
) -> Timeline:
    """Return the log of the API server as a timeline.

    Args:
        log: the changes, in order, as far as they are kept.
        reader: the cluster, which knows the workload that made a Pod.
        ref: the reference of one object; what was done because of it belongs to it as well: the changes that
            are about it. "" means the whole cluster.
        skip: how many changes at the beginning are left out.
        since: the moment (seconds of the clock) before which changes are left out.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> timeline(c.api.log, c.api, ref="pod/client").lanes
    ('kubectl', 'kube-scheduler', 'kubelet on node-2')
    """
    workloads = Workloads(reader)
    maker = {pod.ref: workloads.of(pod) for pod in pods_of(reader)}
    entries = []
    step, before = 0, (-1, "")
    for number, change in enumerate(log):
        turn = (change.time, _turn(change.component))
        if turn != before:
            step, before = step + 1, turn
        if number < skip or (since is not None and change.time < since):
            continue
        if ref and ref != change.ref and ref not in change.about:
            continue
        workload = maker.get(change.ref, "")
        entries.append(
            Entry(step, change.time, change.component, change.verb, change.ref, change.why, workload)
        )
    lanes = _lanes(entry.who for entry in entries)
    # who asks for what came later than all that is forgotten misses nothing
    whole = skip > 0 or not log or (since is not None and since > log[0].time)
    kept_from = log[0].time if isinstance(log, Log) and log.forgotten and not whole else None
    return Timeline(tuple(entries), lanes, ref, since, kept_from)


def kind_of(ref: str) -> str:
    """Return the kind that a reference names.

    >>> kind_of("shop/pod/web-1")
    'pod'
    """
    parts = ref.split("/")
    return parts[-2] if len(parts) > 1 else ""


def _turn(who: str) -> str:
    # the kubelets of all Nodes work at the same time
    return who.partition(" on ")[0]


def _lanes(names: Iterable[str]) -> tuple[str, ...]:
    lanes = list(dict.fromkeys(names))

    def place(name: str) -> tuple[int, int, str]:
        if _turn(name) == "kubelet":
            return 4, 0, name
        return _ORDER.get(name, 2), lanes.index(name), name

    return tuple(sorted(lanes, key=place))


_ORDER = {YOU: 0, SERVER: 1, "kube-scheduler": 3}  # the controllers stand between
_DOES = {
    "status": "reports on",
    "patch": "changes",
    "apply": "changes",
    "scale": "scales",
}

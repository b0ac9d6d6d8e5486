"""Which component did what, in order: the log of the API server, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from k8snotes.api.reader import Reader, pods_of
from k8snotes.api.registry import find_resource
from k8snotes.catalogue import Text, _, ngettext
from k8snotes.control_plane.changes import Change, Log, component
from k8snotes.facts.workloads import Workloads
from k8snotes.screen import printable

__all__ = [
    "SERVER",
    "YOU",
    "Entry",
    "Timeline",
    "component",
    "counted",
    "does",
    "kind_of",
    "several",
    "timeline",
]

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
        workload: the workload that made a Pod ("Deployment/web"), "" if none did, or the Pod is deleted.

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
    def words(self) -> Text:
        """Which component did what to which object, as a sentence without the reason."""
        return does(component(self.who), self.verb, self.ref)

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
        return str(_("{sentence}: {why}", sentence=self.words, why=self.why) if self.why else self.words)


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

    def without_reports(self) -> Timeline:
        """Return the same without the changes in which a component only reports a status, and gives no reason.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> len(c.timeline().facts.without_reports().entries) < len(c.timeline().facts.entries)
        True
        """
        entries = tuple(entry for entry in self.entries if entry.verb != "status" or entry.why)
        there = {entry.who for entry in entries}
        return self._replace(
            entries=entries, lanes=tuple(name for name in self.lanes if name in there or name == SERVER)
        )

    @property
    def begins(self) -> str:
        """Where the timeline begins, in words, if older changes are no longer kept; "" if it has all of them."""
        if self.kept_from is None:
            return ""
        return _(
            "The timeline begins at second {second}, because older changes are no longer kept.",
            second=self.kept_from,
        )

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
        return "\n".join([str(self.begins), *lines] if self.begins else lines)


def timeline(
    log: Sequence[Change], reader: Reader, *, ref: str = "", skip: int = 0, since: int | None = None
) -> Timeline:
    """Return the log of the API server as a timeline.

    Args:
        log: the changes, in order, as far as they are kept.
        reader: the cluster, which knows the workload that made a Pod.
        ref: the reference of one object; the timeline has the changes of this object, and those whose reason names
            it. "" means the whole cluster.
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
    # a timeline that begins after all forgotten changes misses nothing
    whole = skip > 0 or not log or (since is not None and since > log[0].time)
    kept_from = log[0].time if isinstance(log, Log) and log.forgotten and not whole else None
    return Timeline(tuple(entries), lanes, ref, since, kept_from)


def does(who: str, verb: str, what: str) -> Text:
    """Say which component did what to which objects.

    Args:
        who: the component.
        verb: the verb of the log: "bind", "status".
        what: the objects.

    >>> does("kube-scheduler", "bind", "pod/web-1"), does("kubectl", "annotate", "node/node-1")
    ('kube-scheduler binds pod/web-1', 'kubectl annotates node/node-1')
    """
    say = _DOES.get(verb)
    return say(who, what) if say else _("{who} does {verb} on {what}", who=who, verb=verb, what=what)


def several(kind: str) -> Text:
    """Return the name of several objects of a kind; a language without a plural has the kind itself.

    >>> several("Pod"), several("Endpoints"), several("NetworkPolicy")
    ('Pods', 'Endpoints', 'NetworkPolicies')
    """
    resource = find_resource(kind.lower())
    plural = resource.plural if resource else f"{kind.lower()}s"
    same = next(at for at in range(len(kind), -1, -1) if plural.startswith(kind[:at].lower()))
    return ngettext("{kind}", "{kinds}", 2, kind=kind, kinds=kind[:same] + plural[same:])


def counted(n: int, kind: str, workload: str = "") -> Text:
    """Say how many objects of a kind there are, and of which workload.

    Args:
        n: how many.
        kind: their kind.
        workload: what made them, "" where that is not said.

    >>> counted(1, "Pod"), counted(2, "NetworkPolicy"), counted(3, "Pod", "Deployment/web")
    ('1 Pod', '2 NetworkPolicies', '3 Pods of Deployment/web')
    """
    kinds = several(kind)
    if workload:
        return ngettext(
            "{n} {kind} of {workload}",
            "{n} {kinds} of {workload}",
            n,
            kind=kind,
            kinds=kinds,
            workload=workload,
        )
    return ngettext("{n} {kind}", "{n} {kinds}", n, kind=kind, kinds=kinds)


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


_ORDER = {YOU: 0, SERVER: 1, "kube-scheduler": 3}  # the controllers are between
_DOES: dict[str, Callable[[str, str], Text]] = {
    "adopt": lambda who, what: _("{who} adopts {what}", who=who, what=what),
    "annotate": lambda who, what: _("{who} annotates {what}", who=who, what=what),
    "apply": lambda who, what: _("{who} changes {what}", who=who, what=what),
    "bind": lambda who, what: _("{who} binds {what}", who=who, what=what),
    "cordon": lambda who, what: _("{who} cordons {what}", who=who, what=what),
    "create": lambda who, what: _("{who} creates {what}", who=who, what=what),
    "delete": lambda who, what: _("{who} deletes {what}", who=who, what=what),
    "evict": lambda who, what: _("{who} evicts {what}", who=who, what=what),
    "label": lambda who, what: _("{who} labels {what}", who=who, what=what),
    "patch": lambda who, what: _("{who} changes {what}", who=who, what=what),
    "preempt": lambda who, what: _("{who} preempts {what}", who=who, what=what),
    "reject": lambda who, what: _("{who} rejects {what}", who=who, what=what),
    "release": lambda who, what: _("{who} releases {what}", who=who, what=what),
    "renew": lambda who, what: _("{who} renews {what}", who=who, what=what),
    "scale": lambda who, what: _("{who} scales {what}", who=who, what=what),
    "start": lambda who, what: _("{who} starts {what}", who=who, what=what),
    "status": lambda who, what: _("{who} reports on {what}", who=who, what=what),
    "taint": lambda who, what: _("{who} taints {what}", who=who, what=what),
    "uncordon": lambda who, what: _("{who} uncordons {what}", who=who, what=what),
    "update": lambda who, what: _("{who} updates {what}", who=who, what=what),
}

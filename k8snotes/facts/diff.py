"""What changed between two moments of a cluster, and whether the actual state is the desired state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.furniture import is_furniture
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.secret import is_note, shown_key
from k8snotes.api.masking import HIDDEN
from k8snotes.api.reader import Reader, pods_of
from k8snotes.api.registry import all_kinds
from k8snotes.api.workload import Workload
from k8snotes.catalogue import Text, _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.etcd import Key
from k8snotes.facts.states import state_of
from k8snotes.facts.workloads import Workloads, workload_kinds
from k8snotes.heap import unswept
from k8snotes.screen import printable

__all__ = [
    "Changed",
    "Diff",
    "FieldChange",
    "Listed",
    "Replicas",
    "diff",
    "field_changes",
    "objects_of",
    "replicas_of",
]

_ABSENT = _("absent")


class FieldChange(NamedTuple):
    """One field before and after, as text; "absent" if the object does not have it.

    Args:
        path: the path of the field: "spec.replicas", "spec.containers[web].image".
        before: its value before.
        after: its value now.

    >>> print(FieldChange("spec.replicas", "3", "5"))
    spec.replicas: 3 → 5
    """

    path: str
    before: str
    after: str

    @printable
    def __str__(self) -> str:
        return str(_("{head}: {text}", head=self.path, text=f"{self.before} → {self.after}"))


class Listed(NamedTuple):
    """An object that was added or removed.

    Args:
        ref: its reference: "pod/web-1".
        kind: its kind: "Pod".
        name: its name.
        namespace: its Namespace, "" for kinds without one.
        workload: the workload that made it ("Deployment/web"), "" if none did.
        state: how a Pod is (or was) in a word or two; "" for other kinds.
    """

    ref: str
    kind: str
    name: str
    namespace: str
    workload: str
    state: str = ""


class Changed(NamedTuple):
    """An object that exists before and after, and its fields that differ.

    Args:
        ref: its reference: "pod/web-1".
        kind: its kind: "Pod".
        name: its name.
        namespace: its Namespace, "" for kinds without one.
        workload: the workload that made it ("Deployment/web"), "" if none did.
        fields: the fields that differ.
        anew: whether it is another object of the same name: deleted, and created again.
    """

    ref: str
    kind: str
    name: str
    namespace: str
    workload: str
    fields: tuple[FieldChange, ...]
    anew: bool = False


class Replicas(NamedTuple):
    """The desired number of Pods of a workload, and the actual one.

    Args:
        ref: its reference: "deployment/web".
        kind: its kind: "Deployment".
        wants: the desired number of Pods.
        there: how many run or start: not ended, and not being terminated.
        ready: how many of these are ready.
        wanted: the desired number before; None if the workload did not exist.
        were_ready: how many were ready before; None if the workload did not exist.

    >>> print(Replicas("deployment/web", "Deployment", 5, 4, 3, 3, 3))
    deployment/web: 5 Pods desired, 4 present, 3 ready (before: 3 desired, 3 ready)
    """

    ref: str
    kind: str
    wants: int
    there: int
    ready: int
    wanted: int | None = None
    were_ready: int | None = None

    @property
    def met(self) -> bool:
        """Whether exactly the desired number of Pods is there and ready."""
        return self.wants == self.there == self.ready

    @property
    def same(self) -> bool:
        """Whether these numbers are the same as before."""
        return (self.wants, self.ready) == (self.wanted, self.were_ready)

    @property
    def now(self) -> Text:
        """The numbers of now, in words."""
        return ngettext(
            "{n} Pod desired, {there} present, {ready} ready",
            "{n} Pods desired, {there} present, {ready} ready",
            self.wants,
            there=self.there,
            ready=self.ready,
        )

    @property
    def before(self) -> Text:
        """The numbers of before, in words."""
        if self.wanted is None:
            return _("before: it did not exist")
        return _("before: {wanted} desired, {ready} ready", wanted=self.wanted, ready=self.were_ready)

    @printable
    def __str__(self) -> str:
        said = _("{head}: {text}", head=self.ref, text=self.now)
        return str(said if self.same else _("{words} ({note})", words=said, note=self.before))


class Diff(NamedTuple):
    """What changed between two moments of a cluster.

    Args:
        added: the objects that are new.
        removed: the objects that were deleted.
        changed: the objects with fields that differ, or created again.
        replicas: for each workload the desired number of Pods and the actual one.
        seconds: the time between the two moments, by the cluster's clock.
    """

    added: tuple[Listed, ...]
    removed: tuple[Listed, ...]
    changed: tuple[Changed, ...]
    replicas: tuple[Replicas, ...]
    seconds: int = 0

    @property
    def nothing(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.removed or self.changed)

    @property
    def unmet(self) -> tuple[Replicas, ...]:
        """The workloads that do not have exactly the desired number of ready Pods."""
        return tuple(item for item in self.replicas if not item.met)


@unswept()
def diff(before: ApiServer, after: ApiServer) -> Diff:
    """Compare two moments of a cluster.

    Left out are Events, what a cluster puts into every Namespace, and everything that changes by itself: resource
    versions, generations, timestamps, and the annotation that `kubectl apply` leaves. Values of Secrets are not shown.

    Args:
        before: the API server of an earlier copy of the cluster.
        after: its API server now.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> before = c.copy()
    >>> scaled = c.scale("deploy/cache", 3)
    >>> print(diff(before.api, c.api).changed[0].fields[0])
    spec.replicas: 2 → 3
    """
    old, new = objects_of(before), objects_of(after)
    workloads = Workloads(before), Workloads(after)
    changed = []
    for key in sorted(old.keys() & new.keys()):
        one, other = old[key], new[key]
        if one is other or one.raw == other.raw:
            continue
        anew = one.uid != other.uid
        fields = tuple(field_changes(one, other))
        if fields or anew:
            maker = workloads[1].of(other)
            changed.append(Changed(other.ref, other.kind, other.name, other.namespace, maker, fields, anew))
    return Diff(
        tuple(_listed(new[key], workloads[1]) for key in sorted(new.keys() - old.keys())),
        tuple(_listed(old[key], workloads[0]) for key in sorted(old.keys() - new.keys())),
        tuple(changed),
        replicas_of(before, after, workloads),
        after.now - before.now,
    )


def objects_of(api: ApiServer) -> dict[Key, KubeObject]:
    """Return the objects of a cluster, without what only reports and what belongs to every cluster."""
    left_out = {kind.qualified for kind in all_kinds() if kind.only_reports}
    names = [name for name in api.store.resources() if name not in left_out]
    return {obj.key: obj for name in names for obj in api.store.list(name) if not is_furniture(obj)}


def _listed(obj: KubeObject, workloads: Workloads) -> Listed:
    state = state_of(obj) if isinstance(obj, Pod) else ""
    return Listed(obj.ref, obj.kind, obj.name, obj.namespace, workloads.of(obj), state)


def field_changes(one: KubeObject, other: KubeObject) -> Iterator[FieldChange]:
    """Yield the fields of an object that differ, without what changes by itself; values of Secrets are hidden.

    Args:
        one: the object before.
        other: the object now.
    """
    secret = other.kind == "Secret"
    for path, before, after in _differences("", one.raw, other.raw):
        hidden = secret and (_SHOWN.match(path) is None or is_note(path, before) or is_note(path, after))
        yield FieldChange(
            shown_key(path) if hidden else path, _text(before, hidden=hidden), _text(after, hidden=hidden)
        )


def _differences(path: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the fields that differ, as path and both values; None for a field that does not exist."""
    if one == other or path in _NOISE or path.rpartition(".")[2] in _MOMENTS:
        return
    if path in ("metadata.annotations", "metadata.labels"):
        one, other = mapping(one), mapping(other)
    pairs = _paired(one, other)
    if pairs is None:
        yield path, one, other
        return
    for step, before, after in pairs:
        yield from _differences(f"{path}{step}" if path else step.removeprefix("."), before, after)


def _paired(one: Any, other: Any) -> list[tuple[str, Any, Any]] | None:
    """Return the parts of two values side by side, or None if they are to be compared as a whole."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [*one, *(key for key in other if key not in one)]
        return [(_step(key), one.get(key), other.get(key)) for key in keys]
    if isinstance(one, list) and isinstance(other, list):
        for key in ("name", "type", "key", "containerPort", "port", "ip", "addresses"):
            before, after = _by(one, key), _by(other, key)
            if before is not None and after is not None:
                names = [*before, *(name for name in after if name not in before)]
                return [(f"[{name}]", before.get(name), after.get(name)) for name in names]
        if len(one) == len(other):
            return [(f"[{at}]", *both) for at, both in enumerate(zip(one, other, strict=True))]
    return None


def _by(items: list[Any], key: str) -> dict[str, Any] | None:
    """Return the items of a list by a field that names each; None if it does not."""
    named: dict[str, Any] = {}
    for item in items:
        name = item.get(key) if isinstance(item, dict) else None
        name = name[0] if isinstance(name, list) and len(name) == 1 else name
        if not isinstance(name, (str, int)) or name == "":
            return None  # a group of addresses has no name of its own
        named[str(name)] = item
    return named if len(named) == len(items) else None


def _step(key: object) -> str:
    name = str(key)
    return f"[{name}]" if "." in name or "/" in name else f".{name}"


def _text(value: Any, *, hidden: bool) -> str:
    if value is None:
        return _ABSENT
    if hidden:
        return HIDDEN
    return value if isinstance(value, str) and value else _shown(value)


def _shown(value: Any) -> str:
    """Write a value; of references, such as those to owners, only kinds and names."""
    items = [mapping(item) for item in (value if isinstance(value, list) else [value])]
    if items and all(item.get("kind") and item.get("name") for item in items):
        return ", ".join(f"{item['kind']}/{item['name']}" for item in items)
    target = mapping(mapping(value).get("targetRef"))
    if target.get("name"):  # an endpoint: the Pod behind the address
        return f"{text(target.get('kind'))}/{target['name']}"
    return json.dumps(value, ensure_ascii=False, default=str)


def replicas_of(
    before: Reader, after: Reader, workloads: tuple[Workloads, Workloads], *, by_name: bool = False
) -> tuple[Replicas, ...]:
    """Compare the desired number of each workload with its Pods; a Deployment represents its ReplicaSets.

    Args:
        before: the cluster before.
        after: the cluster now.
        workloads: the makers of Pods, before and now.
        by_name: whether a workload of the same name is the same one, as in two different clusters.
    """
    old = {_key(obj) if by_name else obj.uid: obj for obj in _keeping_pods(before)}
    counts_before, counts_after = _counts(before, workloads[0]), _counts(after, workloads[1])
    compared = []
    for obj in _keeping_pods(after):
        there, ready = counts_after.get(_key(obj), (0, 0))
        earlier = old.get(_key(obj) if by_name else obj.uid)
        wanted = None if earlier is None else earlier.replicas
        were_ready = None if earlier is None else counts_before.get(_key(earlier), (0, 0))[1]
        compared.append(Replicas(obj.ref, obj.kind, obj.replicas, there, ready, wanted, were_ready))
    return tuple(compared)


def _counts(reader: Reader, workloads: Workloads) -> dict[tuple[str, str], tuple[int, int]]:
    """Count the Pods of each workload: those that are there (not ended, not being terminated), and the ready ones."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for pod in pods_of(reader):
        if not pod.terminating and not pod.ended:
            key = pod.namespace, workloads.of(pod)
            there, ready = counts.get(key, (0, 0))
            counts[key] = there + 1, ready + pod.ready
    return counts


def _key(workload: Workload) -> tuple[str, str]:
    return workload.namespace, f"{workload.kind}/{workload.name}"


def _keeping_pods(reader: Reader) -> list[Workload]:
    """Return the workloads that keep a number of Pods running and that no other workload made."""
    kinds = [kind for kind in workload_kinds() if not kind.runs_to_end]
    objects = [obj for kind in kinds for obj in reader.list(kind.qualified)]
    return [obj for obj in objects if isinstance(obj, Workload) and not obj.owner]


_SHOWN = re.compile(
    r"(apiVersion|kind|metadata|type|immutable)\b"
)  # of a Secret; anything else may be a value
_NOISE = {
    "metadata.resourceVersion",
    "metadata.generation",
    "metadata.managedFields",
    "metadata.uid",
    "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]",
    "status.observedGeneration",
}
_MOMENTS = (
    *("creationTimestamp", "lastTransitionTime", "lastUpdateTime", "lastProbeTime", "lastHeartbeatTime"),
    *("startTime", "startedAt", "finishedAt", "renewTime", "timeAdded", "observedGeneration"),
)

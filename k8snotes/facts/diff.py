"""What changed between two moments of a cluster, and whether what is there is what was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from k8snotes.api.base import KubeObject, mapping
from k8snotes.api.kinds.daemonset import DaemonSet
from k8snotes.api.kinds.job import Job
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.workload import Workload
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.etcd import Key
from k8snotes.facts.reading import Reader, Workloads, pods_of, state_of

__all__ = ["Changed", "Diff", "FieldChange", "Listed", "Replicas", "diff"]

_ABSENT = "absent"
_HIDDEN = "<hidden>"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, as text; "absent" where it is not there.

    >>> print(FieldChange("spec.replicas", "3", "5"))
    spec.replicas: 3 → 5
    """

    path: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path}: {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class Listed:
    """An object that came or went: `workload` is who made it, `state` how a Pod is (or was)."""

    ref: str
    kind: str
    name: str
    namespace: str
    workload: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """An object that is there before and after, and its fields that differ.

    `anew` is whether it is another object of the same name: deleted, and made again.
    """

    ref: str
    kind: str
    name: str
    namespace: str
    workload: str
    fields: tuple[FieldChange, ...]
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Replicas:
    """What a workload wants, and what is there: Pods that run or start, and those that are ready.

    >>> print(Replicas("deployment/web", "Deployment", 5, 4, 3, 3, 3))
    deployment/web wants 5 Pods, there are 4, 3 are ready (before: it wanted 3, 3 were ready)
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
        """Whether all that is wanted is there and ready, and no more."""
        return self.wants == self.there == self.ready

    @property
    def same(self) -> bool:
        """Whether it was so before."""
        return (self.wants, self.ready) == (self.wanted, self.were_ready)

    def __str__(self) -> str:
        pods = "1 Pod" if self.wants == 1 else f"{self.wants} Pods"
        there = "there is 1" if self.there == 1 else f"there are {self.there}"
        ready = "1 is ready" if self.ready == 1 else f"{self.ready} are ready"
        said = f"{self.ref} wants {pods}, {there}, {ready}"
        if self.wanted is None:
            return f"{said} (before: it did not exist)"
        if self.same:
            return said
        were = "1 was ready" if self.were_ready == 1 else f"{self.were_ready} were ready"
        return f"{said} (before: it wanted {self.wanted}, {were})"


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed: objects added, removed and changed, and for each workload what is wanted and there.

    `seconds` is the time between the two moments by the cluster's clock.
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
        """The workloads whose Pods are not yet (or no more) what they want."""
        return tuple(item for item in self.replicas if not item.met)


def diff(before: ApiServer, after: ApiServer) -> Diff:
    """Compare two moments of a cluster.

    Events are left out, and what changes by itself: resource versions, generations, moments in time, the
    note that `kubectl apply` leaves. Values of Secrets are not shown.
    """
    old, new = _objects(before), _objects(after)
    workloads = Workloads(before), Workloads(after)
    changed = []
    for key in sorted(old.keys() & new.keys()):
        one, other = old[key], new[key]
        if one is other or one.raw == other.raw:
            continue
        anew = one.uid != other.uid
        fields = tuple(_fields(one, other))
        if fields or anew:
            maker = workloads[1].of(other)
            changed.append(Changed(other.ref, other.kind, other.name, other.namespace, maker, fields, anew))
    return Diff(
        tuple(_listed(new[key], workloads[1]) for key in sorted(new.keys() - old.keys())),
        tuple(_listed(old[key], workloads[0]) for key in sorted(old.keys() - new.keys())),
        tuple(changed),
        _replicas(before, after, workloads),
        after.now - before.now,
    )


def _objects(api: ApiServer) -> dict[Key, KubeObject]:
    names = [name for name in api.store.resources() if name not in _LEFT_OUT]
    return {obj.key: obj for name in names for obj in api.store.list(name)}


def _listed(obj: KubeObject, workloads: Workloads) -> Listed:
    state = state_of(obj) if isinstance(obj, Pod) else ""
    return Listed(obj.ref, obj.kind, obj.name, obj.namespace, workloads.of(obj), state)


def _fields(one: KubeObject, other: KubeObject) -> Iterator[FieldChange]:
    secret = other.kind == "Secret"
    for path, before, after in _differences("", one.raw, other.raw):
        hidden = secret and _VALUES.match(path) is not None
        yield FieldChange(path, _text(before, hidden=hidden), _text(after, hidden=hidden))


def _differences(path: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the fields that differ, as path and both values; None where a field is not there."""
    if one == other or path in _NOISE or path.rpartition(".")[2] in _MOMENTS:
        return
    if path in ("metadata.annotations", "metadata.labels"):
        one, other = one or {}, other or {}
    pairs = _paired(one, other)
    if pairs is None:
        yield path, one, other
        return
    for step, before, after in pairs:
        yield from _differences(f"{path}{step}" if path else step.removeprefix("."), before, after)


def _paired(one: Any, other: Any) -> list[tuple[str, Any, Any]] | None:
    """Return the parts of two values side by side, or None where they are to be compared as a whole."""
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
    found: dict[str, Any] = {}
    for item in items:
        name = item.get(key) if isinstance(item, dict) else None
        name = name[0] if isinstance(name, list) and len(name) == 1 else name
        if not isinstance(name, (str, int)) or name == "":
            return None  # a group of addresses has no name of its own
        found[str(name)] = item
    return found if len(found) == len(items) else None


def _step(key: object) -> str:
    name = str(key)
    return f"[{name}]" if "." in name or "/" in name else f".{name}"


def _text(value: Any, *, hidden: bool) -> str:
    if value is None:
        return _ABSENT
    if hidden:
        return _HIDDEN
    return value if isinstance(value, str) and value else _told(value)


def _told(value: Any) -> str:
    """Write a value; of a list of references, as owners are, only whom they name."""
    items = value if isinstance(value, list) else [value]
    if items and all(isinstance(item, dict) and item.get("kind") and item.get("name") for item in items):
        return ", ".join(f"{item['kind']}/{item['name']}" for item in items)
    target = value.get("targetRef") if isinstance(value, dict) else None
    if isinstance(target, dict) and target.get("name"):  # an endpoint: the Pod behind the address
        return f"{target.get('kind', '')}/{target['name']}"
    return json.dumps(value, ensure_ascii=False, default=str)


def _replicas(before: Reader, after: Reader, workloads: tuple[Workloads, Workloads]) -> tuple[Replicas, ...]:
    """Compare what each workload wants with its Pods; a ReplicaSet of a Deployment is told by that."""
    old = {obj.uid: obj for obj in _workloads(before)}
    count_before, count_after = _Count(before, workloads[0]), _Count(after, workloads[1])
    found = []
    for obj in _workloads(after):
        there, ready = count_after.of(obj)
        earlier = old.get(obj.uid)
        wanted = None if earlier is None else _wants(earlier, count_before.of(earlier))
        were_ready = None if earlier is None else count_before.of(earlier)[1]
        wants = _wants(obj, (there, ready))
        found.append(Replicas(obj.ref, obj.kind, wants, there, ready, wanted, were_ready))
    return tuple(found)


class _Count:
    """Counts the Pods of workloads: those that are there (not ended, not on their way out), and the ready."""

    def __init__(self, reader: Reader, workloads: Workloads) -> None:
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}
        for pod in pods_of(reader):
            if not pod.terminating and not pod.ended:
                key = pod.namespace, workloads.of(pod)
                there, ready = self._counts.get(key, (0, 0))
                self._counts[key] = there + 1, ready + pod.ready

    def of(self, obj: KubeObject) -> tuple[int, int]:
        return self._counts.get((obj.namespace, f"{obj.kind}/{obj.name}"), (0, 0))


def _workloads(reader: Reader) -> list[Workload]:
    found = [obj for name in _KINDS for obj in reader.list(name)]
    return [obj for obj in found if isinstance(obj, Workload) and not obj.owner and not isinstance(obj, Job)]


def _wants(obj: Workload, counted: tuple[int, int]) -> int:
    if isinstance(obj, DaemonSet):
        wants = mapping(obj.status).get("desiredNumberScheduled", counted[0])
        return wants if isinstance(wants, int) else 0
    return obj.replicas


_VALUES = re.compile(r"(data|stringData)\b")
_LEFT_OUT = ("events", "events.events.k8s.io", "leases.coordination.k8s.io")
_KINDS = ("deployments", "replicasets", "replicationcontrollers", "statefulsets", "daemonsets")
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

"""What a Namespace may use: its quotas with what is used of them, its limit ranges, and whose Pods are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.quantity import Quantity
from k8snotes.api.workload import Workload
from k8snotes.control_plane import quota_usage
from k8snotes.control_plane.pod_resources import read_amounts, whole
from k8snotes.facts.amounts import order, unit
from k8snotes.facts.reading import Reader, Workloads

__all__ = ["Bound", "NamespaceQuota", "Quota", "QuotaPart", "QuotaRow", "RefusedWorkload", "namespace_quota"]

Used = Callable[[Mapping[str, Any]], Mapping[str, Quantity]]


@dataclass(frozen=True, slots=True)
class QuotaPart:
    """What one object takes of a quota, and which workload made it ("" if none did)."""

    ref: str
    name: str
    workload: str
    amount: int


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """One line of a quota: `name` as it has it ("requests.cpu"), in millicores of CPU, bytes, or pieces."""

    name: str
    hard: int
    used: int
    parts: tuple[QuotaPart, ...]

    @property
    def resource(self) -> str:
        """What is counted: "cpu" for "requests.cpu"."""
        return unit(self.name)

    @property
    def left(self) -> int:
        """What a new object may still take; never less than nothing."""
        return max(0, self.hard - self.used)

    @property
    def over(self) -> int:
        """How much more is used than is allowed: the quota was lowered, or came after the objects."""
        return max(0, self.used - self.hard)


@dataclass(frozen=True, slots=True)
class Quota:
    """One ResourceQuota; `scopes` say which Pods it is about, if not all."""

    name: str
    ref: str
    scopes: tuple[str, ...]
    rows: tuple[QuotaRow, ...]

    def row(self, name: str) -> QuotaRow:
        """Return a line by its name; raises KeyError."""
        for item in self.rows:
            if item.name == name:
                return item
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Bound:
    """What a LimitRange says of one resource, as it is written ("100m"); "" where it says nothing.

    `type` is what it bounds: Container, Pod, PersistentVolumeClaim. `default_request` and `default` (the
    limit) are filled into Pods that say nothing.
    """

    limit_range: str
    type: str
    resource: str
    default_request: str = ""
    default: str = ""
    min: str = ""
    max: str = ""
    ratio: str = ""


@dataclass(frozen=True, slots=True)
class RefusedWorkload:
    """A workload that has fewer Pods than it wants, because the API server refuses them: the hidden event.

    `message` is the event's, `times` how often it was said.
    """

    ref: str
    workload: str
    wanted: int
    there: int
    message: str
    times: int

    @property
    def reason(self) -> str:
        """The API server's part of the message."""
        return self.message.partition(" is forbidden: ")[2] or self.message


@dataclass(frozen=True, slots=True)
class NamespaceQuota:
    """What one Namespace may use, and what it uses."""

    namespace: str
    quotas: tuple[Quota, ...]
    bounds: tuple[Bound, ...]
    refused: tuple[RefusedWorkload, ...]

    def quota(self, name: str) -> Quota:
        """Return a quota by name; raises KeyError."""
        for item in self.quotas:
            if item.name == name:
                return item
        raise KeyError(name)


def namespace_quota(reader: Reader, namespace: str, used: Used) -> NamespaceQuota:
    """Read a Namespace's quotas; `used` says what is used of each, as admission counts it.

    Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """
    workloads = Workloads(reader)
    return NamespaceQuota(
        namespace,
        tuple(
            _quota(reader, item, used(item.raw), workloads)
            for item in reader.list("resourcequotas", namespace)
        ),
        tuple(bound for item in reader.list("limitranges", namespace) for bound in _bounds(item)),
        _refused(reader, namespace, workloads),
    )


def _quota(reader: Reader, quota: KubeObject, used: Mapping[str, Quantity], workloads: Workloads) -> Quota:
    hard = read_amounts(mapping(quota.spec.get("hard")))
    taken: dict[str, list[QuotaPart]] = {name: [] for name in hard}
    for plural in quota_usage.counted_resources(hard):
        for obj in reader.list(plural, quota.namespace):
            if quota_usage.in_scope(quota.raw, plural, obj.raw):
                for name, amount in quota_usage.of_object(plural, obj.raw).items():
                    if name in taken and amount:
                        part = QuotaPart(obj.ref, obj.name, workloads.of(obj), _count(name, amount))
                        taken[name].append(part)
    rows = tuple(
        QuotaRow(
            name, _count(name, hard[name]), _count(name, used.get(name, Quantity(0))), tuple(taken[name])
        )
        for name in sorted(hard, key=_place)
    )
    return Quota(quota.name, quota.ref, _scopes(quota), rows)


def _count(name: str, amount: Quantity) -> int:
    return whole(unit(name), amount)


def _place(name: str) -> tuple[int, tuple[int, str], str]:
    return name.startswith("limits."), order(unit(name)), name


def _scopes(quota: KubeObject) -> tuple[str, ...]:
    found = [text(item) for item in sequence(quota.spec.get("scopes"))]
    for item in mappings(mapping(quota.spec.get("scopeSelector")).get("matchExpressions")):
        values = ", ".join(map(text, sequence(item.get("values"))))
        name, operator = text(item.get("scopeName")), text(item.get("operator"))
        found.append(f"{name} {operator} {values}".strip() if operator != "Exists" else name)
    return tuple(found)


def _bounds(limit_range: KubeObject) -> list[Bound]:
    found = []
    for limit in mappings(limit_range.spec.get("limits")):
        fields = ("defaultRequest", "default", "min", "max", "maxLimitRequestRatio")
        said = [mapping(limit.get(field)) for field in fields]
        for name in sorted({name for item in said for name in item}, key=order):
            amounts = (text(item.get(name)) if name in item else "" for item in said)
            found.append(Bound(limit_range.name, text(limit.get("type")), name, *amounts))
    return found


def _refused(reader: Reader, namespace: str, workloads: Workloads) -> tuple[RefusedWorkload, ...]:
    """Find the workloads that want more Pods than they have, and the last event that says why."""
    said: dict[tuple[str, str], KubeObject] = {}
    for event in reader.list("events", namespace):
        involved = mapping(event.raw.get("involvedObject"))
        if event.raw.get("reason") == "FailedCreate":
            key = text(involved.get("kind")), text(involved.get("name"))
            if key not in said or _when(event) >= _when(said[key]):
                said[key] = event
    found = []
    for plural in ("replicationcontrollers", "replicasets", "statefulsets", "daemonsets"):
        for obj in reader.list(plural, namespace):
            last = said.get((obj.kind, obj.name))
            if last is None or not isinstance(obj, Workload):
                continue
            wanted, there = _wanted(obj), _there(obj)
            if there < wanted:
                times = last.raw.get("count")
                found.append(
                    RefusedWorkload(
                        obj.ref,
                        workloads.of(obj) or f"{obj.kind}/{obj.name}",
                        wanted,
                        there,
                        text(last.raw.get("message")),
                        times if isinstance(times, int) else 1,
                    )
                )
    return tuple(found)


def _when(event: KubeObject) -> str:
    return text(event.raw.get("lastTimestamp"))


def _wanted(obj: Workload) -> int:
    desired = obj.status.get("desiredNumberScheduled")
    return desired if isinstance(desired, int) else obj.replicas


def _there(obj: Workload) -> int:
    found = obj.status.get("currentNumberScheduled", obj.status.get("replicas", 0))
    return found if isinstance(found, int) else 0


def as_reported(quota: Mapping[str, Any]) -> Mapping[str, Quantity]:
    """Return what a quota's own status says is used: a snapshot may lack the objects that were counted."""
    return read_amounts(mapping(mapping(quota.get("status")).get("used")))

"""What a Namespace may use: its quotas with what is used of them, its limit ranges, and which Pods are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.quantity import Quantity
from k8snotes.api.reader import Reader
from k8snotes.api.workload import Workload
from k8snotes.control_plane import quota_usage
from k8snotes.control_plane.pod_resources import read_amounts, whole
from k8snotes.facts.amounts import order, unit
from k8snotes.facts.workloads import Workloads, workload_kinds

__all__ = ["Bound", "NamespaceQuota", "Quota", "QuotaPart", "QuotaRow", "RefusedWorkload", "namespace_quota"]

Used = Callable[[Mapping[str, Any]], Mapping[str, Quantity]]
"""Says how much is used of each name of a ResourceQuota, from its manifest."""


class QuotaPart(NamedTuple):
    """What one object takes of a quota.

    Args:
        ref: its reference: "pod/web-1".
        name: its name.
        workload: the workload that made it ("Deployment/web"), "" if none did.
        amount: how much it takes, in the unit of the line.
    """

    ref: str
    name: str
    workload: str
    amount: int


class QuotaRow(NamedTuple):
    """One line of a quota, in millicores of CPU, in bytes, or in pieces.

    Args:
        name: what is bounded, as the quota has it: "requests.cpu", "pods", "count/secrets".
        hard: how much is allowed.
        used: how much is used, as admission counts it.
        parts: the objects that use it.

    >>> row = QuotaRow("requests.cpu", hard=4000, used=4500, parts=())
    >>> row.resource, row.left, row.over
    ('cpu', 0, 500)
    """

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


class Quota(NamedTuple):
    """One ResourceQuota.

    Args:
        name: its name.
        ref: its reference: "resourcequota/budget".
        scopes: which Pods it is about ("BestEffort", "PriorityClass In high"); () means all.
        rows: its lines, CPU and memory first, limits last.
    """

    name: str
    ref: str
    scopes: tuple[str, ...]
    rows: tuple[QuotaRow, ...]

    def row(self, name: str) -> QuotaRow:
        """Return a line by its name ("requests.cpu").

        Raises:
            KeyError: the quota does not bound it.
        """
        for item in self.rows:
            if item.name == name:
                return item
        raise KeyError(name)


class Bound(NamedTuple):
    """What a LimitRange says of one resource, as it is written ("100m"); "" where it says nothing.

    Args:
        limit_range: the name of the LimitRange.
        type: what it bounds: Container, Pod, PersistentVolumeClaim.
        resource: "cpu", "memory", "storage", ...
        default_request: the request that a container without a request gets.
        default: the limit that a container without a limit gets.
        min: the smallest request that is allowed.
        max: the largest limit that is allowed.
        ratio: how many times its request a limit may be.

    Source of the rule: https://kubernetes.io/docs/concepts/policy/limit-range/
    """

    limit_range: str
    type: str
    resource: str
    default_request: str = ""
    default: str = ""
    min: str = ""
    max: str = ""
    ratio: str = ""


class RefusedWorkload(NamedTuple):
    """A workload that has fewer Pods than desired, because the API server refuses them; no command has failed.

    Args:
        ref: the reference of the object that makes the Pods: "replicaset/web-5d4f".
        workload: the workload that a reader would name: "Deployment/web".
        wanted: how many Pods are desired.
        there: how many it has.
        message: the message of the last Event FailedCreate.
        times: how often that Event was seen.
    """

    ref: str
    workload: str
    wanted: int
    there: int
    message: str
    times: int

    @property
    def reason(self) -> str:
        """The API server's part of the message: "exceeded quota: budget, ..."; an Event has no field for it.

        Source of the rule: `NewForbidden` of k8s.io/apimachinery/pkg/api/errors.
        """
        return self.message.partition(" is forbidden: ")[2] or self.message


class NamespaceQuota(NamedTuple):
    """What one Namespace may use, and what it uses.

    Args:
        namespace: its name.
        quotas: its ResourceQuotas.
        bounds: what its LimitRanges say, a line each.
        refused: the workloads that lack Pods because the API server refuses them.
    """

    namespace: str
    quotas: tuple[Quota, ...]
    bounds: tuple[Bound, ...]
    refused: tuple[RefusedWorkload, ...]

    def quota(self, name: str) -> Quota:
        """Return a ResourceQuota by its name.

        Raises:
            KeyError: the Namespace has none of this name.
        """
        for item in self.quotas:
            if item.name == name:
                return item
        raise KeyError(name)


def namespace_quota(reader: Reader, namespace: str, used: Used) -> NamespaceQuota:
    """Read a Namespace's quotas, its limit ranges, and which of its workloads lack Pods.

    Args:
        reader: the cluster.
        namespace: the name of the Namespace.
        used: says what is used of a quota: as admission counts it, or as the quota itself reports.

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
    scopes = [text(item) for item in sequence(quota.spec.get("scopes"))]
    for item in mappings(mapping(quota.spec.get("scopeSelector")).get("matchExpressions")):
        values = ", ".join(map(text, sequence(item.get("values"))))
        name, operator = text(item.get("scopeName")), text(item.get("operator"))
        scopes.append(f"{name} {operator} {values}".strip() if operator != "Exists" else name)
    return tuple(scopes)


def _bounds(limit_range: KubeObject) -> list[Bound]:
    bounds = []
    for limit in mappings(limit_range.spec.get("limits")):
        fields = ("defaultRequest", "default", "min", "max", "maxLimitRequestRatio")
        values = [mapping(limit.get(field)) for field in fields]
        for name in sorted({name for item in values for name in item}, key=order):
            amounts = (text(item.get(name)) if name in item else "" for item in values)
            bounds.append(Bound(limit_range.name, text(limit.get("type")), name, *amounts))
    return bounds


def _refused(reader: Reader, namespace: str, workloads: Workloads) -> tuple[RefusedWorkload, ...]:
    """Find the workloads that have fewer Pods than desired, and the last Event that says why."""
    events: dict[tuple[str, str], KubeObject] = {}
    for event in reader.list("events", namespace):
        involved = mapping(event.raw.get("involvedObject"))
        if event.raw.get("reason") == "FailedCreate":
            key = text(involved.get("kind")), text(involved.get("name"))
            if key not in events or _when(event) >= _when(events[key]):
                events[key] = event
    refused = []
    # what keeps Pods running; a Job that lacks Pods may be done
    for kind in (kind for kind in workload_kinds() if kind.makes == "Pod" and not kind.runs_to_end):
        for obj in reader.list(kind.qualified, namespace):
            last = events.get((obj.kind, obj.name))
            if last is None or not isinstance(obj, Workload):
                continue
            there = _there(obj)
            if there < obj.replicas:
                times = last.raw.get("count")
                refused.append(
                    RefusedWorkload(
                        ref=obj.ref,
                        workload=workloads.of(obj) or f"{obj.kind}/{obj.name}",
                        wanted=obj.replicas,
                        there=there,
                        message=text(last.raw.get("message")),
                        times=times if isinstance(times, int) else 1,
                    )
                )
    return tuple(refused)


def _when(event: KubeObject) -> str:
    return text(event.raw.get("lastTimestamp"))


def _there(obj: Workload) -> int:
    number = obj.status.get("currentNumberScheduled", obj.status.get("replicas", 0))
    return number if isinstance(number, int) else 0


def as_reported(quota: Mapping[str, Any]) -> Mapping[str, Quantity]:
    """Return what a quota's own status says is used: a snapshot may lack the objects that were counted."""
    return read_amounts(mapping(mapping(quota.get("status")).get("used")))

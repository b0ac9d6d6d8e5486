"""What an object counts for in a ResourceQuota: pieces, requests, limits, node ports, storage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from k8snotes.api.base import Manifest, mapping, mappings, sequence
from k8snotes.api.quantity import Quantity
from k8snotes.api.registry import find_resource, qualified
from k8snotes.control_plane import caches
from k8snotes.control_plane.etcd import Store, WatchEvent
from k8snotes.control_plane.kinds.rules import Amounts, rules_of
from k8snotes.control_plane.pod_resources import qos_class
from k8snotes.control_plane.validation.quantities import PIECES

__all__ = [
    "Ledger",
    "bounds",
    "change",
    "counted_resources",
    "in_scope",
    "missing_amounts",
    "of_object",
    "total",
]

_CHECKED = ("cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory")


def of_object(plural: str, manifest: Mapping[str, Any]) -> Amounts:
    """Return what one object counts for, by the names that a ResourceQuota uses.

    Args:
        plural: its resource ("pods").
        manifest: the object.

    >>> of_object("configmaps", {"kind": "ConfigMap"})
    {'count/configmaps': Quantity('1'), 'configmaps': Quantity('1')}
    """
    kind = find_resource(plural)
    if kind is None:
        return {f"count/{plural}": Quantity(1)}
    counted = {f"count/{kind.qualified}": Quantity(1)}
    if kind.quota_piece:
        counted[plural] = Quantity(1)
    return counted | rules_of(kind).amounts(dict(manifest))


def total(quota: Mapping[str, Any], listed: Callable[[str, str], Iterable[Mapping[str, Any]]]) -> Amounts:
    """Count what a ResourceQuota's namespace uses of each name in its `spec.hard`.

    `listed` returns the manifests of a resource in a namespace.
    """
    hard = mapping(mapping(quota.get("spec")).get("hard"))
    used = {name: Quantity(0) for name in hard}
    for plural in counted_resources(hard):
        for manifest in listed(plural, str(quota["metadata"].get("namespace", ""))):
            change(used, quota, plural, manifest, 1)
    return used


def change(
    used: Amounts, quota: Mapping[str, Any], plural: str, manifest: Mapping[str, Any], sign: int
) -> None:
    """Add to what is used what an object counts for, or with a `sign` of -1 take it away."""
    if in_scope(quota, plural, manifest):
        for name, amount in of_object(plural, manifest).items():
            if name in used:
                used[name] = used[name] + amount if sign > 0 else used[name] - amount


def bounds(plural: str, hard: Iterable[str]) -> bool:
    """Whether a quota with these names says anything about a resource."""
    return plural in counted_resources(hard)


def counted_resources(hard: Iterable[str]) -> list[str]:
    """Return the resources ("pods", "services") whose objects have to be looked at for these names of a quota."""
    plurals = set()
    for name in hard:
        if name.startswith("count/"):
            resource = find_resource(name.removeprefix("count/"))
            plurals |= {resource.plural} if resource else set()
        elif name == "requests.storage" or ".storageclass.storage.k8s.io/" in name:
            plurals.add("persistentvolumeclaims")
        elif name.partition(".")[0] in PIECES:
            plurals.add(name.partition(".")[0])
        else:
            plurals.add("pods")
    return sorted(plurals)


def missing_amounts(pod: Mapping[str, Any], hard: Iterable[str]) -> str:
    """Return what the containers of a Pod fail to say where a quota bounds it ("requests.cpu for: main")."""
    missing: dict[str, set[str]] = {}
    for kind in ("containers", "initContainers"):
        for container in sequence(mapping(pod.get("spec")).get(kind)):
            resources = mapping(container.get("resources"))
            named = set(mapping(resources.get("requests")))
            named |= {f"requests.{name}" for name in named} | {
                f"limits.{name}" for name in mapping(resources.get("limits"))
            }
            for name in set(hard) & set(_CHECKED) - named:
                missing.setdefault(name, set()).add(container.get("name", ""))
    return "; ".join(f"{name} for: {','.join(sorted(missing[name]))}" for name in sorted(missing))


def in_scope(quota: Mapping[str, Any], plural: str, manifest: Mapping[str, Any]) -> bool:
    """Whether an object is one of those that the scopes of a quota name (all, if there are none)."""
    spec = mapping(quota.get("spec"))
    wanted = [{"scopeName": scope, "operator": "Exists"} for scope in sequence(spec.get("scopes"))]
    wanted += mappings(mapping(spec.get("scopeSelector")).get("matchExpressions"))
    # only Pods have scopes
    return not wanted or (plural == "pods" and all(_matches(manifest, expression) for expression in wanted))


def _matches(pod: Mapping[str, Any], expression: Mapping[str, Any]) -> bool:
    """Whether a Pod is one of those that a scope means.

    Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes
    """
    spec = mapping(pod.get("spec"))
    ends = (spec.get("activeDeadlineSeconds") or -1) >= 0
    match expression.get("scopeName"):
        case "Terminating":
            return ends
        case "NotTerminating":
            return not ends
        case "BestEffort":
            return qos_class(dict(pod)) == "BestEffort"
        case "NotBestEffort":
            return qos_class(dict(pod)) != "BestEffort"
        case "PriorityClass":
            return _matches_class(spec.get("priorityClassName", ""), expression)
        case "CrossNamespacePodAffinity":
            return _crosses_namespaces(mapping(spec.get("affinity")))
        case _:
            return False


def _matches_class(name: str, expression: Mapping[str, Any]) -> bool:
    """Whether the priority class of a Pod is one of those that an expression means."""
    values = sequence(expression.get("values"))
    match expression.get("operator"):
        case "In":
            return name in values
        case "NotIn":
            return name not in values
        case "DoesNotExist":
            return not name
        case _:
            return bool(name)


def _crosses_namespaces(affinity: Mapping[str, Any]) -> bool:
    """Whether a Pod's affinity looks into other Namespaces."""
    for kind in ("podAffinity", "podAntiAffinity"):
        terms_of = mapping(affinity.get(kind))
        terms = list(sequence(terms_of.get("requiredDuringSchedulingIgnoredDuringExecution")))
        weighted = sequence(terms_of.get("preferredDuringSchedulingIgnoredDuringExecution"))
        terms += [mapping(term.get("podAffinityTerm")) for term in weighted]
        if any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms):
            return True
    return False


class Ledger:
    """What admission reads of the store: the manifests of a namespace, and what its quotas have counted.

    A quota is counted once; after that only the changes since then are added and taken away, so the
    thousandth Pod costs as little as the first.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counted: dict[str, tuple[str, int, dict[str, Quantity]]] = {}

    def list(self, plural: str, namespace: str) -> list[Manifest]:
        """Return the manifests of a resource in a namespace ("" if it has none)."""
        return [obj.raw for obj in self._store.list(qualified(plural), namespace)]

    def used(self, quota: Mapping[str, Any]) -> dict[str, Quantity]:
        """Return for each name in a quota's `spec.hard` what is used of it now."""
        if not caches.enabled():
            return total(quota, self.list)
        spec = mapping(quota.get("spec"))
        written = json.dumps(spec, sort_keys=True, default=str)
        uid = str(quota["metadata"].get("uid"))
        known = self._counted.get(uid)
        if known is None or known[0] != written or known[1] < self._store.compacted:
            used = total(quota, self.list)
        else:
            _, since, used = known
            used = dict(used)  # what is known stays as it is, should this be interrupted
            for plural in counted_resources(used):
                for event in self._store.watch(since, qualified(plural)):
                    if event.key[1] == quota["metadata"].get("namespace"):
                        self._enter(used, quota, plural, event)
        self._counted[uid] = (written, self._store.revision, used)
        return dict(used)

    @staticmethod
    def _enter(used: dict[str, Quantity], quota: Mapping[str, Any], plural: str, event: WatchEvent) -> None:
        """Add or take away what one change makes of what is used."""
        if event.old is not None:
            change(used, quota, plural, event.old.raw, -1)
        if event.type != "DELETED":
            change(used, quota, plural, event.object.raw, 1)

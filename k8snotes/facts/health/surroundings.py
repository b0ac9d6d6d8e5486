"""What workloads stand on: Nodes, Namespaces with their quotas, storage, and the rights of accounts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.furniture import is_furniture
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.rolebinding import RoleBinding
from k8snotes.api.quantity import Quantity
from k8snotes.api.reader import nodes_of
from k8snotes.catalogue import named
from k8snotes.control_plane.scheduling.taints import untolerated
from k8snotes.errors import QuantityError
from k8snotes.facts.health.issue import Issue, issue
from k8snotes.facts.health.reading import Reading
from k8snotes.facts.states import taint_words
from k8snotes.facts.storage import storage

__all__ = ["namespace_issues", "node_issues", "right_issues", "storage_issues"]

_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")
_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_BY_ITSELF = ("node.kubernetes.io/",)  # taints that the cluster sets and takes away itself


def node_issues(reading: Reading) -> Iterator[Issue]:
    """Yield Nodes that are not ready, short of something, cordoned, or tainted for everybody.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/reference/node/node-status/#condition
    """
    nodes = nodes_of(reading.api)
    there: dict[str, int] = {}
    for pod in reading.pods:
        there[pod.node_name] = there.get(pod.node_name, 0) + 1
    for node in nodes:
        pods = there.get(node.name, 0)
        look = ("capacity", node.name)
        for condition in mappings(node.status.get("conditions")):
            code = _of_condition(text(condition.get("type")), text(condition.get("status")))
            if code:
                parts: dict[str, Any] = {
                    "condition": text(condition.get("type")),
                    "status": text(condition.get("status")),
                    "message": text(condition.get("message")),
                }
                yield issue(code, node, look, count=pods, n=pods, **parts)
        if node.unschedulable:
            yield issue("node-cordoned", node, look, f"uncordon {node.name}", count=pods)
    yield from _taint_issues(reading, nodes)
    planes = [node for node in nodes if any(label in node.labels for label in _CONTROL_PLANE)]
    if len(planes) == 1 and len(nodes) > 1:
        yield issue("one-control-plane", planes[0], ("architecture",), "get nodes")


def _of_condition(kind: str, status: str) -> str:
    """Return the code for a condition of a Node, "" if it is as it should be."""
    if kind == "Ready":
        return "" if status == "True" else "node-not-ready"
    if kind == "NetworkUnavailable":
        return "node-without-network" if status == "True" else ""
    if kind in _PRESSURES and status == "True":
        return "node-pressure"
    return "node-condition-unknown" if status == "Unknown" else ""


def _taint_issues(reading: Reading, nodes: list[Node]) -> Iterator[Issue]:
    """Note taints that no Pod tolerates: nothing can run there."""
    answers: dict[str, bool] = {}
    for node in nodes:
        for taint in mappings(node.spec.get("taints")):
            words = taint_words(taint)
            key = text(taint.get("key"))
            if (
                key.startswith(_BY_ITSELF)
                or key in _CONTROL_PLANE
                or taint.get("effect") == "PreferNoSchedule"
            ):
                continue
            if words not in answers:
                only = Node({"kind": "Node", "spec": {"taints": [taint]}})
                answers[words] = any(not list(untolerated(group.spec, only)) for group in reading.groups)
            if not answers[words]:
                yield issue("taint-tolerated-by-none", node, ("capacity", node.name), taint=words)


def namespace_issues(reading: Reading) -> Iterator[Issue]:
    """Yield Namespaces that are being deleted, and quotas that are used up.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """
    for obj in reading.api.list("namespaces"):
        phase = text(obj.status.get("phase"))
        if phase not in ("", "Active"):
            messages = [
                text(item.get("message"))
                for item in mappings(obj.status.get("conditions"))
                if item.get("status") == "True"
            ]
            yield issue("namespace-terminating", obj, message=messages[-1] if messages else "", phase=phase)
    for quota in reading.api.list("resourcequotas"):
        hard, used = mapping(quota.status.get("hard")), mapping(quota.status.get("used"))
        for name, limit in hard.items():
            most, now = _amount(limit), _amount(used.get(name))
            if most is None or now is None or now < most or not now:
                continue
            code = "quota-exceeded" if now > most else "quota-full"
            parts: dict[str, Any] = {"resource": name, "used": text(used.get(name)), "hard": text(limit)}
            line = f"describe quota {quota.name}"
            yield issue(code, quota, ("quota", quota.namespace), line, namespace=quota.namespace, **parts)


def _amount(value: object) -> Quantity | None:
    try:
        return Quantity(text(value))
    except QuantityError:
        return None


def storage_issues(reading: Reading, drivers: Collection[str] | None) -> Iterator[Issue]:
    """Yield claims without a volume, with the reason, and volumes that are lost or unused.

    Args:
        reading: the cluster.
        drivers: the names of the drivers that make volumes, None if that is not known.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#phase
    """
    if reading.api.list("persistentvolumeclaims"):
        for item in storage(reading.api, drivers=drivers, granted=reading.granted).claims:
            if item.waiting is None or item.waiting.code == "granted":
                continue
            code = {"lost": "claim-lost", "consumer": "claim-waits-for-pod"}.get(
                item.waiting.code, "claim-pending"
            )
            claim = reading.named("persistentvolumeclaims", item.namespace)[item.name]
            yield issue(code, claim, ("storage", claim.namespace), why=item.waiting.words)
    for volume in reading.api.list("persistentvolumes"):
        phase = text(volume.status.get("phase"))
        if phase in ("Failed", "Pending"):
            yield issue(
                "volume-failed", volume, ("storage",), phase=phase, message=text(volume.status.get("message"))
            )
        elif phase in ("Available", "Released"):
            yield issue("volume-free", volume, ("storage",), phase=phase)


def right_issues(reading: Reading) -> Iterator[Issue]:
    """Yield bindings that name a role or an account that does not exist.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
    """
    group = "rbac.authorization.k8s.io"
    for plural in ("rolebindings", "clusterrolebindings"):
        for binding in reading.api.list(f"{plural}.{group}"):
            if is_furniture(binding) or binding.name.startswith("system:"):
                continue
            if not isinstance(binding, RoleBinding):
                continue
            kind, name = binding.role_kind, binding.role_name
            resource = f"{'roles' if kind == 'Role' else 'clusterroles'}.{group}"
            home = binding.namespace if kind == "Role" else ""
            if reading.knows(resource) and name not in reading.named(resource, home):
                yield issue("binding-without-role", binding, kind=kind, name=name)
            yield from _subject_issues(reading, binding)


def _subject_issues(reading: Reading, binding: RoleBinding) -> Iterator[Issue]:
    if not reading.knows("serviceaccounts"):
        return
    missing = [
        f"{subject.namespace}/{subject.name}"
        for subject in binding.subjects
        if subject.kind == "ServiceAccount"
        and subject.namespace
        and subject.name not in reading.named("serviceaccounts", subject.namespace)
        and subject.name != "default"
        and ("ServiceAccount", subject.namespace, subject.name) not in reading.granted
    ]
    if missing:
        yield issue("binding-without-account", binding, names=named(missing))

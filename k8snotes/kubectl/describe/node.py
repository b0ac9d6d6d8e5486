"""`kubectl describe node`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.heartbeats import lease_of
from k8snotes.control_plane.pod_resources import pod_amounts
from k8snotes.errors import QuantityError
from k8snotes.facts.rows import age
from k8snotes.kubectl.describe.page import Page, moment

__all__ = ["describe", "taint_text"]

_STANDARD = ("cpu", "memory", "ephemeral-storage")


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a Node, and what the Pods on it ask for.

    Source of the rule: `describeNode` of k8s.io/kubectl/pkg/describe.
    """
    spec, status = obj.spec, obj.status
    page.line("Name", obj.name)
    role = "node-role.kubernetes.io/"
    roles = {key.removeprefix(role) for key in obj.labels if key.startswith(role) and key != role}
    roles |= {obj.labels["kubernetes.io/role"]} if obj.labels.get("kubernetes.io/role") else set()
    page.line("Roles", ",".join(sorted(roles)) or "<none>")
    page.labels_and_annotations(obj)
    page.line("CreationTimestamp", moment(obj.metadata.get("creationTimestamp")))
    taints = sorted(mappings(spec.get("taints")), key=lambda item: f"{item.get('effect')},{item.get('key')}")
    page.lines("Taints", [taint_text(item) for item in taints])
    page.line("Unschedulable", "true" if spec.get("unschedulable") is True else "false")
    _lease(page, obj)
    conditions = mappings(status.get("conditions"))
    if conditions:
        page.write(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n")
        page.write(1, "----\t------\t-----------------\t------------------\t------\t-------\n")
    for item in conditions:
        since = text(item.get("lastTransitionTime")) or text(obj.metadata.get("creationTimestamp"))
        beat = text(item.get("lastHeartbeatTime")) or page.now
        kind, value, reason = (text(item.get(name)) for name in ("type", "status", "reason"))
        message = text(item.get("message"))
        page.write(1, f"{kind} \t{value} \t{moment(beat)} \t{moment(since)} \t{reason} \t{message}\n")
    page.write(0, "Addresses:\n")
    for address in mappings(status.get("addresses")):
        page.line(text(address.get("type")), text(address.get("address")), 1)
    for title, field in (("Capacity", "capacity"), ("Allocatable", "allocatable")):
        amounts = mapping(status.get(field))
        if amounts:
            page.write(0, f"{title}:\n")
        for name in sorted(amounts):
            page.line(name, text(amounts[name]), 1)
    _system(page, mapping(status.get("nodeInfo")))
    for title, message in (
        ("PodCIDR", text(spec.get("podCIDR"))),
        ("PodCIDRs", ",".join(map(text, sequence(spec.get("podCIDRs"))))),
        ("ProviderID", text(spec.get("providerID"))),
    ):
        if message:
            page.line(title, message)
    _pods(page, obj)
    page.events(obj)


def taint_text(taint: Mapping[str, Any]) -> str:
    """Return a taint as kubectl writes it.

    >>> taint_text({"key": "gpu", "value": "yes", "effect": "NoSchedule"})
    'gpu=yes:NoSchedule'
    """
    key, value, effect = (text(taint.get(name)) for name in ("key", "value", "effect"))
    if not effect:
        return f"{key}={value}:" if value else key
    return f"{key}={value}:{effect}" if value else f"{key}:{effect}"


def _lease(page: Page, obj: KubeObject) -> None:
    """Write the Lease by which a Node says that it is there."""
    spec = lease_of(page.api, obj).spec
    page.write(0, "Lease:\n")
    page.line("HolderIdentity", text(spec.get("holderIdentity")) or obj.name, 1)
    page.line("AcquireTime", moment(spec["acquireTime"]) if spec.get("acquireTime") else "<unset>", 1)
    page.line("RenewTime", moment(spec["renewTime"]), 1)


def _system(page: Page, info: Mapping[str, Any]) -> None:
    page.write(0, "System Info:\n")
    for title, field, otherwise in (
        ("Machine ID", "machineID", ""),
        ("System UUID", "systemUUID", ""),
        ("Boot ID", "bootID", ""),
        ("Kernel Version", "kernelVersion", ""),
        ("OS Image", "osImage", ""),
        ("Operating System", "operatingSystem", ""),
        ("Architecture", "architecture", ""),
        ("Container Runtime Version", "containerRuntimeVersion", ""),
        ("Kubelet Version", "kubeletVersion", ""),
    ):
        page.line(title, text(info.get(field)) or otherwise, 1)


def _pods(page: Page, obj: KubeObject) -> None:
    pods = [
        pod
        for pod in page.api.list("pods")
        if pod.spec.get("nodeName") == obj.name and pod.status.get("phase") not in ("Succeeded", "Failed")
    ]
    whole = obj.allocatable if isinstance(obj, Node) else {}
    page.line("Non-terminated Pods", f"({len(pods)} in total)")
    page.write(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n")
    page.write(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n")
    sums: tuple[dict[str, Quantity], dict[str, Quantity]] = {}, {}
    for pod in pods:
        amounts = pod_amounts(pod.raw)
        for total, part in zip(sums, amounts, strict=True):
            for name, amount in part.items():
                total[name] = total[name] + amount if name in total else amount
        shares = [_share(part, name, whole) for name in ("cpu", "memory") for part in amounts]
        since = age(text(pod.metadata.get("creationTimestamp")), page.now)
        page.write(1, "\t".join([pod.namespace, f"{pod.name}\t", *shares, since]) + "\n")
    page.write(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n")
    page.write(1, "Resource\tRequests\tLimits\n")
    page.write(1, "--------\t--------\t------\n")
    others = sorted(name for name in whole if name not in (*_STANDARD, "pods"))
    for name in (*_STANDARD, *(item for item in others if item.startswith("hugepages-"))):
        page.write(1, f"{name}\t{_share(sums[0], name, whole)}\t{_share(sums[1], name, whole)}\n")
    for name in others:
        if not name.startswith("hugepages-"):
            page.write(1, f"{name}\t{sums[0].get(name, 0)}\t{sums[1].get(name, 0)}\n")


def _share(amounts: Mapping[str, Quantity], name: str, whole: Mapping[str, Any]) -> str:
    amount = amounts.get(name)
    try:
        there = Quantity(text(whole.get(name)) or "0")
    except QuantityError:
        there = Quantity("0")
    share = 0
    if amount is not None and there.milli:
        share = (
            int((amount.milli or 0) * 100 / there.milli)
            if name == "cpu"
            else int(amount.value * 100 / there.value)
        )
    return f"{amount if amount is not None else 0} ({share}%)"

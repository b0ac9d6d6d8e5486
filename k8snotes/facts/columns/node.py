"""Node: what `kubectl get nodes` prints."""

from __future__ import annotations

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.facts.columns.cells import NONE, Row

__all__ = ["NAMES", "WIDE", "row"]


NAMES = ("NAME", "STATUS", "ROLES", "AGE", "VERSION")
WIDE = (*NAMES, "INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME")

_ROLE = "node-role.kubernetes.io/"


def row(node: Node) -> Row:
    """Return the cells of a Node; ROLES are read from its labels `node-role.kubernetes.io/...`."""
    known = node.condition("Ready") is not None
    status = ["Ready" if node.ready else "NotReady" if known else "Unknown"]
    if node.unschedulable:
        status.append("SchedulingDisabled")
    roles = {key.removeprefix(_ROLE) for key in node.labels if key.startswith(_ROLE) and key != _ROLE}
    roles |= {node.labels["kubernetes.io/role"]} if node.labels.get("kubernetes.io/role") else set()
    addresses = mappings(node.status.get("addresses"))
    external = [text(item.get("address")) for item in addresses if item.get("type") == "ExternalIP"]
    info = mapping(node.status.get("nodeInfo"))
    return {
        "STATUS": ",".join(status),
        "ROLES": ",".join(sorted(roles)) or NONE,
        "VERSION": text(info.get("kubeletVersion")),
        "INTERNAL-IP": node.ip or NONE,
        "EXTERNAL-IP": external[0] if external else NONE,
        "OS-IMAGE": text(info.get("osImage")) or "<unknown>",
        "KERNEL-VERSION": text(info.get("kernelVersion")) or "<unknown>",
        "CONTAINER-RUNTIME": text(info.get("containerRuntimeVersion")) or "<unknown>",
    }

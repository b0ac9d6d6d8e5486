"""Pod: what `kubectl get pods` prints."""

from __future__ import annotations

from k8snotes.api.base import mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.facts.columns.cells import NONE, Row
from k8snotes.facts.pod_status import pod_status

__all__ = ["NAMES", "WIDE", "row"]


NAMES = ("NAME", "READY", "STATUS", "RESTARTS", "AGE")
WIDE = (*NAMES, "IP", "NODE", "NOMINATED NODE", "READINESS GATES")


def row(pod: Pod) -> Row:
    """Return the cells of a Pod; READY counts its containers, and STATUS is worked out from what they do."""
    ready, status, restarts = pod_status(pod)
    gates = [text(item.get("conditionType")) for item in mappings(pod.spec.get("readinessGates"))]
    return {
        "READY": ready,
        "STATUS": status,
        "RESTARTS": restarts,
        "IP": pod.ip or NONE,
        "NODE": pod.node_name or NONE,
        "NOMINATED NODE": text(pod.status.get("nominatedNodeName")) or NONE,
        "READINESS GATES": f"{sum(map(pod.holds, gates))}/{len(gates)}" if gates else NONE,
    }

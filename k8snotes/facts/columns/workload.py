"""What `kubectl get` prints of all workloads alike: how many Pods are wanted and there, and from which template."""

from __future__ import annotations

from k8snotes.api.base import mapping
from k8snotes.api.label_selector import format_label_selector
from k8snotes.api.workload import Workload
from k8snotes.facts.columns.cells import Row, containers, pairs

__all__ = ["REPLICAS", "TEMPLATE", "ready_of_wanted", "row"]

REPLICAS = ("NAME", "DESIRED", "CURRENT", "READY", "AGE")
TEMPLATE = ("CONTAINERS", "IMAGES", "SELECTOR")


def row(workload: Workload) -> Row:
    """Return the cells that workloads have; each kind takes those that it has columns for."""
    status = workload.status
    pod_spec = mapping(workload.template.get("spec"))
    return {
        "DESIRED": workload.replicas,
        "CURRENT": status.get("currentNumberScheduled", status.get("replicas", 0)),
        "READY": _ready(workload),
        "UP-TO-DATE": status.get("updatedNumberScheduled", status.get("updatedReplicas", 0)),
        "AVAILABLE": status.get("numberAvailable", status.get("availableReplicas", 0)),
        "NODE SELECTOR": pairs(mapping(pod_spec.get("nodeSelector"))),
        **containers(pod_spec),
        "SELECTOR": format_label_selector(workload.label_selector),
    }


def ready_of_wanted(workload: Workload) -> Row:
    """Return the same cells with READY as "2/3": how many of those that are wanted are ready."""
    return {**row(workload), "READY": f"{_ready(workload)}/{workload.replicas}"}


def _ready(workload: Workload) -> int:
    return int(workload.status.get("readyReplicas") or workload.status.get("numberReady") or 0)

"""What a kubelet refuses to run although it was bound to its Node: a Pod that does not fit there."""

from __future__ import annotations

from k8snotes.api.base import mappings
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.scheduling.filters import fits_ports, fits_resources
from k8snotes.control_plane.scheduling.node_affinity import wants
from k8snotes.control_plane.scheduling.node_info import NodeInfo, needs_of
from k8snotes.control_plane.scheduling.taints import PRESSURE, tolerates, untolerated

__all__ = ["rejection"]


def rejection(pod: Pod, info: NodeInfo) -> tuple[str, str] | None:
    """Return why a Node rejects a Pod, as reason and message, or None if it takes it.

    Pods that the scheduler has bound fit; one whose manifest names its Node was checked by nobody before.
    Source of the rule: `canAdmitPod` and `GeneralPredicates` of the kubelet.
    """
    needs = needs_of(pod)
    low = {"key": PRESSURE["MemoryPressure"], "effect": "NoSchedule"}
    modest = pod.status.get("qosClass") == "BestEffort" and not any(
        tolerates(item, low) for item in mappings(pod.spec.get("tolerations"))
    )
    if info.node.holds("MemoryPressure") and modest:
        return "Evicted", "The node had condition: [MemoryPressure]. "
    lacking = fits_resources(needs, info)
    if lacking is not None:
        name = lacking.reasons[0].removeprefix("Insufficient ")
        name = "pods" if name == "Too many pods" else name
        asked = 1 if name == "pods" else needs.requests.get(name, 0)
        used = len(info.pods) if name == "pods" else info.used.get(name, 0)
        there = info.allocatable.get(name, 0)
        message = (
            f"Node didn't have enough resource: {name}, requested: {asked}, used: {used}, capacity: {there}"
        )
        return f"OutOf{name}", message
    if not wants(needs.spec, info.node):
        return (
            "NodeAffinity",
            "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
        )
    if not fits_ports(needs, info):
        return (
            "NodePorts",
            "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
        )
    if untolerated(needs.spec, info.node, ("NoExecute",)):
        return (
            "TaintToleration",
            "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
        )
    return None

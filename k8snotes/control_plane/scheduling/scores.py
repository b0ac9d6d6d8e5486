"""Scores: which of the Nodes that fit is best, by kube-scheduler's plugins and their weights."""

from __future__ import annotations

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.scheduling.node_affinity import preferred_weight
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo
from k8snotes.control_plane.scheduling.taints import untolerated

__all__ = ["score"]

_SHUNNED = 10  # the score of a Node with one taint of effect PreferNoSchedule


def score(pod: Pod, needs: Needs, info: NodeInfo) -> int:
    """Return how good a Node is for a Pod: the sum of five scores of 0 to 100 with their weights.

    Each looks at its Node alone. Kubernetes compares the Nodes in three of them (taints, affinity,
    spreading) and takes any of the best; here the first by name is taken.
    Source of the weights: https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
    """
    return (
        3 * _few_taints(needs, info)
        + 2 * _preferred(needs, info)
        + 2 * _spread(pod, info)
        + _least_allocated(needs, info)
        + _balanced(needs, info)
    )


def _few_taints(needs: Needs, info: NodeInfo) -> int:
    """Prefer Nodes without taints of effect PreferNoSchedule, then those with few (plugin TaintToleration).

    Kubernetes gives the Node with most of them 0, one without any 100.
    """
    taints = len(untolerated(needs.spec, info.node, ("PreferNoSchedule",)))
    return _SHUNNED // taints if taints else 100


def _preferred(needs: Needs, info: NodeInfo) -> int:
    """Prefer Nodes that fulfil what the Pod would like (plugin NodeAffinity)."""
    affinity = mapping(mapping(needs.spec.get("affinity")).get("nodeAffinity"))
    wishes = mappings(affinity.get("preferredDuringSchedulingIgnoredDuringExecution"))
    most = sum(int(item.get("weight", 0)) for item in wishes)
    return 100 * preferred_weight(needs.spec, info.node) // most if most else 0


def _spread(pod: Pod, info: NodeInfo) -> int:
    """Prefer Nodes with few Pods of the same owner (plugin PodTopologySpread, with its defaults)."""
    owner = text((pod.owner or {}).get("uid"))
    return 100 // (1 + info.owners.get(owner, 0)) if owner else 0


def _least_allocated(needs: Needs, info: NodeInfo) -> int:
    """Prefer Nodes of which little is asked for (plugin NodeResourcesFit, LeastAllocated)."""
    cpu, memory = _fractions(needs, info)
    return int(100 * (max(0.0, 1 - cpu) + max(0.0, 1 - memory)) / 2)


def _balanced(needs: Needs, info: NodeInfo) -> int:
    """Prefer Nodes on which CPU and memory are used alike (plugin NodeResourcesBalancedAllocation)."""
    cpu, memory = _fractions(needs, info)
    return int(100 * (1 - abs(min(cpu, 1) - min(memory, 1)) / 2))


def _fractions(needs: Needs, info: NodeInfo) -> tuple[float, float]:
    """Return which parts of a Node's CPU and memory would be asked for with this Pod."""
    cpu = (info.cpu + needs.cpu) / (info.allocatable.get("cpu") or 1)
    memory = (info.memory + needs.memory) / (info.allocatable.get("memory") or 1)
    return cpu, memory

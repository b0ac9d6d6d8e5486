"""Where memory runs out: whom the kernel kills, and whom the kubelet evicts before it comes to that."""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.pod_resources import of_containers, of_pod, read_amounts, requested
from k8snotes.node.static_pods import is_mirror
from k8snotes.node.usage import Usage

__all__ = ["THRESHOLD", "available", "over_limit", "to_be_evicted", "to_be_killed"]

THRESHOLD = 100 * 1024 * 1024
"""Bytes: a kubelet evicts Pods while less than this is left for Pods (`--eviction-hard`, by default)."""

_CRITICAL = 2_000_000_000  # from this priority on, a Pod is never evicted (system-cluster-critical)
_NODE_CRITICAL = 2_000_001_000  # system-node-critical


def over_limit(pod: Pod, usage: Usage) -> dict[str, str]:
    """Return the containers that the kernel kills for using more memory than they may, and why.

    Each has its own limit; where the Pod as a whole has one, and all its containers together are over
    it, the one goes that has most.
    Source of the rule: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-limits-are-run
    """
    found = {}
    for container in pod.containers:
        limit = read_amounts(container.limits).get("memory")
        used = usage.of(pod, container.name).memory
        if limit and used > limit.value:
            found[container.name] = f"it used {_bytes(used)} of memory, and its limit is {limit}"
    whole = read_amounts(mapping(mapping(pod.spec.get("resources")).get("limits"))).get("memory")
    rest = [item for item in pod.containers if item.name not in found]
    used = sum(usage.of(pod, item.name).memory for item in rest)
    if whole and used > whole.value:
        first = max(rest, key=lambda item: usage.of(pod, item.name).memory)
        found[first.name] = f"its Pod used {_bytes(used)} of memory, and the limit of the Pod is {whole}"
    return found


def available(node: Node, pods: Sequence[Pod], usage: Usage) -> int:
    """Return the bytes of a Node that its Pods may still take; what its own programs use is set apart for them."""
    there = read_amounts(node.allocatable).get("memory", Quantity(0)).value
    return there - sum(usage.memory(pod) for pod in pods)


def to_be_killed(node: Node, pods: Sequence[Pod], usage: Usage) -> tuple[Pod, str] | None:
    """Return the Pod and the container that the kernel kills when Pods use more memory than there is, or None.

    The kernel takes the process with the highest score: its part of the memory in thousandths, and an
    addition that the kubelet sets by QoS class: 1000 for BestEffort, -997 for Guaranteed, between them
    for Burstable, the less the more the container has requested.
    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-out-of-memory-behavior
    """
    if available(node, pods, usage) >= 0:
        return None
    there = read_amounts(mapping(node.status.get("capacity")) or node.allocatable).get("memory", Quantity(0))
    capacity = max(1, there.value)
    users = [
        (pod, container)
        for pod in pods
        for container in pod.containers
        if usage.of(pod, container.name).memory > 0
    ]

    def score(user: tuple[Pod, Container]) -> float:
        pod, container = user
        return 1000 * usage.of(pod, container.name).memory / capacity + _adjustment(pod, container, capacity)

    victim = max(users, key=score, default=None)
    return None if victim is None else (victim[0], victim[1].name)


def to_be_evicted(node: Node, pods: Sequence[Pod], usage: Usage) -> tuple[Pod, str] | None:
    """Return the Pod that the kubelet evicts when too little memory is left on its Node, and its message, or None.

    First go Pods that use more than they have requested, of these the ones of lower priority, of these
    the ones furthest over their request. Critical and static Pods are not evicted.
    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#pod-selection-for-kubelet-eviction
    """
    left = available(node, pods, usage)
    if left >= THRESHOLD:
        return None

    def rank(pod: Pod) -> tuple[bool, int, int, str, str]:
        over = usage.memory(pod) - _asked(pod)
        return over <= 0, _priority(pod), -over, pod.namespace, pod.name

    candidates = [pod for pod in pods if not is_mirror(pod) and _priority(pod) < _CRITICAL]
    victim = min(candidates, key=rank, default=None)
    if victim is None:
        return None
    said = [
        "The node was low on resource: memory. ",
        f"Threshold quantity: {_bytes(THRESHOLD)}, available: {_bytes(left)}. ",
    ]
    whole = read_amounts(mapping(mapping(victim.spec.get("resources")).get("requests"))).get("memory")
    if whole is not None:
        said.append(_consumes(f"Pod {victim.name}", usage.memory(victim), whole))
    for container in victim.containers:
        used = usage.of(victim, container.name).memory
        asked = requested(container.raw).get("memory", Quantity(0))
        if used > asked.value:
            said.append(_consumes(f"Container {container.name}", used, asked))
    return victim, "".join(said)


def _consumes(who: str, used: int, asked: Quantity) -> str:
    return f"{who} was using {_bytes(used)}, request is {asked}, has larger consumption of memory. "


def _asked(pod: Pod) -> int:
    return of_pod(pod.spec, "requests").get("memory", Quantity(0)).value


def _priority(pod: Pod) -> int:
    found = pod.spec.get("priority")
    return found if isinstance(found, int) else 0


def _adjustment(pod: Pod, container: Container, capacity: int) -> int:
    """Return what the kubelet adds to the kernel's score of a container (oom_score_adj)."""
    qos = text(pod.status.get("qosClass"))
    if qos == "Guaranteed" or _priority(pod) >= _NODE_CRITICAL:
        return -997
    if qos == "BestEffort":
        return 1000
    asked = requested(container.raw).get("memory", Quantity(0)).value
    own = read_amounts(mapping(mapping(pod.spec.get("resources")).get("requests"))).get("memory")
    if own:
        # what the Pod requests beyond its containers is divided among them
        beyond = own.value - of_containers(pod.spec, "requests").get("memory", Quantity(0)).value
        asked += beyond // len(pod.containers)
    return min(999, max(3, 1000 - 1000 * asked // capacity))


def _bytes(number: int) -> str:
    """Return bytes as Kubernetes prints what it has measured: with the largest suffix that leaves it whole."""
    return str(Quantity(f"{number // 1024}Ki")) if number % 1024 == 0 else str(number)

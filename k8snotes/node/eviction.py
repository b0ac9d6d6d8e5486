"""Where memory runs out: which container the kernel kills, and which Pod the kubelet evicts before it comes to that.

`Eviction` is the kubelet's eviction manager, which looks at Nodes and acts; the functions below choose, and change
nothing. Amounts of memory are in bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.etcd import Key
from k8snotes.control_plane.events import record
from k8snotes.control_plane.pod_resources import of_containers, of_pod, read_amounts, requested
from k8snotes.node.containers import End, terminated
from k8snotes.node.static_pods import is_mirror
from k8snotes.node.usage import Usage

__all__ = ["THRESHOLD", "Eviction", "available", "over_limit", "to_be_evicted", "to_be_killed"]

THRESHOLD = 100 * 1024 * 1024
"""Bytes: a kubelet evicts Pods while less than this is left for Pods (`--eviction-hard`, by default)."""

_CRITICAL = 2_000_000_000  # from this priority on, a Pod is never evicted (system-cluster-critical)
_NODE_CRITICAL = 2_000_001_000  # system-node-critical
_CALM = 300  # seconds without pressure until the Node says so (--eviction-pressure-transition-period)
_LOW = "MemoryPressure"


class Eviction:
    """Looks at the Nodes on which more memory is used than before, one Pod at a time.

    What is used beyond what Pods may have, the kernel takes back at once: it kills a container, whose
    Pod stays. While less than 100Mi is left, the kubelet evicts: the Pod has failed, and its controller
    makes another. The Node says that its memory is low, and for five minutes after that was last so, it
    gets no new Pods that do not tolerate it. Disk and process numbers are not simulated.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
    """

    def __init__(self) -> None:
        self._nodes: set[str] = set()
        self._calm: dict[str, int] = {}  # when a Node may say that all is well again

    def look_at(self, node: str) -> None:
        """Look at a Node's memory the next time."""
        self._nodes.add(node)

    def relieve(
        self, api: ApiServer, usage: Usage, silent: AbstractSet[str]
    ) -> Iterator[tuple[Pod, str, End]]:
        """Evict a Pod of each Node whose memory is low; yield the containers that the kernel kills."""
        for name in sorted(self._nodes - silent):
            node = api.store.get(("nodes", "", name))
            if not isinstance(node, Node):
                self._nodes.discard(name)
                continue
            pods = _running_on(api, node)
            killed = to_be_killed(node, pods, usage)
            if killed is not None:
                pod, container = killed
                over = -available(node, pods, usage)
                words = ngettext(
                    "the Pods of {node} used {n} byte of memory more than the Node has for them, and this container had the highest score",
                    "the Pods of {node} used {n} bytes of memory more than the Node has for them, and this container had the highest score",
                    over,
                    node=node.ref,
                )
                why = Why(words, node)
                # the Node is looked at once more: perhaps it is not enough
                yield pod, container, End.out_of_memory(why)
                continue
            if available(node, pods, usage) < THRESHOLD:
                self._report(api, node, low=True)
                evicted = to_be_evicted(node, pods, usage)
                if evicted is not None:
                    self._evict(api, *evicted, usage)
                    continue
            elif node.holds(_LOW) and name not in self._calm:
                self._calm[name] = api.now + _CALM
            self._nodes.discard(name)

    def calm_down(self, api: ApiServer, node: Node, usage: Usage) -> None:
        """Let a Node say that its memory is no longer low, when that has been so for long enough."""
        when = self._calm.get(node.name)
        if when is not None and when <= api.now:
            if available(node, _running_on(api, node), usage) >= THRESHOLD:
                self._report(api, node, low=False)
            del self._calm[node.name]

    def alarms(self) -> dict[Key, int]:
        """Return the Nodes that may say that all is well again, with the moments (seconds)."""
        return {("nodes", "", name): when for name, when in self._calm.items()}

    def _evict(self, api: ApiServer, pod: Pod, message: str, usage: Usage) -> None:
        by = f"kubelet on {pod.node_name}"
        now = api.timestamp
        record(api, pod, "Evicted", message, by="kubelet", warning=True, host=pod.node_name)
        ended = [
            terminated(item, End(137), now) if "running" in mapping(item.get("state")) else item
            for item in mappings(pod.status.get("containerStatuses"))
        ]
        target = condition("DisruptionTarget", "True", "TerminationByKubelet", message, now)
        conditions = [_failed(item, now) for item in with_condition(pod, target)]
        status: dict[str, Any] = {
            **pod.status,
            "phase": "Failed",
            "reason": "Evicted",
            "message": message,
            "conditions": conditions,
            "containerStatuses": ended,
        }
        api.update_status(pod, status, by=by, verb="evict", why=message.strip())
        usage.forget(pod.uid)

    def _report(self, api: ApiServer, node: KubeObject, *, low: bool) -> None:
        if low:
            self._calm[node.name] = api.now + _CALM
            record(
                api,
                node,
                "EvictionThresholdMet",
                "Attempting to reclaim memory",
                by="kubelet",
                warning=True,
                host=node.name,
            )
        word = "Insufficient" if low else "Sufficient"
        if node.holds(_LOW) == low:
            return
        new = condition(
            _LOW,
            "True" if low else "False",
            f"KubeletHas{word}Memory",
            f"kubelet has {word.lower()} memory available",
            api.timestamp,
        )
        message = f"Node {node.name} status is now: NodeHas{word}Memory"
        record(api, node, f"NodeHas{word}Memory", message, by="kubelet", host=node.name)
        status = {**node.status, "conditions": with_condition(node, new)}
        why = _("it has too little memory") if low else _("it has enough memory again")
        api.update_status(node, status, by=f"kubelet on {node.name}", why=why)

    def copy(self) -> Eviction:
        """Return an independent one in the same state."""
        other = Eviction()
        other._nodes, other._calm = self._nodes.copy(), self._calm.copy()
        return other


def _running_on(api: ApiServer, node: Node) -> list[Pod]:
    return [
        pod
        for pod in api.list("pods")
        if isinstance(pod, Pod) and pod.node_name == node.name and pod.phase == "Running"
    ]


def _failed(item: dict[str, Any], now: str) -> dict[str, Any]:
    if item.get("type") not in ("Ready", "ContainersReady", "PodReadyToStartContainers"):
        return item
    if item.get("status") == "False":
        return item
    reason = {} if item["type"] == "PodReadyToStartContainers" else {"reason": "PodFailed"}
    return {"type": item["type"], "status": "False", "lastTransitionTime": now, **reason}


# ---- what the kernel kills, and what the kubelet evicts


def over_limit(pod: Pod, usage: Usage) -> dict[str, str]:
    """Return the containers that the kernel kills for using more memory than they may, by name, and why.

    Each has its own limit; where the Pod as a whole has one, and all its containers together are over
    it, the one goes that has most.

    Source of the rule: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-limits-are-run
    """
    killed: dict[str, str] = {}
    for container in pod.containers:
        limit = read_amounts(container.limits).get("memory")
        used = usage.of(pod, container.name).memory
        if limit and used > limit.value:
            killed[container.name] = _(
                "it used {used} of memory, and its limit is {limit}", used=_bytes(used), limit=str(limit)
            )
    whole = read_amounts(mapping(mapping(pod.spec.get("resources")).get("limits"))).get("memory")
    rest = [item for item in pod.containers if item.name not in killed]
    used = sum(usage.of(pod, item.name).memory for item in rest)
    if whole and used > whole.value:
        first = max(rest, key=lambda item: usage.of(pod, item.name).memory)
        killed[first.name] = _(
            "its Pod used {used} of memory, and the limit of the Pod is {limit}",
            used=_bytes(used),
            limit=str(whole),
        )
    return killed


def available(node: Node, pods: Sequence[Pod], usage: Usage) -> int:
    """Return the bytes of a Node that its Pods may still take; what its own programs use is set apart for them."""
    there = read_amounts(node.allocatable).get("memory", Quantity(0)).value
    return there - sum(usage.memory(pod) for pod in pods)


def to_be_killed(node: Node, pods: Sequence[Pod], usage: Usage) -> tuple[Pod, str] | None:
    """Return the Pod and the container that the kernel kills when Pods use more memory than there is, or None.

    The kernel takes the process with the highest score: its part of the memory in thousandths, and an
    addition that the kubelet sets by QoS class: 1000 for BestEffort, -997 for Guaranteed, between them
    for Burstable, the less the more the container has requested.

    Args:
        pods: Those that run on the Node.

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

    Args:
        pods: Those that run on the Node.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#pod-selection-for-kubelet-eviction
    """
    left = available(node, pods, usage)
    if left >= THRESHOLD:
        return None

    def rank(pod: Pod) -> tuple[bool, int, int, str, str]:
        over = usage.memory(pod) - _requested(pod)
        return over <= 0, _priority(pod), -over, pod.namespace, pod.name

    candidates = [pod for pod in pods if not is_mirror(pod) and _priority(pod) < _CRITICAL]
    victim = min(candidates, key=rank, default=None)
    if victim is None:
        return None
    sentences = [
        "The node was low on resource: memory. ",
        f"Threshold quantity: {_bytes(THRESHOLD)}, available: {_bytes(left)}. ",
    ]
    whole = read_amounts(mapping(mapping(victim.spec.get("resources")).get("requests"))).get("memory")
    if whole is not None:
        sentences.append(_consumes(f"Pod {victim.name}", usage.memory(victim), whole))
    for container in victim.containers:
        used = usage.of(victim, container.name).memory
        request = requested(container.raw).get("memory", Quantity(0))
        if used > request.value:
            sentences.append(_consumes(f"Container {container.name}", used, request))
    return victim, "".join(sentences)


def _consumes(what: str, used: int, request: Quantity) -> str:
    return f"{what} was using {_bytes(used)}, request is {request}, has larger consumption of memory. "


def _requested(pod: Pod) -> int:
    return of_pod(pod.spec, "requests").get("memory", Quantity(0)).value


def _priority(pod: Pod) -> int:
    priority = pod.spec.get("priority")
    return priority if isinstance(priority, int) else 0


def _adjustment(pod: Pod, container: Container, capacity: int) -> int:
    """Return what the kubelet adds to the kernel's score of a container (oom_score_adj)."""
    qos = text(pod.status.get("qosClass"))
    if qos == "Guaranteed" or _priority(pod) >= _NODE_CRITICAL:
        return -997
    if qos == "BestEffort":
        return 1000
    request = requested(container.raw).get("memory", Quantity(0)).value
    own = read_amounts(mapping(mapping(pod.spec.get("resources")).get("requests"))).get("memory")
    if own:
        # what the Pod requests beyond its containers is divided among them
        beyond = own.value - of_containers(pod.spec, "requests").get("memory", Quantity(0)).value
        request += beyond // len(pod.containers)
    return min(999, max(3, 1000 - 1000 * request // capacity))


def _bytes(number: int) -> str:
    """Return bytes as Kubernetes prints what it has measured: with the largest suffix that leaves it whole."""
    return str(Quantity(f"{number // 1024}Ki")) if number % 1024 == 0 else str(number)

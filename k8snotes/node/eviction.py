"""The kubelet's eviction manager: sees that a Node's memory runs out, and takes Pods off before all fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import KubeObject, mappings
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.etcd import Key
from k8snotes.control_plane.events import record
from k8snotes.node.containers import End, terminated
from k8snotes.node.memory import THRESHOLD, available, to_be_evicted, to_be_killed
from k8snotes.node.usage import Usage

__all__ = ["Eviction"]

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

    def relieve(self, api: ApiServer, usage: Usage, silent: set[str]) -> Iterator[tuple[Pod, str, End]]:
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
                why = (
                    f"the Pods of {node.ref} used {over} bytes more than there are; it had the highest score"
                )
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
            terminated(item, End(137), now) if "running" in (item.get("state") or {}) else item
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
        api.update_status(node, status, by=f"kubelet on {node.name}", why=f"it has {word.lower()} memory")

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

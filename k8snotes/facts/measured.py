"""What the containers use, as the Nodes measure it: what `kubectl top` tells, and who is held back."""

from __future__ import annotations

from dataclasses import dataclass

from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.pod_resources import read_amounts
from k8snotes.facts.amounts import percent, said
from k8snotes.facts.reading import Reader, pods_of
from k8snotes.node.usage import Usage, granted

__all__ = ["Measured", "MeasuredNode", "measured", "measured_nodes"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one container uses: `cpu` in millicores, `wants` what it would take, `memory` in bytes.

    The limits are None where there are none.
    """

    ref: str
    pod: str
    namespace: str
    node: str
    container: str
    cpu: int
    wants: int
    memory: int
    cpu_limit: int | None
    memory_limit: int | None

    @property
    def throttled(self) -> bool:
        """Whether its limit holds it back."""
        return self.cpu_limit is not None and self.wants > self.cpu_limit

    @property
    def note(self) -> str:
        """What holds it back, in words; "" if nothing does."""
        wants = said("cpu", self.wants)
        if self.throttled and self.cpu_limit is not None:
            return f"throttled: wants {wants}, its limit is {said('cpu', self.cpu_limit)}"
        if self.wants > self.cpu:
            return f"waits for CPU: wants {wants}, and the Node has no more for it"
        return ""


@dataclass(frozen=True, slots=True)
class MeasuredNode:
    """What the Pods on a Node use, and what of that Pods may have, in millicores and bytes."""

    name: str
    cpu: int
    memory: int
    cpu_allocatable: int
    memory_allocatable: int

    @property
    def cpu_percent(self) -> int:
        """CPU in percent of what is allocatable."""
        return percent(self.cpu, self.cpu_allocatable)

    @property
    def memory_percent(self) -> int:
        """Memory in percent of what is allocatable."""
        return percent(self.memory, self.memory_allocatable)


def measured(reader: Reader, usage: Usage, namespace: str | None = None) -> tuple[Measured, ...]:
    """Measure the containers of the Pods that run, by namespace, Pod and container."""
    running = [pod for pod in pods_of(reader) if pod.phase == "Running"]
    on: dict[str, list[Pod]] = {}
    for pod in running:
        on.setdefault(pod.node_name, []).append(pod)
    cpu: dict[tuple[str, str], int] = {}
    for node in reader.list("nodes"):
        if isinstance(node, Node):
            cpu |= granted(node, on.get(node.name, ()), usage)
    found = []
    for pod in running:
        if namespace not in (None, pod.namespace):
            continue
        for item in pod.containers:
            use, limits = usage.of(pod, item.name), read_amounts(item.limits)
            found.append(
                Measured(
                    pod.ref,
                    pod.name,
                    pod.namespace,
                    pod.node_name,
                    item.name,
                    cpu.get((pod.uid, item.name), 0),
                    use.cpu,
                    use.memory,
                    limits["cpu"].milli if limits.get("cpu") else None,
                    limits["memory"].value if limits.get("memory") else None,
                )
            )
    return tuple(found)


def measured_nodes(reader: Reader, usage: Usage) -> tuple[MeasuredNode, ...]:
    """Measure the Nodes: the sum of what the containers on each use."""
    containers = measured(reader, usage)
    found = []
    for node in reader.list("nodes"):
        if not isinstance(node, Node):
            continue
        own = [item for item in containers if item.node == node.name]
        there = read_amounts(node.allocatable)
        found.append(
            MeasuredNode(
                node.name,
                sum(item.cpu for item in own),
                sum(item.memory for item in own),
                there["cpu"].milli if "cpu" in there else 0,
                there["memory"].value if "memory" in there else 0,
            )
        )
    return tuple(found)

"""What the containers use, as the Nodes measure it: what `kubectl top` prints, and what holds a container back."""

from __future__ import annotations

from typing import NamedTuple

from k8snotes.api.reader import Reader, nodes_of, pods_of
from k8snotes.catalogue import _
from k8snotes.control_plane.pod_resources import read_amounts
from k8snotes.facts.amounts import amount_text, percent
from k8snotes.node.metrics_server import measured
from k8snotes.node.usage import Usage

__all__ = ["TopContainer", "TopNode", "top_containers", "top_nodes"]


class TopContainer(NamedTuple):
    """What one container uses.

    Args:
        ref: the reference of its Pod: "pod/web-1".
        pod: the name of its Pod.
        namespace: the Namespace of its Pod.
        node: the Node that it runs on.
        container: its name.
        cpu: the CPU that it gets, in millicores.
        wants: the CPU that it would take if nothing held it back, in millicores.
        memory: the memory that it uses, in bytes.
        cpu_limit: its limit of CPU, in millicores; None if it has none.
        memory_limit: its limit of memory, in bytes; None if it has none.

    >>> TopContainer("pod/web-1", "web-1", "default", "node-1", "app", 100, 250, 0, 100, None).note
    'throttled: it would use 250m, but its limit is 100m'
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
        wants = amount_text("cpu", self.wants)
        if self.throttled and self.cpu_limit is not None:
            limit = amount_text("cpu", self.cpu_limit)
            return _("throttled: it would use {wants}, but its limit is {limit}", wants=wants, limit=limit)
        if self.wants > self.cpu:
            return _("waits for CPU: it would use {wants}, but the Node has no more for it", wants=wants)
        return ""


class TopNode(NamedTuple):
    """What the Pods on a Node use, and how much Pods may use.

    Args:
        name: its name.
        cpu: the CPU that is used, in millicores.
        memory: the memory that is used, in bytes.
        cpu_allocatable: the CPU that Pods may use, in millicores.
        memory_allocatable: the memory that Pods may use, in bytes.
    """

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


def top_containers(reader: Reader, usage: Usage, namespace: str | None = None) -> tuple[TopContainer, ...]:
    """Measure the containers of the Pods that run, by Namespace, Pod and container.

    Args:
        reader: the cluster.
        usage: what the containers would use if nothing held them back.
        namespace: the Namespace that is measured; None means all of them.
    """
    uses = measured(reader, usage)
    found = []
    for pod in pods_of(reader, namespace):
        if pod.uid not in uses:
            continue
        for item in pod.containers:
            use, limits = usage.of(pod, item.name), read_amounts(item.limits)
            found.append(
                TopContainer(
                    ref=pod.ref,
                    pod=pod.name,
                    namespace=pod.namespace,
                    node=pod.node_name,
                    container=item.name,
                    cpu=uses[pod.uid][item.name].cpu,
                    wants=use.cpu,
                    memory=use.memory,
                    cpu_limit=limits["cpu"].milli if limits.get("cpu") else None,
                    memory_limit=limits["memory"].value if limits.get("memory") else None,
                )
            )
    return tuple(found)


def top_nodes(reader: Reader, usage: Usage) -> tuple[TopNode, ...]:
    """Measure the Nodes: the sum of what the containers on each use."""
    containers = top_containers(reader, usage)
    found = []
    for node in nodes_of(reader):
        own = [item for item in containers if item.node == node.name]
        there = read_amounts(node.allocatable)
        found.append(
            TopNode(
                name=node.name,
                cpu=sum(item.cpu for item in own),
                memory=sum(item.memory for item in own),
                cpu_allocatable=there["cpu"].milli if "cpu" in there else 0,
                memory_allocatable=there["memory"].value if "memory" in there else 0,
            )
        )
    return tuple(found)

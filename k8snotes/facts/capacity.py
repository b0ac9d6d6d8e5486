"""What the Nodes have, what is set aside on them, and what is left for the next Pod."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from k8snotes.api.base import mapping
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.reader import Reader, pods_of
from k8snotes.control_plane.scheduling.node_info import NodeInfo, needs_of
from k8snotes.control_plane.scheduling.requests import amounts
from k8snotes.facts.account import account_of
from k8snotes.facts.amounts import order, percent
from k8snotes.facts.states import node_state
from k8snotes.facts.workloads import Workloads
from k8snotes.heap import unswept
from k8snotes.node.usage import Usage, granted

__all__ = [
    "Capacity",
    "NodeCapacity",
    "Part",
    "Stock",
    "WaitingPod",
    "capacity",
    "node_capacity",
]


_OF_ALL = ("cpu", "memory", "pods")  # a Pod uses these even if its manifest does not name them


class Part(NamedTuple):
    """What one Pod has of one resource, in the unit of its `Stock`.

    Args:
        ref: the reference of the Pod: "pod/web-1".
        name: its name.
        namespace: its Namespace.
        workload: the workload that made it ("Deployment/web"), "" if none did.
        request: how much it requests.
        limit: how much it may use; None if it has no limit.
        used: how much it uses.
    """

    ref: str
    name: str
    namespace: str
    workload: str
    request: int
    limit: int | None = None
    used: int = 0


class Stock(NamedTuple):
    """One resource of a Node, in millicores of CPU, in bytes, or in pieces.

    Args:
        name: the resource: "cpu", "memory", "pods" (each Pod requests one).
        capacity: what the machine has; the part that is not allocatable is for its own programs.
        allocatable: what Pods may request.
        requested: the sum of what the Pods on it request.
        parts: the Pods, with what each has of it.

    >>> cpu = Stock("cpu", capacity=4000, allocatable=4000, requested=500, parts=())
    >>> cpu.left, cpu.percent(500)
    (3500, 12)
    """

    name: str
    capacity: int
    allocatable: int
    requested: int
    parts: tuple[Part, ...]

    @property
    def left(self) -> int:
        """What the next Pod can have: never less than nothing, as the scheduler sees it."""
        return max(0, self.allocatable - self.requested)

    @property
    def limits(self) -> int:
        """The sum of the limits of those Pods that have one."""
        return sum(part.limit or 0 for part in self.parts)

    @property
    def unlimited(self) -> int:
        """How many Pods have no limit."""
        return sum(part.limit is None for part in self.parts)

    @property
    def used(self) -> int:
        """What the Pods use."""
        return sum(part.used for part in self.parts)

    def percent(self, amount: int) -> int:
        """Return an amount in percent of what is allocatable, as `kubectl describe node` prints it."""
        return percent(amount, self.allocatable)


class NodeCapacity(NamedTuple):
    """A Node with its resources.

    Args:
        name: its name.
        ref: its reference: "node/node-1".
        state: how it is: "Ready", "Ready, cordoned", "NotReady, memory low".
        stocks: its resources, CPU and memory first.
        ready: whether its condition Ready is True.
    """

    name: str
    ref: str
    state: str
    stocks: tuple[Stock, ...]
    ready: bool = True

    @property
    def well(self) -> bool:
        """Whether it is ready, not cordoned and not low on memory."""
        return self.state == "Ready"

    def stock(self, name: str) -> Stock:
        """Return one resource ("cpu", "memory", "pods"); of one that the Node lacks there is 0."""
        return next((item for item in self.stocks if item.name == name), Stock(name, 0, 0, 0, ()))

    @property
    def left(self) -> dict[str, int]:
        """What the next Pod can have of each resource."""
        return {item.name: item.left for item in self.stocks}

    @property
    def pods(self) -> int:
        """How many Pods are counted on it."""
        return self.stock("pods").requested


class WaitingPod(NamedTuple):
    """A Pod that has no Node yet.

    Args:
        ref: its reference: "pod/web-1".
        name: its name.
        namespace: its Namespace.
        workload: the workload that made it ("Deployment/web"), "" if none did.
        requests: what it requests, by resource: (("cpu", 500), ("memory", 268435456)).
    """

    ref: str
    name: str
    namespace: str
    workload: str
    requests: tuple[tuple[str, int], ...]


class Capacity(NamedTuple):
    """The Nodes with what is left on them, and the Pods that wait for a Node."""

    nodes: tuple[NodeCapacity, ...]
    waiting: tuple[WaitingPod, ...]

    def node(self, name: str) -> NodeCapacity:
        """Return a Node by its name.

        Raises:
            KeyError: there is no Node of this name.
        """
        for item in self.nodes:
            if item.name == name:
                return item
        raise KeyError(name)

    @property
    def pods(self) -> int:
        """How many Pods are counted on the Nodes."""
        return sum(item.pods for item in self.nodes)


@unswept()
def capacity(reader: Reader, usage: Usage | None = None, only: str | None = None) -> Capacity:
    """Read what the Nodes have, and what is left of it.

    The sums are the scheduler's own: the scheduler looks only at what is requested.

    Args:
        reader: the cluster.
        usage: what the containers use; None means nothing.
        only: the name of the one Node that is shown; None means all.

    Source of the rule: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-requests-are-scheduled
    """
    pods = pods_of(reader)
    workloads = Workloads(reader)
    infos = account_of(reader)
    used = usage or Usage()
    waiting = (pod for pod in pods if not pod.node_name and not pod.ended and not pod.terminating)
    return Capacity(
        tuple(node_capacity(info, used, workloads.of) for info in infos if only in (None, info.name)),
        tuple(_waiting(pod, workloads) for pod in waiting) if only is None else (),
    )


def node_capacity(info: NodeInfo, usage: Usage, made_by: Callable[[Pod], str]) -> NodeCapacity:
    """Read one Node of the scheduler's account.

    Args:
        info: the Node with the Pods that the scheduler counts on it.
        usage: what the containers use.
        made_by: names the workload that made a Pod, "" if none did.
    """
    node = info.node
    whole = amounts(mapping(node.status.get("capacity"))) or info.allocatable
    pods = sorted(info.pods.values(), key=lambda item: (item[0].namespace, item[0].name))
    names = [(pod.ref, pod.name, pod.namespace, made_by(pod)) for pod, _ in pods]
    used = _used(node, [pod for pod, _ in pods], usage)
    stocks = []
    for name in sorted({*info.allocatable, *info.used, "cpu", "memory", "pods"}, key=order):
        requests = [1] * len(pods) if name == "pods" else [needs.requests.get(name, 0) for _, needs in pods]
        parts = tuple(
            Part(
                *names[at],
                requests[at],
                needs.limits.get(name),
                used.get((pod.uid, name), 0),
            )
            for at, (pod, needs) in enumerate(pods)
            if requests[at] or needs.limits.get(name) or name in _OF_ALL
        )
        requested = len(info.pods) if name == "pods" else info.used.get(name, 0)
        there = info.allocatable.get(name, 0)
        stocks.append(Stock(name, whole.get(name, there), there, requested, parts))
    return NodeCapacity(info.name, node.ref, node_state(node), tuple(stocks), node.ready)


def _used(node: Node, pods: list[Pod], usage: Usage) -> dict[tuple[str, str], int]:
    """Return what the Pods on a Node use of cpu and memory, by uid and resource."""
    if not usage:
        return {}
    used: dict[tuple[str, str], int] = {}
    for (uid, _), milli in granted(node, pods, usage).items():
        used[uid, "cpu"] = used.get((uid, "cpu"), 0) + milli
    for pod in pods:
        used[pod.uid, "memory"] = usage.memory(pod)
    return used


def _waiting(pod: Pod, workloads: Workloads) -> WaitingPod:
    requests = tuple(sorted(needs_of(pod).requests.items(), key=lambda item: order(item[0])))
    return WaitingPod(pod.ref, pod.name, pod.namespace, workloads.of(pod), requests)

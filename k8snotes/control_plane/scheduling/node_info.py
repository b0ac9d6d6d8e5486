"""A Node as the scheduler sees it: what it can give, and what the Pods on it have taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane import caches
from k8snotes.control_plane.etcd import WatchEvent
from k8snotes.control_plane.scheduling.requests import (
    Amounts,
    HostPort,
    amounts,
    host_ports,
    pod_limits,
    pod_requests,
)

__all__ = ["Needs", "NodeInfo", "NodeInfos", "needs_of"]

# What a Pod that asks for nothing is taken to use when Nodes are compared
# (k8s.io/kubernetes/pkg/scheduler/util: DefaultMilliCPURequest, DefaultMemoryRequest).
_LEAST_CPU, _LEAST_MEMORY = 100, 200 * 1024 * 1024


class Needs(NamedTuple):
    """What a Pod of some specification needs of its Node; Pods with equal specifications share it.

    Its `spec` is what the scheduler reads of a specification: no volumes, and of containers their resources and ports.
    Its `limits` are kept beside its requests to be shown; no decision of the scheduler looks at them.
    """

    spec: dict[str, Any]
    requests: Amounts
    limits: Amounts
    ports: tuple[HostPort, ...]
    cpu: int
    memory: int
    anti_affinity: bool
    priority: int = 0


def needs_of(pod: Pod) -> Needs:
    """Return what a Pod needs of its Node.

    Pods that were made together share their containers; for those it is worked out once.

    Source of the rule: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
    """
    spec = pod.spec
    if not caches.enabled():
        return _needs(_asked(spec))
    containers = spec.get("containers")
    shared, before, needs = _SHARED.get(id(containers), (None, {}, None))
    if needs is not None and shared is containers and _same(before, spec):
        return needs
    needs = _needs_of_written(json.dumps(_asked(spec), sort_keys=True))
    if len(_SHARED) > _MOST_SHARED:
        _SHARED.clear()
    _SHARED[id(containers)] = containers, spec, needs
    return needs


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two specifications differ at most in what each Pod has for itself."""
    return all(a.get(key) is value for key, value in b.items() if key not in _OWN) and len(a) - len(
        a.keys() & _OWN
    ) == len(b) - len(b.keys() & _OWN)


def _asked(spec: dict[str, Any]) -> dict[str, Any]:
    """Return what the needs of a specification depend on.

    Its volumes are asked of the Pod itself, and each Pod of a real cluster has one with a name of its own, for its token.
    """
    asked = {key: value for key, value in spec.items() if key not in _OWN and key != "volumes"}
    for key in ("initContainers", "containers"):
        if key in asked:
            containers = mappings(asked[key])
            asked[key] = [
                {name: each[name] for name in _OF_CONTAINERS if name in each} for each in containers
            ]
    return asked


_OWN = {"nodeName", "hostname"}  # what one Pod has for itself
_OF_CONTAINERS = ("name", "resources", "ports", "restartPolicy")
_SHARED: dict[int, tuple[Any, dict[str, Any], Needs | None]] = {}


_MOST_SHARED = 4096


@lru_cache(maxsize=_MOST_SHARED)
def _needs_of_written(written: str) -> Needs:
    """Return the needs of a specification that is written as JSON; equal text, the same needs."""
    return _needs(json.loads(written))


def _needs(spec: dict[str, Any]) -> Needs:
    """Work out what a Pod of this specification needs."""
    requests = pod_requests(spec)
    return Needs(
        spec,
        requests,
        pod_limits(spec),
        host_ports(spec),
        requests.get("cpu") or _LEAST_CPU,
        requests.get("memory") or _LEAST_MEMORY,
        bool(mapping(spec.get("affinity")).get("podAntiAffinity")),
        spec["priority"] if isinstance(spec.get("priority"), int) else 0,
    )


class NodeInfo:
    """One Node and the Pods that are bound to it, with the sum of what they ask for."""

    def __init__(self, node: Node) -> None:
        self.pods: dict[str, tuple[Pod, Needs]] = {}
        self.used: Amounts = {}
        self.ports: dict[HostPort, int] = {}
        self.owners: dict[str, int] = {}
        self.priorities: dict[int, int] = {}  # how many of its Pods have each priority
        self.owner_of: dict[str, str] = {}  # by uid, as it was when the Pod was counted in
        self.cpu = self.memory = 0
        self.set_node(node)

    def set_node(self, node: Node) -> None:
        """Take the Node as it is now."""
        self.node = node
        self.name = node.name
        self.allocatable = amounts(node.allocatable)
        closed = node.unschedulable or node.taints
        self.size = None if closed else tuple(sorted(self.allocatable.items()))

    def state(self, owner: str) -> tuple[Any, ...] | None:
        """Return what decides whether a Pod fits, and how well, if labels and ports do not matter to it.

        Nodes of the same state are equally good. None for a Node with taints, and for one that is unschedulable.

        Args:
            owner: the uid of the Pod's controller.
        """
        if self.size is None:
            return None
        owned = self.owners.get(owner, 0)
        return self.size, len(self.pods), self.cpu, self.memory, owned, tuple(self.used.items())

    def add(self, pod: Pod, needs: Needs) -> None:
        """Count a Pod in."""
        uid = pod.uid
        self.pods[uid] = pod, needs
        self.owner_of[uid] = text((pod.owner or {}).get("uid"))
        self._count(uid, needs, 1)

    def remove(self, uid: str) -> None:
        """Count a Pod out."""
        _, needs = self.pods.pop(uid)
        self._count(uid, needs, -1)
        del self.owner_of[uid]

    def _count(self, uid: str, needs: Needs, sign: int) -> None:
        """Add what a Pod needs to what is used, or take it away (`sign` -1)."""
        for name, value in needs.requests.items():
            self.used[name] = self.used.get(name, 0) + sign * value
        self.cpu += sign * needs.cpu
        self.memory += sign * needs.memory
        self.priorities[needs.priority] = self.priorities.get(needs.priority, 0) + sign
        for port in needs.ports:
            self.ports[port] = self.ports.get(port, 0) + sign
        owner = self.owner_of[uid]
        self.owners[owner] = self.owners.get(owner, 0) + sign

    def copy(self) -> NodeInfo:
        """Return an independent account in the same state."""
        other = NodeInfo(self.node)
        other.pods, other.used = self.pods.copy(), self.used.copy()
        other.ports, other.owners = self.ports.copy(), self.owners.copy()
        other.owner_of, other.priorities = self.owner_of.copy(), self.priorities.copy()
        other.cpu, other.memory = self.cpu, self.memory
        return other


class NodeInfos:
    """All Nodes with their Pods, kept up to date from what is watched."""

    def __init__(self) -> None:
        self._nodes: dict[str, NodeInfo] = {}
        self._strays: dict[str, tuple[Pod, Needs]] = {}  # bound to a Node that is not there (any more)
        self._where: dict[str, str] = {}
        self.repelling: dict[str, str] = {}  # Pods with anti-affinity, and their Nodes
        self.nominated: dict[str, tuple[Pod, Needs]] = {}  # Pods without a Node that wait for others to go
        self.nominations_changed = 0  # how often one of these has come, changed or gone
        self.nodes_changed = 0  # how often a Node has come, changed or gone
        self.touched: list[str] = []  # the Nodes that have taken or lost a Pod, in order

    @classmethod
    def of(cls, nodes: Iterable[KubeObject], pods: Iterable[KubeObject]) -> NodeInfos:
        """Return the account of these Nodes and of the Pods that are bound to them and have not ended.

        It is what watching them from the beginning comes to; a scheduler that was stopped midway starts from it.
        """
        infos = cls()
        for node in nodes:
            if isinstance(node, Node):
                infos._see_node(node, gone=False)
        for pod in pods:
            if isinstance(pod, Pod) and not pod.ended:
                infos._see_pod(pod)
        return infos

    def __iter__(self) -> Iterator[NodeInfo]:
        return iter(self._nodes[name] for name in sorted(self._nodes))

    def __len__(self) -> int:
        return len(self._nodes)

    def get(self, name: str) -> NodeInfo | None:
        """Return the Node of this name, or None."""
        return self._nodes.get(name)

    def see(self, event: WatchEvent) -> None:
        """Take in a change of a Node or a Pod."""
        obj = event.object
        if isinstance(obj, Node):
            self._see_node(obj, gone=event.type == "DELETED")
        elif isinstance(obj, Pod):
            if event.type == "DELETED" or obj.ended:
                self.remove(obj.uid)
            else:
                self._see_pod(obj)

    def _see_pod(self, pod: Pod) -> None:
        """Count a Pod in: at its Node, or at the one that is nominated for it."""
        if pod.node_name:
            self.add(pod)
        elif self.nominated or "nominatedNodeName" in pod.status:
            self.nominate(pod)

    def nominate(self, pod: Pod) -> None:
        """Take in which Node is nominated for a Pod that has none: others leave its place to it.

        A Pod that has its place already is counted there.

        Source of the rule: `nominator` in k8s.io/kubernetes/pkg/scheduler/backend/queue
        """
        node = text(pod.status.get("nominatedNodeName"))
        before = self.nominated.pop(pod.uid, None)
        if node and pod.uid not in self._where:
            self.nominated[pod.uid] = pod, needs_of(pod)
        if before is not None or pod.uid in self.nominated:
            self.nominations_changed += 1

    def guests(self, node: str, priority: int, uid: str) -> list[tuple[Pod, Needs]]:
        """Return the Pods for which a Node is nominated and that go before a Pod there.

        Args:
            node: the name of the Node.
            priority: the priority of the Pod: of those with a lower one it takes the place.
            uid: the uid of the Pod, which is not its own guest.

        Source of the rule: `addGENominatedPods` in k8s.io/kubernetes/pkg/scheduler/framework/runtime
        """
        return [
            (pod, needs)
            for pod, needs in self.nominated.values()
            if needs.priority >= priority and pod.uid != uid and pod.status.get("nominatedNodeName") == node
        ]

    def add(self, pod: Pod, needs: Needs | None = None) -> None:
        """Count a Pod in at the Node that it is bound to; one that is counted already is only kept as it is now."""
        name, uid = pod.node_name, pod.uid
        if self._where.get(uid) == name:
            info = self._nodes.get(name)
            if info is not None:
                info.pods[uid] = pod, info.pods[uid][1]
            return
        if uid in self._where or self.nominated:
            self.remove(uid)
        needs = needs or needs_of(pod)
        self._where[uid] = name
        if needs.anti_affinity:
            self.repelling[uid] = name
        info = self._nodes.get(name)
        if info is None:
            self._strays[uid] = pod, needs
        else:
            info.add(pod, needs)
            self.touched.append(name)

    def remove(self, uid: str) -> None:
        """Count a Pod out, if it was counted."""
        name = self._where.pop(uid, None)
        self._strays.pop(uid, None)
        self.repelling.pop(uid, None)
        if self.nominated.pop(uid, None) is not None:
            self.nominations_changed += 1
        info = None if name is None else self._nodes.get(name)
        if info is not None and uid in info.pods:
            info.remove(uid)
            self.touched.append(info.name)

    def refresh(self, current: Callable[[Pod], KubeObject | None]) -> None:
        """Take in how all Pods are now: what their kubelets say of them changes no account, and may not be known here.

        Args:
            current: returns a Pod as it is now, None if it is gone.
        """
        for info in self._nodes.values():
            for uid, (pod, needs) in info.pods.items():
                now = current(pod)
                if isinstance(now, Pod) and now.uid == uid and now.node_name:
                    info.pods[uid] = now, needs

    def has_below(self, priority: int) -> bool:
        """Whether a Pod of lower priority runs anywhere."""
        return any(
            number and known < priority
            for info in self._nodes.values()
            for known, number in info.priorities.items()
        )

    def copy(self) -> NodeInfos:
        """Return an independent account in the same state."""
        other = NodeInfos()
        other._nodes = {name: info.copy() for name, info in self._nodes.items()}
        other._strays, other._where = self._strays.copy(), self._where.copy()
        other.repelling, other.nominated = self.repelling.copy(), self.nominated.copy()
        return other

    def _see_node(self, node: Node, *, gone: bool) -> None:
        """Take in a Node that has come, changed or gone; Pods that are bound to it wait for it."""
        info = self._nodes.get(node.name)
        self.nodes_changed += 1
        if gone:
            if info is not None:
                self._strays |= info.pods
                del self._nodes[node.name]
        elif info is not None:
            info.set_node(node)
        else:
            info = self._nodes[node.name] = NodeInfo(node)
            for uid in [uid for uid in self._strays if self._where.get(uid) == node.name]:
                info.add(*self._strays.pop(uid))

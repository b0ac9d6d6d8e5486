"""The overview of a cluster of any size: Namespaces, Services, workloads and Nodes, each with its Pods counted by state.

What needs attention comes first. The order is that of the names otherwise, so the same cluster is always told alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from k8snotes.api.base import KubeObject, mapping
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.reader import Reader, nodes_of, pods_of, services_of
from k8snotes.control_plane.scheduling.node_info import NodeInfo
from k8snotes.facts.account import account_of
from k8snotes.facts.amounts import percent
from k8snotes.facts.pod_status import pod_status
from k8snotes.facts.states import node_state, state_of
from k8snotes.facts.workloads import Workloads
from k8snotes.heap import unswept
from k8snotes.network.endpoints import EndpointIndex
from k8snotes.node.metrics_server import measured
from k8snotes.node.usage import Usage

__all__ = ["FULL", "STATES", "WELL", "Group", "NodeSeen", "Overview", "PodSeen", "Share", "Tally", "overview"]

STATES = ("restarting", "Failed", "no Node yet", "Pending", "not ready", "terminating", "ready", "Succeeded")
"""The states of Pods, those first that need attention most; a restarting Pod waits for its container's next start."""
FULL = 90
"""Percent of what is allocatable: a Node of which so much is requested is called nearly full."""

WELL = ("ready", "Succeeded")
_NUMBER = re.compile(r"(\d+)")


class Tally(NamedTuple):
    """Pods counted by state.

    Args:
        states: each state that some of them have with their number, in the order of `STATES`.
        restarts: how often their containers were started again.

    >>> tally = Tally((("not ready", 1), ("ready", 4)))
    >>> tally.pods, tally.ready, tally.troubled
    (5, 4, 1)
    """

    states: tuple[tuple[str, int], ...] = ()
    restarts: int = 0

    @property
    def pods(self) -> int:
        """How many Pods there are."""
        return sum(number for _state, number in self.states)

    @property
    def ready(self) -> int:
        """How many are ready."""
        return self.of("ready")

    @property
    def troubled(self) -> int:
        """How many are neither ready nor done."""
        return sum(number for state, number in self.states if state not in WELL)

    def of(self, state: str) -> int:
        """Return how many have a state."""
        return dict(self.states).get(state, 0)


class PodSeen(NamedTuple):
    """A Pod of the overview.

    Args:
        ref: its reference: "pod/web-1".
        name: its name.
        namespace: its Namespace.
        node: its Node, "" while it has none.
        workload: the workload that made it ("Deployment/web"), "" if none did.
        state: one of `STATES`.
        status: what kubectl says in STATUS: "CrashLoopBackOff"; "" for a Pod that is ready.
        restarts: how often its containers were started again.
    """

    ref: str
    name: str
    namespace: str
    node: str
    workload: str
    state: str
    status: str = ""
    restarts: int = 0


class Group(NamedTuple):
    """A Namespace, a workload or a Service with its Pods.

    Args:
        ref: its reference, by which `c.overview` shows it: "namespace/shop", "shop/deployment/web".
        name: its name; "" for Pods that no workload made.
        namespace: its Namespace; "" for a Namespace.
        kind: its kind: "Deployment"; "" for Pods that no workload made.
        tally: its Pods.
        services: how many Services a Namespace has.
        unserved: how many of them have no ready endpoint.
        served: whether a Service has an endpoint that gets traffic, or needs none.
    """

    ref: str
    name: str
    namespace: str
    kind: str
    tally: Tally
    services: int = 0
    unserved: int = 0
    served: bool = True

    @property
    def needs_attention(self) -> bool:
        """Whether a Pod of it is neither ready nor done, or a Service without a ready endpoint."""
        return bool(self.tally.troubled or self.unserved or not self.served)


class Share(NamedTuple):
    """One resource of a Node: what is requested of it and what is used, in millicores of CPU, bytes, or Pods.

    `used` is None where nothing measures it.
    """

    name: str
    requested: int
    allocatable: int
    used: int | None = None

    @property
    def percent(self) -> int:
        """What is requested, in percent of what is allocatable."""
        return percent(self.requested, self.allocatable)

    @property
    def percent_used(self) -> int:
        """What is used, in percent of what is allocatable; 0 where nothing measures it."""
        return percent(self.used or 0, self.allocatable)


class NodeSeen(NamedTuple):
    """A Node of the overview.

    Args:
        ref: its reference: "node/node-1".
        name: its name.
        state: how it is: "Ready", "NotReady", "Ready, cordoned, memory low".
        ready: whether its condition Ready is True.
        tally: the Pods on it that are counted: all of them, or those of the subject.
        shares: its CPU, its memory and its places for Pods; () for a name that only Pods have, no Node.
    """

    ref: str
    name: str
    state: str
    ready: bool
    tally: Tally
    shares: tuple[Share, ...]

    @property
    def well(self) -> bool:
        """Whether it is ready, not cordoned and not low on memory."""
        return self.state == "Ready"

    @property
    def percent(self) -> int:
        """The largest part that is requested of any resource, in percent."""
        return max((share.percent for share in self.shares), default=0)

    @property
    def full(self) -> bool:
        """Whether nearly all of some resource is requested."""
        return self.percent >= FULL

    def share(self, name: str) -> Share:
        """Return the share of a resource: "cpu", "memory" or "pods"."""
        return next((item for item in self.shares if item.name == name), Share(name, 0, 0))


class Overview(NamedTuple):
    """A cluster, or one Namespace, workload, Service or Node of it.

    Args:
        ref: the reference of the subject; "" for the whole cluster.
        kind: its kind: "Namespace", "Deployment", "Service", "Node"; "" for the whole cluster.
        name: its name.
        tally: its Pods by state.
        namespaces: the Namespaces that it has Pods or Services in.
        services: its Services; () for the whole cluster, whose Namespaces count them.
        workloads: its workloads; () for the whole cluster.
        nodes: the Nodes of the cluster, or those that its Pods are on.
        pods: its Pods, those first that need attention; of the whole cluster only these.
        measured: whether something measures what Pods use.

    >>> import k8snotes as kn
    >>> facts = kn.load("guestbook").overview().facts
    >>> [(group.name, group.tally.pods, group.services) for group in facts.namespaces], len(facts.nodes)
    ([('default', 9, 4)], 3)
    """

    ref: str
    kind: str
    name: str
    tally: Tally
    namespaces: tuple[Group, ...]
    services: tuple[Group, ...]
    workloads: tuple[Group, ...]
    nodes: tuple[NodeSeen, ...]
    pods: tuple[PodSeen, ...]
    measured: bool = False


@unswept()
def overview(
    reader: Reader, subject: KubeObject | None = None, usage: Usage | None = None, *, found: bool = False
) -> Overview:
    """Count the Pods of a cluster, or of one object of it, by state, Namespace, Service, workload and Node.

    Args:
        reader: the cluster.
        subject: a Namespace, a workload, a Service or a Node; None for the whole cluster.
        usage: what containers use, where a reader has said it.
        found: whether the cluster is a dump.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
    """
    return _Look(reader, subject, usage, found=found).facts()


class _Count:
    """Pods that are counted one by one."""

    __slots__ = ("restarts", "states")

    def __init__(self) -> None:
        self.states: dict[str, int] = {}
        self.restarts = 0

    def add(self, state: str, restarts: int) -> None:
        """Count a Pod."""
        self.states[state] = self.states.get(state, 0) + 1
        self.restarts += restarts

    @property
    def tally(self) -> Tally:
        """What was counted, in the order of `STATES`; first a phase that Kubernetes does not have."""
        known = [state for state in STATES if state in self.states]
        others = sorted(state for state in self.states if state not in STATES)
        return Tally(tuple((state, self.states[state]) for state in (*others, *known)), self.restarts)


class _Counts(dict[str, _Count]):
    """Counts by a name, such as that of a Namespace."""

    def of(self, name: str) -> _Count:
        """Return the count of a name."""
        count = self.get(name)
        if count is None:
            count = self[name] = _Count()
        return count

    def tally_of(self, name: str) -> Tally:
        """Return what was counted for a name."""
        return self[name].tally if name in self else Tally()


class _Look:
    """One look at a cluster: its Pods are read once, and each is judged once."""

    def __init__(
        self, reader: Reader, subject: KubeObject | None, usage: Usage | None, *, found: bool
    ) -> None:
        self.reader, self.subject, self.usage, self.found = reader, subject, usage, found
        self.measures = bool(usage and usage.told)
        self.workloads = Workloads(reader)
        self.home = (
            None if subject is None or isinstance(subject, Node) else subject.namespace or subject.name
        )
        self.index: EndpointIndex | None = None

    def facts(self) -> Overview:
        """Return the overview."""
        subject = self.subject
        whole = subject is None
        seen: list[
            PodSeen
        ] = []  # of the whole cluster only those that need attention: the others are counted
        total, homes, machines = _Count(), _Counts(), _Counts()
        for pod in self._pods():
            state, status, restarts = _state(pod)
            node = pod.node_name
            for count in (total, homes.of(pod.namespace), *((machines.of(node),) if node else ())):
                count.add(state, restarts)
            if not whole or state not in WELL:
                maker = self.workloads.of(pod)
                seen.append(PodSeen(pod.ref, pod.name, pod.namespace, node, maker, state, status, restarts))
        services = self._services(seen)
        return Overview(
            ref="" if subject is None else subject.ref,
            kind="" if subject is None else subject.kind,
            name="" if subject is None else subject.name,
            tally=total.tally,
            namespaces=_namespaces(homes, services),
            services=() if subject is None else services,
            workloads=() if subject is None else self._workloads(seen),
            nodes=self._nodes(machines),
            pods=tuple(sorted(seen, key=_attention_of_pod)),
            measured=self.measures,
        )

    def _pods(self) -> list[Pod]:
        """Return the Pods of the subject."""
        subject = self.subject
        if subject is None or isinstance(subject, Node):
            pods = pods_of(self.reader)
            return pods if subject is None else [pod for pod in pods if pod.node_name == subject.name]
        if isinstance(subject, Service):
            index = self._index()
            return [index.pods[at] for at in index.selected(subject)]
        pods = pods_of(self.reader, self.home)
        if subject.kind == "Namespace":
            return pods
        called = f"{subject.kind}/{subject.name}"
        return [pod for pod in pods if self.workloads.of(pod) == called or _owned_by(pod, subject)]

    def _index(self) -> EndpointIndex:
        if self.index is None:
            self.index = EndpointIndex(self.reader, found=self.found, namespace=self.home)
        return self.index

    def _services(self, seen: Sequence[PodSeen]) -> tuple[Group, ...]:
        """Return the Services of the subject with the Pods that they select: a Node's, those of its Pods."""
        subject = self.subject
        if isinstance(subject, Node):
            chosen: list[Service] = []
        else:
            chosen = [subject] if isinstance(subject, Service) else services_of(self.reader, self.home)
        by_ref = {} if subject is None else {pod.ref: pod for pod in seen}
        of_workload = subject is not None and subject.kind not in ("Namespace", "Service", "Node")
        index = self._index() if chosen else None
        groups = []
        for service in chosen:
            if index is None or service.ref == "service/kubernetes":
                continue
            served = index.serves(service)
            own = Tally()
            if subject is not None:
                refs = [index.pods[at].ref for at in index.selected(service)]
                if of_workload and not any(ref in by_ref for ref in refs):
                    continue
                own = _tally(by_ref[ref] for ref in refs if ref in by_ref)
            groups.append(Group(service.ref, service.name, service.namespace, "Service", own, served=served))
        return tuple(sorted(groups, key=_attention))

    def _workloads(self, seen: Sequence[PodSeen]) -> tuple[Group, ...]:
        by_maker: dict[tuple[str, str], list[PodSeen]] = {}
        for pod in seen:
            by_maker.setdefault((pod.namespace, pod.workload), []).append(pod)
        groups = []
        for (home, maker), pods in by_maker.items():
            kind, _slash, name = maker.partition("/")
            place = "" if home == "default" else f"{home}/"
            ref = f"{place}{kind.lower()}/{name}" if maker else ""
            groups.append(Group(ref, name, home, kind, _tally(pods)))
        return tuple(sorted(groups, key=_attention))

    def _nodes(self, counts: _Counts) -> tuple[NodeSeen, ...]:
        """Return the Nodes by the scheduler's own account of what is requested."""
        account = account_of(self.reader)
        used = self._used() if self.measures else {}
        found = [
            NodeSeen(
                node.ref,
                node.name,
                node_state(node),
                node.ready,
                counts.tally_of(node.name),
                _shares(info, used.get(node.name)),
            )
            for node in nodes_of(self.reader)
            if self._shows(node, counts) and (info := account.get(node.name)) is not None
        ]
        return tuple(sorted(found, key=_attention_of_node))

    def _shows(self, node: Node, counts: _Counts) -> bool:
        if isinstance(self.subject, Node):
            return node.name == self.subject.name
        return self.subject is None or node.name in counts

    def _used(self) -> dict[str, tuple[int, int]]:
        """Return what the Pods on each Node use: millicores of CPU, and bytes of memory."""
        uses = measured(self.reader, self.usage) if self.usage else {}
        sums: dict[str, tuple[int, int]] = {}
        for pod in pods_of(self.reader):
            cpu, memory = sums.get(pod.node_name, (0, 0))
            for use in uses.get(pod.uid, {}).values():
                cpu, memory = cpu + use.cpu, memory + use.memory
            sums[pod.node_name] = cpu, memory
        return sums


def _shares(info: NodeInfo, used: tuple[int, int] | None) -> tuple[Share, ...]:
    requested, there = info.used, info.allocatable
    return (
        Share("cpu", requested.get("cpu", 0), there.get("cpu", 0), used[0] if used else None),
        Share("memory", requested.get("memory", 0), there.get("memory", 0), used[1] if used else None),
        Share("pods", len(info.pods), there.get("pods", 0)),
    )


def _namespaces(counts: _Counts, services: Sequence[Group]) -> tuple[Group, ...]:
    """Return the Namespaces that have Pods or Services."""
    counted = Counter(item.namespace for item in services)
    lacking = Counter(item.namespace for item in services if not item.served)
    groups = [
        Group(f"namespace/{name}", name, "", "Namespace", counts.tally_of(name), counted[name], lacking[name])
        for name in dict.fromkeys((*counts, *counted))
    ]
    return tuple(sorted(groups, key=_attention))


def _tally(pods: Iterable[PodSeen]) -> Tally:
    count = _Count()
    for pod in pods:
        count.add(pod.state, pod.restarts)
    return count.tally


def _state(pod: Pod) -> tuple[str, str, int]:
    """Return the state of a Pod, what kubectl says in STATUS ("" if it is ready), and its restarts."""
    state = state_of(pod)
    if state not in WELL:
        _ready, status, restarts = pod_status(pod)
        if state in ("not ready", "Pending") and any(map(_backs_off, pod.container_statuses)):
            state = "restarting"
        return state, status, restarts
    return state, "", sum([int(item.get("restartCount") or 0) for item in pod.container_statuses])


def _owned_by(pod: Pod, owner: KubeObject) -> bool:
    return mapping(pod.owner).get("uid") == owner.uid != ""


def _backs_off(status: Mapping[str, object]) -> bool:
    """Whether a container waits for its next start: it has ended too often."""
    return mapping(mapping(status.get("state")).get("waiting")).get("reason") == "CrashLoopBackOff"


# ---- what comes first


def natural(name: str) -> tuple[tuple[str, int], ...]:
    """Return a key by which "node-9" comes before "node-10".

    >>> sorted(["node-10", "node-9"], key=natural)
    ['node-9', 'node-10']
    """
    parts = _NUMBER.split(name)
    return tuple(("", int(part)) if at % 2 else (part, 0) for at, part in enumerate(parts))


_Key = tuple[object, ...]


def _attention(group: Group) -> _Key:
    tally = group.tally
    return (
        not group.needs_attention,
        group.served,
        -tally.troubled,
        -group.unserved,
        *(-tally.of(state) for state in STATES[:5]),
        natural(group.namespace),
        natural(group.name),
    )


def _attention_of_pod(pod: PodSeen) -> _Key:
    rank = STATES.index(pod.state) if pod.state in STATES else 0
    return rank, -pod.restarts, natural(pod.namespace), natural(pod.name)


def _attention_of_node(node: NodeSeen) -> _Key:
    return (
        node.ready,
        node.well,
        not node.full,
        -node.percent if node.full else 0,
        -node.tally.of("restarting"),
        -node.percent,
        natural(node.name),
    )

"""What runs where: the programs of the Master, the Nodes with theirs, and the Pods on each Node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from k8snotes.api import gateway_api
from k8snotes.api.base import mappings, text
from k8snotes.api.kind import LAST
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.reader import Reader, nodes_of, pods_of
from k8snotes.api.registry import custom_kind, find_resource
from k8snotes.catalogue import Text
from k8snotes.control_plane.apiserver import Change
from k8snotes.facts.states import container_state, node_state, state_of, taint_words
from k8snotes.facts.timeline import Entry, counted, timeline
from k8snotes.facts.troubles import Trouble, troubles
from k8snotes.facts.workloads import Workloads
from k8snotes.heap import unswept
from k8snotes.node.static_pods import is_mirror
from k8snotes.screen import printable

__all__ = ["Architecture", "RunningPod", "Stored", "WorkerNode", "architecture"]


class RunningPod(NamedTuple):
    """A Pod as its Node runs it.

    Args:
        ref: its reference: "pod/web-1".
        name: its name.
        namespace: its Namespace.
        node: its Node, "" while it has none.
        state: how it is, in a word or two.
        workload: the workload that made it ("Deployment/web"), "" if none did.
        ip: its Pod IP, "" while it has none.
        containers: each container's name and how it is; the pause container is not among them.
        paused: whether the pause container runs: it holds the Pod's network as long as the Pod has an IP.
        restarts: how often the kubelet restarted containers, all together.
        static: whether the kubelet runs it from a file, without the scheduler.
    """

    ref: str
    name: str
    namespace: str
    node: str
    state: str
    workload: str
    ip: str
    containers: tuple[tuple[str, str], ...]
    paused: bool
    restarts: int = 0
    static: bool = False


class WorkerNode(NamedTuple):
    """A Node and the Pods that are bound to it.

    Args:
        name: its name.
        ip: its Node IP.
        state: how it is: "Ready", "NotReady", "Ready, cordoned".
        pods: the Pods that are bound to it.
        taints: its taints as kubectl writes them: "dedicated=db:NoSchedule".
        ready: whether its condition Ready is True.
        cordoned: whether it is closed to new Pods.
    """

    name: str
    ip: str
    state: str
    pods: tuple[RunningPod, ...]
    taints: tuple[str, ...] = ()
    ready: bool = True
    cordoned: bool = False

    @property
    def well(self) -> bool:
        """Whether it is ready, not cordoned and not low on memory."""
        return self.state == "Ready"


@dataclass(frozen=True, slots=True)
class Stored:
    """How many objects of a kind etcd stores.

    >>> print(Stored("Pod", 3))
    3 Pods
    """

    kind: str
    count: int

    @property
    def words(self) -> Text:
        """The number with the kind."""
        return counted(self.count, self.kind)

    @printable
    def __str__(self) -> str:
        return str(self.words)


class Architecture(NamedTuple):
    """The Master (today: control plane) and the Nodes.

    Args:
        controllers: the loops that run in kube-controller-manager.
        stored: what etcd stores.
        nodes: the Nodes.
        waiting: the Pods that have no Node yet.
        acts: the last changes, if the picture is one of several.
        troubles: the workloads whose conditions say that they have a problem.
    """

    controllers: tuple[str, ...]
    stored: tuple[Stored, ...]
    nodes: tuple[WorkerNode, ...]
    waiting: tuple[RunningPod, ...]
    acts: tuple[Entry, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    @property
    def acting(self) -> tuple[str, ...]:
        """The components that have just acted: "kube-scheduler", "kubelet on node-1"."""
        return tuple(dict.fromkeys(entry.who for entry in self.acts))

    @property
    def pods(self) -> tuple[RunningPod, ...]:
        """All Pods: those of the Nodes in order, then those without a Node."""
        return (*(pod for node in self.nodes for pod in node.pods), *self.waiting)


@unswept()
def architecture(
    reader: Reader,
    *,
    controllers: Sequence[str] = (),
    counts: Mapping[str, int] | None = None,
    changes: Sequence[Change] = (),
    namespace: str | None = None,
) -> Architecture:
    """Read what runs where.

    Args:
        reader: the cluster.
        controllers: the names of the loops that run in kube-controller-manager.
        counts: how many objects etcd stores, by resource ("pods", "deployments.apps").
        changes: the last changes.
        namespace: the Namespace of the Pods that are shown; None means all of them.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/components/
    """
    workloads = Workloads(reader)
    on: dict[str, list[RunningPod]] = {}
    for pod in pods_of(reader, namespace):
        on.setdefault(pod.node_name, []).append(_pod(pod, workloads.of(pod)))
    nodes = nodes_of(reader)
    known = {node.name for node in nodes}
    lost = [pod for name, pods in on.items() if name and name not in known for pod in pods]
    return Architecture(
        tuple(controllers),
        tuple(_stored(counts or {})),
        tuple(
            WorkerNode(
                name=node.name,
                ip=node.ip,
                state=node_state(node),
                pods=tuple(on.get(node.name, ())),
                taints=tuple(taint_words(item) for item in node.taints),
                ready=node.ready,
                cordoned=node.unschedulable,
            )
            for node in nodes
        ),
        (*on.get("", ()), *lost),
        timeline(changes, reader).entries,
        troubles(reader, namespace),
    )


def _pod(pod: Pod, workload: str) -> RunningPod:
    statuses = {text(item.get("name")): item for item in mappings(pod.status.get("containerStatuses"))}
    containers = tuple((item.name, container_state(statuses.get(item.name, {}))) for item in pod.containers)
    restarts = sum(_whole(item.get("restartCount")) for item in statuses.values())
    return RunningPod(
        ref=pod.ref,
        name=pod.name,
        namespace=pod.namespace,
        node=pod.node_name,
        state=state_of(pod),
        workload=workload,
        ip=pod.ip,
        containers=containers,
        paused=bool(pod.ip) and not pod.ended,
        restarts=restarts,
        static=is_mirror(pod),
    )


def _stored(counts: Mapping[str, int]) -> Iterator[Stored]:
    """Yield what etcd stores, in the order of interest: Nodes and Namespaces before the objects in them."""

    def place(name: str) -> tuple[bool, bool, int, str]:
        kind = kinds[name]
        return kind.rank == LAST, kind.namespaced, kind.rank, kind.kind

    defined = {kind.qualified: kind for kind in gateway_api.KINDS}
    kinds = {
        name: find_resource(name) or defined.get(name) or custom_kind("", name.partition(".")[0])
        for name in counts
    }
    for name in sorted(kinds, key=place):
        if counts[name]:
            yield Stored(kinds[name].kind, counts[name])


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0

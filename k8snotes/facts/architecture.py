"""What runs where: the programs of the Master, the Nodes with theirs, and the Pods on each Node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.registry import find_resource
from k8snotes.control_plane.apiserver import Change
from k8snotes.facts.reading import Reader, Workloads, pods_of, state_of, taint_words
from k8snotes.facts.timeline import Entry, timeline
from k8snotes.node.static_pods import is_mirror

__all__ = ["Architecture", "RunningPod", "Stored", "WorkerNode", "architecture", "container_state"]


@dataclass(frozen=True, slots=True)
class RunningPod:
    """A Pod as its Node runs it: `containers` are names and how they are; the pause container is not among them.

    `paused` is whether the pause container runs: it has held the Pod's network since the Pod has an IP.
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


@dataclass(frozen=True, slots=True)
class WorkerNode:
    """A Node, how it is ("Ready", "NotReady", "Ready, cordoned"), its taints, and the Pods bound to it."""

    name: str
    ip: str
    state: str
    pods: tuple[RunningPod, ...]
    taints: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether it is ready and takes new Pods."""
        return self.state == "Ready"


@dataclass(frozen=True, slots=True)
class Stored:
    """How many objects of a kind etcd keeps."""

    kind: str
    count: int

    def __str__(self) -> str:
        several = self.count != 1 and not self.kind.endswith("s")
        return f"{self.count} {self.kind}{'s' if several else ''}"


@dataclass(frozen=True, slots=True)
class Architecture:
    """The Master (today: control plane) and the Nodes.

    `controllers` run in kube-controller-manager; `stored` is what etcd keeps; `waiting` the Pods that have
    no Node yet; `acts` what was done last, where the picture is one of several.
    """

    controllers: tuple[str, ...]
    stored: tuple[Stored, ...]
    nodes: tuple[WorkerNode, ...]
    waiting: tuple[RunningPod, ...]
    acts: tuple[Entry, ...] = ()

    @property
    def acting(self) -> tuple[str, ...]:
        """Who has just acted: "kube-scheduler", "kubelet on node-1"."""
        return tuple(dict.fromkeys(entry.who for entry in self.acts))

    @property
    def pods(self) -> tuple[RunningPod, ...]:
        """All Pods: those of the Nodes in order, then those that wait."""
        return (*(pod for node in self.nodes for pod in node.pods), *self.waiting)


def architecture(
    reader: Reader,
    *,
    controllers: Sequence[str] = (),
    counts: Mapping[str, int] | None = None,
    changes: Sequence[Change] = (),
    namespace: str | None = None,
) -> Architecture:
    """Read what runs where; `counts` are the objects in etcd by resource, `changes` what was done last.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/components/
    """
    workloads = Workloads(reader)
    on: dict[str, list[RunningPod]] = {}
    for pod in pods_of(reader, namespace):
        on.setdefault(pod.node_name, []).append(_pod(pod, workloads.of(pod)))
    nodes = [obj for obj in reader.list("nodes") if isinstance(obj, Node)]
    known = {node.name for node in nodes}
    lost = [pod for name, pods in on.items() if name and name not in known for pod in pods]
    stored = [Stored(_kind(name), number) for name, number in (counts or {}).items() if number]
    return Architecture(
        tuple(controllers),
        tuple(sorted(stored, key=lambda item: (_RANK.get(item.kind, len(_RANK)), item.kind))),
        tuple(
            WorkerNode(
                node.name,
                node.ip,
                _node_state(node),
                tuple(on.get(node.name, ())),
                tuple(taint_words(item) for item in node.taints),
            )
            for node in nodes
        ),
        (*on.get("", ()), *lost),
        timeline(changes, reader).entries,
    )


def container_state(status: Mapping[str, object]) -> str:
    """Say how a container is, from its status: "running", "waiting: CrashLoopBackOff", "ended with 1".

    >>> container_state({"state": {"terminated": {"exitCode": 0}}})
    'ended with exit code 0'
    """
    state = mapping(status.get("state"))
    if "running" in state:
        return "running" if status.get("ready", True) else "running, not ready"
    ended = mapping(state.get("terminated"))
    if ended:
        return f"ended with exit code {ended.get('exitCode')}"
    reason = text(mapping(state.get("waiting")).get("reason"))
    return f"waiting: {reason}" if reason else "not started"


def _pod(pod: Pod, workload: str) -> RunningPod:
    statuses = {text(item.get("name")): item for item in mappings(pod.status.get("containerStatuses"))}
    containers = tuple((item.name, container_state(statuses.get(item.name, {}))) for item in pod.containers)
    restarts = sum(_whole(item.get("restartCount")) for item in statuses.values())
    ended = pod.ended
    return RunningPod(
        pod.ref,
        pod.name,
        pod.namespace,
        pod.node_name,
        state_of(pod),
        workload,
        pod.ip,
        containers,
        bool(pod.ip) and not ended,
        restarts,
        is_mirror(pod),
    )


def _kind(resource: str) -> str:
    found = find_resource(resource)
    return found.kind if found else resource.partition(".")[0]


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _node_state(node: Node) -> str:
    return ("Ready" if node.ready else "NotReady") + (", cordoned" if node.unschedulable else "")


_RANK = {
    kind: at
    for at, kind in enumerate(
        ("Node", "Namespace", "Pod", "Service", "Deployment", "ReplicaSet", "ReplicationController")
    )
}

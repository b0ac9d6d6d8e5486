"""Why a Pod has no Node: what each Node says to it, in the scheduler's words and with the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.plural import count
from k8snotes.api.reader import Reader, pods_of
from k8snotes.control_plane.scheduling.failure import failure_message
from k8snotes.control_plane.scheduling.filters import Refusal, refusal
from k8snotes.control_plane.scheduling.neighbours import Neighbours
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo, NodeInfos, needs_of
from k8snotes.control_plane.scheduling.taints import untolerated
from k8snotes.facts.amounts import amount_text, order
from k8snotes.facts.states import node_state, taint_words
from k8snotes.screen import printable

__all__ = ["Ask", "Verdict", "WhyPending", "why_pending"]


class Ask(NamedTuple):
    """One resource that a Pod asks of a Node, in millicores of CPU, in bytes, or in pieces.

    Args:
        name: the resource: "cpu", "memory", "pods" (the place that each Pod takes).
        asked: how much the Pod requests.
        allocatable: how much the Node has for Pods.
        requested: how much the Pods on it request already.

    >>> print(Ask("cpu", 500, 4000, 3800))
    asks 500m cpu, only 200m left: 3800m of 4 are requested
    """

    name: str
    asked: int
    allocatable: int
    requested: int

    @property
    def left(self) -> int:
        """What is left of it."""
        return max(0, self.allocatable - self.requested)

    @property
    def lacks(self) -> int:
        """How much too little is left; 0 if it is enough."""
        return max(0, self.asked - self.left)

    @property
    def hopeless(self) -> bool:
        """Whether the whole Node, empty, would have too little."""
        return self.asked > self.allocatable

    @printable
    def __str__(self) -> str:
        asks, left = amount_text(self.name, self.asked), amount_text(self.name, self.left)
        if not self.lacks:
            return f"asks {asks} {self.name}, {left} left"
        if self.hopeless:
            return (
                f"asks {asks} {self.name}, and the whole Node has {amount_text(self.name, self.allocatable)}"
            )
        return (
            f"asks {asks} {self.name}, only {left} left: "
            f"{amount_text(self.name, self.requested)} of {amount_text(self.name, self.allocatable)} are requested"
        )


class Verdict(NamedTuple):
    """What the scheduler's filters say of one Node.

    Args:
        node: the name of the Node.
        state: how it is: "Ready", "Ready, cordoned", "NotReady".
        reasons: why it cannot take the Pod, in the scheduler's words; () if it can.
        details: the same reasons with what this Node and this Pod say.
        asks: each resource that the Pod asks for, beside what the Node has.
        preemption_helps: whether the Pod could go there if other Pods were gone.
    """

    node: str
    state: str
    reasons: tuple[str, ...]
    details: tuple[str, ...]
    asks: tuple[Ask, ...]
    preemption_helps: bool = False

    @property
    def fits(self) -> bool:
        """Whether the Node can take the Pod."""
        return not self.reasons


class WhyPending(NamedTuple):
    """Why a Pod waits: its requests, and what the scheduler's filters say of each Node.

    Args:
        ref: the reference of the Pod: "pod/web-1".
        name: its name.
        namespace: its Namespace.
        pending: whether it waits for a Node at all.
        node: its Node, "" while it has none.
        note: how it stands, in a line.
        requests: what it requests, by resource: (("cpu", 500), ("memory", 268435456)).
        verdicts: what is said of each Node.
        message: what the scheduler's event says when no Node fits, else "".
    """

    ref: str
    name: str
    namespace: str
    pending: bool
    node: str
    note: str
    requests: tuple[tuple[str, int], ...]
    verdicts: tuple[Verdict, ...]
    message: str = ""

    @property
    def fitting(self) -> tuple[str, ...]:
        """The Nodes that can take the Pod now."""
        return tuple(item.node for item in self.verdicts if item.fits)

    def verdict(self, node: str) -> Verdict:
        """Return what is said of a Node.

        Raises:
            KeyError: there is no Node of this name, or the Pod does not wait.
        """
        for item in self.verdicts:
            if item.node == node:
                return item
        raise KeyError(node)


def why_pending(reader: Reader, pod: Pod) -> WhyPending:
    """Ask for every Node, as the scheduler does, whether it can take a Pod, and why not.

    Args:
        reader: the cluster.
        pod: the Pod; one that does not wait for a Node gets no verdicts.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
    """
    needs = needs_of(pod)
    requests = tuple(sorted(needs.requests.items(), key=lambda item: order(item[0])))
    waits = not pod.node_name and not pod.ended and not pod.terminating
    if not waits:
        return WhyPending(
            ref=pod.ref,
            name=pod.name,
            namespace=pod.namespace,
            pending=False,
            node=pod.node_name,
            note=_not_waiting(pod),
            requests=requests,
            verdicts=(),
        )
    infos = NodeInfos.of(reader.list("nodes"), pods_of(reader))
    namespaces = {item.name: item.labels for item in reader.list("namespaces")}
    neighbours = Neighbours(pod, needs, infos, namespaces)
    verdicts, refusals = [], []
    for info in infos:
        no = refusal(needs, info) or neighbours.refusal(info)
        if no is not None:
            refusals.append(no)
        verdicts.append(_verdict(needs, info, no))
    never = pod.spec.get("preemptionPolicy") == "Never"
    message = "" if len(refusals) < len(verdicts) else failure_message(refusals, never_preempts=never)
    return WhyPending(
        ref=pod.ref,
        name=pod.name,
        namespace=pod.namespace,
        pending=True,
        node="",
        note=_note(pod, verdicts),
        requests=requests,
        verdicts=tuple(verdicts),
        message=message,
    )


def _not_waiting(pod: Pod) -> str:
    if pod.terminating:
        return "it is being deleted"
    if pod.ended:
        return f"it has ended: {pod.phase}"
    if pod.phase == "Pending":
        return f"it has a Node, {pod.node_name}, and its containers are not started yet"
    return f"it is not Pending: it is {pod.phase} on {pod.node_name}"


def _note(pod: Pod, verdicts: list[Verdict]) -> str:
    if mappings(pod.spec.get("schedulingGates")):
        gates = ", ".join(text(item.get("name")) for item in mappings(pod.spec.get("schedulingGates")))
        return f"the scheduler does not look at it before its scheduling gates are gone: {gates}"
    scheduler = text(pod.spec.get("schedulerName"))
    if scheduler not in ("", "default-scheduler"):
        return f'it waits for a scheduler called "{scheduler}", and none runs here'
    if not verdicts:
        return "there is no Node at all"
    fitting = [item.node for item in verdicts if item.fits]
    if fitting:
        some = ", ".join(fitting[:3]) + (" and others" if len(fitting) > 3 else "")
        return f"{count(len(fitting), 'Node')} can take it ({some}): the scheduler will bind it when it looks"
    hopeless = [item for item in verdicts if any(ask.hopeless and ask.asked for ask in item.asks)]
    if len(hopeless) == len(verdicts):
        return "no Node can take it, and none could if it were empty: it asks for too much"
    if any(item.preemption_helps for item in verdicts):
        return "no Node can take it now: what is left is not enough"
    return "no Node can take it"


def _verdict(needs: Needs, info: NodeInfo, no: Refusal | None) -> Verdict:
    asks = [
        Ask(name, amount, info.allocatable.get(name, 0), info.used.get(name, 0))
        for name, amount in sorted(needs.requests.items(), key=lambda item: order(item[0]))
        if amount > 0
    ]
    asks.append(Ask("pods", 1, info.allocatable.get("pods", 0), len(info.pods)))
    return Verdict(
        node=info.name,
        state=node_state(info.node),
        reasons=no.reasons if no else (),
        details=tuple(_details(no, needs, info.node, asks)) if no else (),
        asks=tuple(asks),
        preemption_helps=no is not None and no.preemption_helps,
    )


def _details(no: Refusal, needs: Needs, node: Node, asks: list[Ask]) -> Iterator[str]:
    """Explain why a Node is refused with what this Node and this Pod say."""
    if no.code == "NodeResourcesFit":
        by_name = {ask.name: ask for ask in asks}
        for name in no.lacking:
            ask = by_name[name]
            full = f"it may hold {count(ask.allocatable, 'Pod')}, and {ask.requested} are there"
            yield full if name == "pods" else str(ask)
    elif no.code == "TaintToleration":
        taints = ", ".join(taint_words(item) for item in untolerated(needs.spec, node))
        yield f"its taints keep the Pod away: {taints}"
    elif no.code == "NodeUnschedulable":
        yield "it is cordoned"
    elif no.code == "NodeAffinity":
        wanted = mapping(needs.spec.get("nodeSelector"))
        wrong = [
            f"{key}={text(value)} ({_has(node, key)})"
            for key, value in wanted.items()
            if node.labels.get(key) != text(value)
        ]
        yield f"the Pod wants {', '.join(wrong)}" if wrong else "the Pod's node affinity does not want it"
    elif no.code == "NodePorts":
        ports = ", ".join(f"{number}/{protocol}" for _, protocol, number in needs.ports)
        yield f"a Pod there has a host port that it wants: {ports}"


def _has(node: Node, key: str) -> str:
    value = node.labels.get(key)
    return "the Node has no such label" if value is None else f"the Node has {value}"

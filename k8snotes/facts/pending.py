"""Why a Pod has no Node: what each Node says to it, in the scheduler's words and with the numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.plural import count
from k8snotes.control_plane.scheduling.failure import failure_message
from k8snotes.control_plane.scheduling.filters import Refusal, refusal
from k8snotes.control_plane.scheduling.neighbours import Neighbours
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo, NodeInfos, needs_of
from k8snotes.control_plane.scheduling.taints import untolerated
from k8snotes.facts.amounts import order, said
from k8snotes.facts.capacity import node_state
from k8snotes.facts.reading import Reader, pods_of, taint_words

__all__ = ["Ask", "Verdict", "WhyPending", "why_pending"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One resource that a Pod asks of a Node: what it asks, what the Node has for Pods, what others requested.

    Millicores of CPU, bytes, or pieces; the resource "pods" is the place that each Pod takes.
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

    def __str__(self) -> str:
        asked, left = said(self.name, self.asked), said(self.name, self.left)
        if not self.lacks:
            return f"asks {asked} {self.name}, {left} left"
        if self.hopeless:
            return f"asks {asked} {self.name}, and the whole Node has {said(self.name, self.allocatable)}"
        return (
            f"asks {asked} {self.name}, only {left} left: "
            f"{said(self.name, self.requested)} of {said(self.name, self.allocatable)} are requested"
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one Node says to a Pod: `reasons` in the scheduler's words, none if it fits; `details` explains them.

    `preemption_helps` says whether it could fit if other Pods were gone.
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


@dataclass(frozen=True, slots=True)
class WhyPending:
    """Why a Pod waits: its requests, and what each Node says.

    `pending` is whether it waits for a Node at all; `note` says in a line how it stands; `message` is what
    the scheduler says of it when no Node fits.
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
        """Return what a Node says; raises KeyError."""
        for item in self.verdicts:
            if item.node == node:
                return item
        raise KeyError(node)


def why_pending(reader: Reader, pod: Pod) -> WhyPending:
    """Ask every Node, as the scheduler does, whether it can take a Pod, and why not.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
    """
    needs = needs_of(pod)
    requests = tuple(sorted(needs.requests.items(), key=lambda item: order(item[0])))
    waits = not pod.node_name and not pod.ended and not pod.terminating
    if not waits:
        note = _not_waiting(pod)
        return WhyPending(pod.ref, pod.name, pod.namespace, waits, pod.node_name, note, requests, ())
    infos = NodeInfos.of(reader.list("nodes"), pods_of(reader))
    namespaces = {item.name: item.labels for item in reader.list("namespaces")}
    neighbours = Neighbours(pod, needs, infos, namespaces)
    verdicts, refusals = [], []
    for info in infos:
        found = refusal(needs, info) or neighbours.refusal(info)
        if found is not None:
            refusals.append(found)
        verdicts.append(_verdict(needs, info, found))
    never = pod.spec.get("preemptionPolicy") == "Never"
    message = "" if len(refusals) < len(verdicts) else failure_message(refusals, never_preempts=never)
    note = _note(pod, verdicts)
    return WhyPending(pod.ref, pod.name, pod.namespace, waits, "", note, requests, tuple(verdicts), message)


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


def _verdict(needs: Needs, info: NodeInfo, found: Refusal | None) -> Verdict:
    asks = [
        Ask(name, asked, info.allocatable.get(name, 0), info.used.get(name, 0))
        for name, asked in sorted(needs.requests.items(), key=lambda item: order(item[0]))
        if asked > 0
    ]
    asks.append(Ask("pods", 1, info.allocatable.get("pods", 0), len(info.pods)))
    reasons = found.reasons if found is not None else ()
    return Verdict(
        info.name,
        node_state(info.node),
        reasons,
        tuple(detail for reason in reasons for detail in _details(reason, needs, info.node, asks)),
        tuple(asks),
        found is not None and found.preemption_helps,
    )


def _details(reason: str, needs: Needs, node: Node, asks: list[Ask]) -> Iterable[str]:
    """Explain a reason of the scheduler with what this Node and this Pod say."""
    if reason == "Too many pods":
        place = asks[-1]
        yield f"it may hold {count(place.allocatable, 'Pod')}, and {place.requested} are there"
    elif reason.startswith("Insufficient "):
        name = reason.removeprefix("Insufficient ")
        yield from (str(ask) for ask in asks if ask.name == name)
    elif "taint" in reason:
        taints = ", ".join(taint_words(item) for item in untolerated(needs.spec, node))
        yield f"its taints keep the Pod away: {taints}"
    elif "unschedulable" in reason:
        yield "it is cordoned"
    elif "affinity/selector" in reason:
        wanted = mapping(needs.spec.get("nodeSelector"))
        wrong = [
            f"{key}={text(value)} ({_has(node, key)})"
            for key, value in wanted.items()
            if node.labels.get(key) != text(value)
        ]
        yield f"the Pod wants {', '.join(wrong)}" if wrong else "the Pod's node affinity does not want it"
    elif "free ports" in reason:
        ports = ", ".join(f"{number}/{protocol}" for _, protocol, number in needs.ports)
        yield f"a Pod there has a host port that it wants: {ports}"


def _has(node: Node, key: str) -> str:
    value = node.labels.get(key)
    return "the Node has no such label" if value is None else f"the Node has {value}"

"""Why a Pod has no Node: for each Node the scheduler's reasons, in its own words and with the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import Text, _, named, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.granted import NOTHING, Granted
from k8snotes.control_plane.scheduling.candidates import Trial, with_guests
from k8snotes.control_plane.scheduling.filters import Refusal
from k8snotes.control_plane.scheduling.neighbours import Hindrance
from k8snotes.control_plane.scheduling.node_affinity import failing_expressions
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo, needs_of
from k8snotes.control_plane.scheduling.taints import untolerated
from k8snotes.control_plane.scheduling.volumes import PodVolumes
from k8snotes.facts.account import account_of
from k8snotes.facts.amounts import amount_text, order
from k8snotes.facts.pending_cause import (
    NEIGHBOURLY,
    STORED,
    expression_words,
    hindrance_words,
    no_node_because,
    taken_ports,
    volume_words,
)
from k8snotes.facts.pending_preemption import Preemption, preemption_of
from k8snotes.facts.states import node_state, taint_words
from k8snotes.screen import printable

__all__ = ["Ask", "Verdict", "WhyPending", "requests_of", "verdict_of", "why_pending"]


class Ask(NamedTuple):
    """One resource that a Pod requests of a Node, in millicores of CPU, in bytes, or in pieces.

    Args:
        name: the resource: "cpu", "memory", "pods" (each Pod counts as one).
        asked: how much the Pod requests.
        allocatable: how much the Node has for Pods.
        requested: how much the Pods on it request already.

    >>> print(Ask("cpu", 500, 4000, 3800))
    the Pod requests 500m cpu, but only 200m of 4 is left
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
        """How much is missing; 0 if enough is left."""
        return max(0, self.asked - self.left)

    @property
    def hopeless(self) -> bool:
        """Whether even the empty Node would have too little."""
        return self.asked > self.allocatable

    @property
    def words(self) -> Text:
        """The request and what is left for it, in a sentence."""
        asked, left = amount_text(self.name, self.asked), amount_text(self.name, self.left)
        there = amount_text(self.name, self.allocatable)
        if not self.lacks:
            return _(
                "the Pod requests {asked} {resource}, and {left} of {there} is left",
                asked=asked,
                resource=self.name,
                left=left,
                there=there,
            )
        if self.hopeless:
            return _(
                "the Pod requests {asked} {resource}, but the whole Node has only {there}",
                asked=asked,
                resource=self.name,
                there=there,
            )
        return _(
            "the Pod requests {asked} {resource}, but only {left} of {there} is left",
            asked=asked,
            resource=self.name,
            left=left,
            there=there,
        )

    @printable
    def __str__(self) -> str:
        return str(self.words)


class Verdict(NamedTuple):
    """What the scheduler's filters say of one Node.

    Args:
        node: the name of the Node.
        state: how it is: "Ready", "Ready, cordoned", "NotReady".
        reasons: why it cannot take the Pod, in the scheduler's words; () if it can.
        details: the same reasons, with the numbers and names of this Node and this Pod.
        asks: each resource that the Pod requests, beside what the Node has.
        preemption_helps: whether the Node could take the Pod if other Pods were removed from it.
        code: the scheduler's plugin that refuses the Node ("TaintToleration"), "" if none does.
        hindrance: what of the other Pods keeps it from the Node, None if that is not the reason.
    """

    node: str
    state: str
    reasons: tuple[str, ...]
    details: tuple[str, ...]
    asks: tuple[Ask, ...]
    preemption_helps: bool = False
    code: str = ""
    hindrance: Hindrance | None = None

    @property
    def fits(self) -> bool:
        """Whether the Node can take the Pod."""
        return not self.reasons


class WhyPending(NamedTuple):
    """Why a Pod waits: its requests, and the verdict of the scheduler's filters on each Node.

    The same is said of the Pods that a workload is to have and that do not exist.

    Args:
        ref: the reference of the Pod: "pod/web-1".
        name: its name.
        namespace: its Namespace.
        pending: whether it waits for a Node at all.
        node: its Node, "" while it has none.
        note: its situation, in a line.
        requests: what it requests, by resource: (("cpu", 500), ("memory", 268435456)).
        verdicts: the verdict on each Node.
        message: what the scheduler's Event says when no Node fits, else "".
        kind: "Pod", or the kind of the workload that lacks Pods.
        advice: what would help, "" if that is not known.
        preemption: what its priority does for it, None if Pods have no different priorities or a Node can take it.
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
    kind: str = "Pod"
    advice: str = ""
    preemption: Preemption | None = None

    @property
    def fitting(self) -> tuple[str, ...]:
        """The Nodes that can take the Pod now."""
        return tuple(item.node for item in self.verdicts if item.fits)

    def verdict(self, node: str) -> Verdict:
        """Return the verdict on a Node.

        Raises:
            KeyError: there is no Node of this name, or the Pod does not wait.
        """
        for item in self.verdicts:
            if item.node == node:
                return item
        raise KeyError(node)


def why_pending(reader: ApiServer, pod: Pod, granted: Granted = NOTHING) -> WhyPending:
    """Ask for every Node, as the scheduler does, whether it can take a Pod, and why not.

    Args:
        reader: the cluster.
        pod: the Pod; one that does not wait for a Node gets no verdicts.
        granted: what is taken for granted in this cluster.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
    """
    needs = needs_of(pod)
    requests = requests_of(needs)
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
    infos = account_of(reader)
    namespaces = {item.name: item.labels for item in reader.list("namespaces")}
    volumes = PodVolumes.of(pod, reader, infos, granted)
    trial = Trial(pod, needs, infos, namespaces, volumes)
    verdicts: list[Verdict] = []
    refusals: dict[str, Refusal] = {}
    for info in infos:
        no = trial.refusal(info)
        if no is not None:
            refusals[info.name] = no
        guests = infos.guests(info.name, needs.priority, pod.uid)
        kept = bool(guests) and no is not None and trial.refusal(info, guests=False) is None
        there = with_guests(info, guests) if kept else info
        hindrance = trial.hindrance(info) if no is not None and no.code in NEIGHBOURLY else None
        stored = (
            tuple(volume_words(volumes, info))
            if no is not None and volumes is not None and no.code in STORED
            else ()
        )
        verdict = verdict_of(needs, there, no, hindrance, stored)
        if kept:
            verdict = verdict._replace(details=(*verdict.details, _kept_for([guest for guest, _ in guests])))
        verdicts.append(verdict)
    message, preemption = "", None
    if len(refusals) == len(verdicts):
        tried, preemption = preemption_of(reader, pod, infos, refusals, trial)
        message = tried.message
    if not verdicts or _is_ignored(pod):
        preemption = None
    waits = preemption is not None and preemption.outcome == "waits"
    if waits:  # what it says when it is asked again, it may not have said yet
        message = text(mapping(pod.condition("PodScheduled")).get("message")) or message
    return WhyPending(
        ref=pod.ref,
        name=pod.name,
        namespace=pod.namespace,
        pending=True,
        node="",
        note=preemption.words if preemption is not None and waits else _note(pod, verdicts),
        requests=requests,
        verdicts=tuple(verdicts),
        message=message,
        preemption=preemption,
    )


def _kept_for(guests: list[Pod]) -> Text:
    """Say for which Pods the place on a Node is kept."""
    return ngettext(
        "this place is kept for {pods}, for which the Node is nominated and which has no lower priority",
        "this place is kept for {pods}, for which the Node is nominated and which have no lower priority",
        len(guests),
        pods=named(guest.ref for guest in guests),
    )


def _not_waiting(pod: Pod) -> str:
    if pod.terminating:
        return _("it is being deleted")
    if pod.ended:
        return _("it has ended with phase {phase}", phase=pod.phase)
    if pod.phase == "Pending":
        return _("it has a Node, {node}, but its containers have not started yet", node=pod.node_name)
    return _("it is not Pending but {phase} on {node}", phase=pod.phase, node=pod.node_name)


def _is_ignored(pod: Pod) -> bool:
    """Whether the scheduler of this cluster does not look at a Pod, as it has gates or names another scheduler."""
    named = text(pod.spec.get("schedulerName"))
    return bool(pod.spec.get("schedulingGates")) or named not in ("", "default-scheduler")


def _note(pod: Pod, verdicts: list[Verdict]) -> str:
    if mappings(pod.spec.get("schedulingGates")):
        gates = named(text(item.get("name")) for item in mappings(pod.spec.get("schedulingGates")))
        return _("the scheduler ignores it until its scheduling gates are removed: {gates}", gates=gates)
    scheduler = text(pod.spec.get("schedulerName"))
    if scheduler not in ("", "default-scheduler"):
        return _(
            'it waits for the scheduler "{scheduler}", which does not run in this cluster',
            scheduler=scheduler,
        )
    if not verdicts:
        return _("there is no Node")
    fitting = [item.node for item in verdicts if item.fits]
    if fitting:
        some: str = named(fitting[:3])
        if len(fitting) > 3:
            some = _("{names} and others", names=some)
        return ngettext(
            "{n} Node can take it ({names}), and the scheduler will bind it in its next turn",
            "{n} Nodes can take it ({names}), and the scheduler will bind it in its next turn",
            len(fitting),
            names=some,
        )
    hopeless = [item for item in verdicts if any(ask.hopeless and ask.asked for ask in item.asks)]
    if len(hopeless) == len(verdicts):
        return _("no Node can take it, not even an empty one, because it requests too much")
    if all(item.code == "NodeResourcesFit" for item in verdicts):
        return _("no Node can take it now, because too little is left")
    return no_node_because([(item.code, item.hindrance) for item in verdicts])


def requests_of(needs: Needs) -> tuple[tuple[str, int], ...]:
    """Return what a Pod requests, by resource, in the order in which resources are shown.

    Args:
        needs: what the Pod needs.
    """
    return tuple(sorted(needs.requests.items(), key=lambda item: order(item[0])))


def verdict_of(
    needs: Needs,
    info: NodeInfo,
    no: Refusal | None,
    hindrance: Hindrance | None,
    stored: tuple[str, ...] = (),
) -> Verdict:
    """Return the verdict on a Node, with the numbers and names of this Node and this Pod.

    Args:
        needs: what the Pod needs.
        info: the Node with its Pods.
        no: why the Node cannot take the Pod, None if it can.
        hindrance: what of the other Pods is in the way, None if that is not the reason.
        stored: what of the Pod's volumes is in the way, in sentences.
    """
    asks = [
        Ask(name, amount, info.allocatable.get(name, 0), info.used.get(name, 0))
        for name, amount in requests_of(needs)
        if amount > 0
    ]
    asks.append(Ask("pods", 1, info.allocatable.get("pods", 0), len(info.pods)))
    return Verdict(
        node=info.name,
        state=node_state(info.node),
        reasons=no.reasons if no else (),
        details=stored or (tuple(_details(no, needs, info, asks, hindrance)) if no else ()),
        asks=tuple(asks),
        preemption_helps=no is not None and no.preemption_helps,
        code=no.code if no else "",
        hindrance=hindrance,
    )


def _details(
    no: Refusal, needs: Needs, info: NodeInfo, asks: list[Ask], hindrance: Hindrance | None
) -> Iterator[str]:
    """Explain why the Pod does not fit a Node, with the numbers and names of both."""
    node = info.node
    if hindrance is not None:
        yield hindrance_words(hindrance)
    elif no.code == "NodeResourcesFit":
        by_name = {ask.name: ask for ask in asks}
        for name in no.lacking:
            ask = by_name[name]
            if name == "pods":
                yield ngettext(
                    "the Node takes at most {n} Pod, and it has {there} already",
                    "the Node takes at most {n} Pods, and it has {there} already",
                    ask.allocatable,
                    there=ask.requested,
                )
            else:
                yield ask.words
    elif no.code == "TaintToleration":
        taints = [taint_words(item) for item in untolerated(needs.spec, node)]
        yield ngettext(
            "the Pod does not tolerate the taint {taints}",
            "the Pod does not tolerate the taints {taints}",
            len(taints),
            taints=named(taints),
        )
    elif no.code == "NodeUnschedulable":
        yield _("the Node is cordoned")
    elif no.code == "NodeAffinity":
        wanted = mapping(needs.spec.get("nodeSelector"))
        wrong = {key: text(value) for key, value in wanted.items() if node.labels.get(key) != text(value)}
        for key, value in wrong.items():
            yield _selector_words(f"{key}={value}", node.labels.get(key))
        if not wrong:
            yield from (expression_words(item, node) for item in failing_expressions(needs.spec, node)[:3])
    elif no.code == "NodePorts":
        for number, protocol, other in taken_ports(needs, info):
            yield _(
                "another Pod on this Node uses a host port that the Pod needs ({port}, Pod {other})",
                port=f"{number}/{protocol}",
                other=other,
            )


def _selector_words(label: str, there: str | None) -> Text:
    """Say that a Node lacks a label of the Pod's nodeSelector, or has another value."""
    if there is None:
        return _("the Pod's nodeSelector needs {label}, but the Node has no such label", label=label)
    return _(
        "the Pod's nodeSelector needs {label}, but the Node has the value {there}",
        label=label,
        there=there,
    )

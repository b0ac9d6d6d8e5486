"""What its priority does for a Pod that no Node can take: whose place it takes, on which Node, and why that does not help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from k8snotes.api.base import text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.poddisruptionbudget import PodDisruptionBudget
from k8snotes.api.reader import Reader
from k8snotes.catalogue import Text, _, named, ngettext
from k8snotes.control_plane.scheduling.candidates import Trial
from k8snotes.control_plane.scheduling.filters import Refusal
from k8snotes.control_plane.scheduling.node_info import NodeInfo, NodeInfos, needs_of
from k8snotes.control_plane.scheduling.preemption import Attempt, attempt, choice, priority_of, sacrifices

__all__ = ["Preemption", "Victim", "preemption_of"]


class Victim(NamedTuple):
    """A Pod that has to leave its Node for another one: its reference and its priority."""

    ref: str
    priority: int


class Preemption(NamedTuple):
    """What its priority does for a Pod that no Node can take.

    Args:
        outcome: "waits" (Pods end on the Node that is nominated for it), "chosen" (the scheduler would let Pods end in
            its next turn), "never" (its preemptionPolicy), "none" (that helps on no Node).
        priority: the priority of the Pod.
        node: the Node where Pods have to leave, "" if there is none.
        victims: these Pods, the most important first.
        broken: how many of them may only leave against a PodDisruptionBudget.
        why: why it is this Node, "" if that is not known.
        nodes: for each Node where Pods could leave, whether that helps, in a sentence.
        freed: the Nodes where it helps, the best first.
    """

    outcome: str
    priority: int
    node: str = ""
    victims: tuple[Victim, ...] = ()
    broken: int = 0
    why: str = ""
    nodes: tuple[tuple[str, str], ...] = ()
    freed: tuple[str, ...] = ()

    def waits_for(self, node: str) -> bool:
        """Whether a Node is nominated for the Pod, which waits until others have ended there."""
        return self.outcome == "waits" and self.node == node

    def about(self, node: str) -> str:
        """Return what is said of a Node, "" if nothing is."""
        return dict(self.nodes).get(node, "")

    @property
    def words(self) -> Text:
        """What its priority does for the Pod, in a sentence.

        >>> print(Preemption("waits", 1000, "node-1", (Victim("pod/batch", 10),)).words)
        with priority 1000, it takes the place of pod/batch (priority 10) on node-1, and waits until that has ended
        """
        pods = named(
            str(_("{pod} (priority {priority})", pod=ref, priority=priority))
            for ref, priority in self.victims
        )
        names = {"priority": self.priority, "node": self.node, "pods": pods}
        match self.outcome:
            case "waits":
                return ngettext(
                    "with priority {priority}, it takes the place of {pods} on {node}, and waits until that has ended",
                    "with priority {priority}, it takes the place of {pods} on {node}, and waits until these have ended",
                    len(self.victims),
                    **names,
                )
            case "chosen":
                return _(
                    "with priority {priority}, it will take the place of {pods} on {node} in the scheduler's next turn",
                    **names,
                )
            case "never":
                return _(
                    "its priority is {priority}, but it takes no other Pod's place: its preemptionPolicy is Never",
                    **names,
                )
        if not self.nodes:
            return _(
                "its priority {priority} does not help: even without other Pods, no Node can take it", **names
            )
        return _("its priority {priority} does not help: it can take no other Pod's place", **names)


def preemption_of(
    reader: Reader, pod: Pod, infos: NodeInfos, refusals: Mapping[str, Refusal], trial: Trial
) -> tuple[Attempt, Preemption | None]:
    """Return what the scheduler's preemption comes to for a Pod, and what there is to say of it.

    Where all Pods have the same priority, there is nothing to say.

    Args:
        reader: the cluster.
        pod: the Pod, which no Node can take.
        infos: the Nodes with their Pods.
        refusals: why each Node cannot take it.
        trial: the scheduler's filters for this Pod.
    """
    budgets = [item for item in reader.list("poddisruptionbudgets") if isinstance(item, PodDisruptionBudget)]
    tried = attempt(pod, infos, refusals, trial.refusal, budgets)
    own = needs_of(pod).priority
    if not own and not any(known for info in infos for known, number in info.priorities.items() if number):
        return tried, None
    found = list(tried.found)
    node = found[0].node if found else ""
    if tried.outcome == "waits":
        node = text(pod.status.get("nominatedNodeName"))
        found = sorted(
            sacrifices(needs_of(pod), infos, refusals, trial.refusal, budgets)[0], key=lambda item: item.cost
        )
    known = bool(found) and found[0].node == node  # the cluster may have changed since the Node was chosen
    return tried, Preemption(
        outcome=tried.outcome,
        priority=own,
        node=node,
        victims=tuple(Victim(victim.ref, priority_of(victim)) for victim in tried.victims),
        broken=found[0].broken if known else 0,
        why=choice(found) if known else "",
        freed=tuple(item.node for item in tried.found),
        nodes=tuple(_about_nodes(infos, refusals, tried, own)) if tried.outcome != "never" else (),
    )


def _about_nodes(
    infos: NodeInfos, refusals: Mapping[str, Refusal], tried: Attempt, own: int
) -> list[tuple[str, str]]:
    """Return for each Node that could be freed what that would take, or why it does not help."""
    said: list[tuple[str, str]] = []
    for sacrifice in tried.found:
        names = named(victim.ref for victim in sacrifice.victims)
        said.append((sacrifice.node, _going(names, len(sacrifice.victims), sacrifice.broken)))
    for name in tried.hopeless:
        info = infos.get(name)
        if info is not None:
            said.append((name, _in_vain(info, own)))
    if tried.outcome == "waits":
        names = named(victim.ref for victim in tried.victims)
        node = tried.victims[0].node_name
        ending = ngettext(
            "{pods} was preempted, and leaves this Node for the Pod",
            "{pods} were preempted, and leave this Node for the Pod",
            len(tried.victims),
            pods=names,
        )
        said.append((node, ending))
    order: Sequence[str] = list(refusals)
    return sorted(said, key=lambda item: order.index(item[0]) if item[0] in order else 0)


def _going(pods: str, n: int, broken: int) -> Text:
    """Say which Pods would have to leave a Node."""
    if broken:
        return ngettext(
            "there is room if {pods} leaves, which violates a PodDisruptionBudget",
            "there is room if {pods} leave, which violates a PodDisruptionBudget",
            n,
            pods=pods,
        )
    return ngettext("there is room if {pods} leaves", "there is room if {pods} leave", n, pods=pods)


def _in_vain(info: NodeInfo, own: int) -> Text:
    """Say why it does not help if Pods leave a Node."""
    lower = [pod for pod, theirs in info.pods.values() if theirs.priority < own]
    if not lower:
        least = min((theirs.priority for _pod, theirs in info.pods.values()), default=own)
        return (
            _("no Pod leaves for it, because all here have the same priority, {priority}", priority=own)
            if least == own
            else _(
                "no Pod leaves for it, because all here have priority {least} or more, and it has {priority}",
                least=least,
                priority=own,
            )
        )
    return ngettext(
        "no Pod leaves for it, because it would not fit without {n} Pod of lower priority either",
        "no Pod leaves for it, because it would not fit without {n} Pods of lower priority either",
        len(lower),
    )

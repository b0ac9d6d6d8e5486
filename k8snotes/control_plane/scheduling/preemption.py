"""Preemption: which Pods of lower priority have to go so that a Pod which fits nowhere gets a Node.

Source of the rules: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#preemption and
the plugin DefaultPreemption in k8s.io/kubernetes/pkg/scheduler/framework/preemption
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.poddisruptionbudget import PodDisruptionBudget
from k8snotes.api.selector import Selector
from k8snotes.catalogue import Text, _
from k8snotes.control_plane.scheduling.failure import failure_message, reasons_text
from k8snotes.control_plane.scheduling.filters import Refusal
from k8snotes.control_plane.scheduling.node_info import Needs, NodeInfo, NodeInfos, needs_of

__all__ = [
    "NO_VICTIMS",
    "PREEMPTION",
    "Attempt",
    "Sacrifice",
    "attempt",
    "choice",
    "priority_of",
    "sacrifices",
]

PREEMPTION = "PreemptionByScheduler"
"""The reason of the condition DisruptionTarget of a Pod whose place the scheduler has taken."""
_WAITS = (
    "no new claims to deallocate, preemption: not eligible due to a terminating pod on the nominated node."
)
NO_VICTIMS = Refusal(("No preemption victims found for incoming pod",))
_EACH = 1 << 31  # what each victim weighs beside its priority, so that negative priorities count too
Trial = Callable[[NodeInfo, Collection[str]], Refusal | None]


class Cost(NamedTuple):
    """What it costs to let Pods go on a Node, in the order in which Nodes are compared; less is better.

    Args:
        broken: how many of the Pods a budget guards.
        highest: the priority of the most important one.
        weight: the sum of their priorities, so made that each Pod counts.
        victims: how many they are.
        started: when the first of the most important ones was started, turned round: the later, the less.
        node: the name of the Node.

    Source of the rule: `pickOneNodeForPreemption` in k8s.io/kubernetes/pkg/scheduler/framework/preemption
    """

    broken: int
    highest: int
    weight: int
    victims: int
    started: str
    node: str


class Sacrifice(NamedTuple):
    """The Pods that would have to go on one Node, the most important first, and how many budgets that would break."""

    node: str
    victims: tuple[Pod, ...]
    broken: int

    @property
    def cost(self) -> Cost:
        """What it costs to take this Node."""
        highest = priority_of(self.victims[0])
        first = min(_started(pod) for pod in self.victims if priority_of(pod) == highest)
        weights = sum(priority_of(pod) + _EACH for pod in self.victims)
        return Cost(self.broken, highest, weights, len(self.victims), _backwards(first), self.node)


class Attempt(NamedTuple):
    """What preemption comes to for a Pod that no Node can take.

    Args:
        outcome: "never" (its policy), "waits" (Pods end on the Node that is nominated for it), "chosen" (Pods of lower
            priority have to go), "none" (that would not help on any Node).
        message: what the scheduler says, in the Event FailedScheduling.
        found: what could be done, the least costly first.
        hopeless: why it does not help on the other Nodes where it might, by their names.
        victims: the Pods of lower priority that have to go, or that are on their way out; the most important first.
    """

    outcome: str
    message: str
    found: tuple[Sacrifice, ...] = ()
    hopeless: Mapping[str, Refusal] = MappingProxyType({})
    victims: tuple[Pod, ...] = ()


def attempt(
    pod: Pod,
    infos: NodeInfos,
    refusals: Mapping[str, Refusal],
    trial: Trial,
    budgets: Sequence[PodDisruptionBudget],
) -> Attempt:
    """Return what preemption comes to for a Pod that no Node can take.

    Args:
        pod: the Pod.
        infos: the Nodes with their Pods.
        refusals: why each Node cannot take it as it is.
        trial: says why a Node cannot take it without certain Pods (their uids), None if it can.
        budgets: the PodDisruptionBudgets of the cluster.

    Source of the rule: `Preempt` in k8s.io/kubernetes/pkg/scheduler/framework/preemption
    """
    needs, why = needs_of(pod), list(refusals.values())
    if pod.spec.get("preemptionPolicy") == "Never":
        return Attempt("never", failure_message(why, never_preempts=True))
    if leaving := _leaving(pod, needs, infos, refusals):
        return Attempt("waits", f"{reasons_text(why)}. {_WAITS}", victims=leaving)
    found, hopeless = sacrifices(needs, infos, refusals, trial, budgets)
    if not found:
        return Attempt("none", failure_message(why, hopeless=list(hopeless.values())), hopeless=hopeless)
    found.sort(key=lambda item: item.cost)
    return Attempt("chosen", f"{reasons_text(why)}.", tuple(found), hopeless, found[0].victims)


def _leaving(pod: Pod, needs: Needs, infos: NodeInfos, refusals: Mapping[str, Refusal]) -> tuple[Pod, ...]:
    """Return the Pods that have been preempted on the Node that is nominated for a Pod, and have not ended yet.

    They do not matter where the Pod could not go there even without them.

    Source of the rule: `PodEligibleToPreemptOthers` in
    k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultpreemption
    """
    name = text(pod.status.get("nominatedNodeName"))
    info, refused = infos.get(name), refusals.get(name)
    if info is None or (refused is not None and not refused.preemption_helps):
        return ()
    there = [
        other
        for other, theirs in info.pods.values()
        if theirs.priority < needs.priority and _preempted(other)
    ]
    return tuple(sorted(there, key=_importance))


def sacrifices(
    needs: Needs,
    infos: NodeInfos,
    refusals: Mapping[str, Refusal],
    trial: Trial,
    budgets: Sequence[PodDisruptionBudget],
) -> tuple[list[Sacrifice], dict[str, Refusal]]:
    """Return what could be done on each Node, and of the others why nothing helps there.

    Args:
        needs: what the Pod needs that fits nowhere.
        infos: the Nodes with their Pods.
        refusals: why each Node cannot take the Pod as it is.
        trial: says why a Node cannot take it without certain Pods (their uids), None if it can.
        budgets: the PodDisruptionBudgets of the cluster.
    """
    found: list[Sacrifice] = []
    hopeless: dict[str, Refusal] = {}
    for name, refusal in refusals.items():
        info = infos.get(name)
        if info is None or not refusal.preemption_helps:
            continue
        lower = [pod for pod, theirs in info.pods.values() if theirs.priority < needs.priority]
        against = trial(info, [pod.uid for pod in lower]) if lower else NO_VICTIMS
        if against is None:
            found.append(_fewest(info, lower, trial, budgets))
        else:
            hopeless[name] = against
    return found, hopeless


def choice(found: Sequence[Sacrifice]) -> Text:
    """Say why the first of what could be done is done, and not the second: the first rule in which they differ.

    Args:
        found: what could be done, the least costly first.

    Source of the rule: `pickOneNodeForPreemption` in k8s.io/kubernetes/pkg/scheduler/framework/preemption
    """
    if len(found) < 2:
        return _("no other Node can be freed for it")
    here, there = found[0], found[1]
    names = {"node": here.node, "other": there.node}
    cost, other = here.cost, there.cost
    if cost.broken != other.broken:
        return _(
            "fewer of the Pods that have to leave are protected by a budget on {node} than on {other}",
            **names,
        )
    if cost.highest != other.highest:
        return _(
            "the most important Pod that has to leave has priority {priority} on {node}, and {higher} on {other}",
            priority=cost.highest,
            higher=other.highest,
            **names,
        )
    if cost.victims < other.victims:
        return _("fewer Pods have to leave {node} than {other}", **names)
    if cost.weight != other.weight:
        return _(
            "the priorities of the Pods that have to leave add up to less on {node} than on {other}", **names
        )
    if cost.started != other.started:
        return _("the most important Pod that has to leave started later on {node} than on {other}", **names)
    return _("{node} and {other} cost the same, and one of them is taken", **names)


def _fewest(
    info: NodeInfo, lower: list[Pod], trial: Trial, budgets: Sequence[PodDisruptionBudget]
) -> Sacrifice:
    """Spare as many of the Pods as may stay: those that a budget guards first, then the more important.

    Source of the rule: `SelectVictimsOnNode` in k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultpreemption
    """
    lower = sorted(lower, key=_importance)
    guarded = _guarded(lower, budgets)
    gone = {pod.uid for pod in lower}
    victims, broken = [], 0
    for pod in sorted(lower, key=lambda item: item.uid not in guarded):
        if trial(info, gone - {pod.uid}) is None:
            gone.discard(pod.uid)
        else:
            victims.append(pod)
            broken += pod.uid in guarded
    return Sacrifice(info.name, tuple(sorted(victims, key=_importance)), broken)


def _guarded(pods: Sequence[Pod], budgets: Sequence[PodDisruptionBudget]) -> set[str]:
    """Return the uids of the Pods that a budget does not allow to go, where those before them go as well.

    Here, as nowhere else, a budget with an empty selector guards no Pod, and no budget guards a Pod without labels.

    Source of the rule: `filterPodsWithPDBViolation` in
    k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultpreemption
    """
    left = {budget.uid: budget.allowed for budget in budgets}
    selectors = {budget.uid: Selector.from_label_selector(budget.label_selector) for budget in budgets}
    selecting = [budget for budget in budgets if not _is_empty(budget)]
    guarded = set()
    for pod in pods:
        for budget in selecting if pod.labels else ():
            selected = budget.namespace == pod.namespace and selectors[budget.uid].matches(pod.labels)
            if not selected or pod.name in budget.disrupted:
                continue
            left[budget.uid] -= 1
            if left[budget.uid] < 0:
                guarded.add(pod.uid)
    return guarded


def _is_empty(budget: PodDisruptionBudget) -> bool:
    """Whether the selector of a budget has no requirement."""
    selector = mapping(budget.label_selector)
    return not (selector.get("matchLabels") or selector.get("matchExpressions"))


def _preempted(pod: Pod) -> bool:
    """Whether a Pod is on its way out because the scheduler has taken its place.

    Source of the rule: `podTerminatingByPreemption` in
    k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultpreemption
    """
    target = mapping(pod.condition("DisruptionTarget"))
    return pod.terminating and (target.get("status"), target.get("reason")) == ("True", PREEMPTION)


def priority_of(pod: Pod) -> int:
    """Return the priority of a Pod, 0 where it has none."""
    value = pod.spec.get("priority")
    return value if isinstance(value, int) else 0


def _importance(pod: Pod) -> tuple[int, str, str]:
    """Return a Pod's place where the more important come first: by priority, then by how long it has run."""
    return -priority_of(pod), _started(pod), pod.name


def _started(pod: Pod) -> str:
    """Return when a Pod was started, a late moment for one that was not yet."""
    return text(pod.status.get("startTime")) or "9"


def _backwards(moment: str) -> str:
    """Turn a moment round, so that the latest comes first when moments are compared as text."""
    return "".join(chr(0x10FFFF - ord(character)) for character in moment)

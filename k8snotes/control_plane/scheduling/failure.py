"""What kube-scheduler says when no Node fits: how many Nodes, for which reasons, and whether preemption helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from k8snotes.control_plane.scheduling.filters import Refusal

__all__ = ["failure_message", "reasons_text"]


def failure_message(
    refusals: Sequence[Refusal], *, never_preempts: bool = False, hopeless: Sequence[Refusal] = ()
) -> str:
    """Return the text of the FailedScheduling event.

    Args:
        refusals: one for each Node.
        never_preempts: whether the Pod takes no other Pod's place (`preemptionPolicy: Never`).
        hopeless: why preemption would not help on Nodes where it might, if that was tried; one for each of these.

    Source of the rule: `FitError` in k8s.io/kubernetes/pkg/scheduler/framework.

    >>> failure_message([Refusal(("Insufficient cpu",), True)])
    '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.'
    """
    first = reasons_text(refusals)
    if not refusals:
        return first
    if never_preempts:
        return (
            f"{first}. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never."
        )
    tried = Counter(reason for refusal in hopeless for reason in refusal.reasons)
    helps = Counter(
        "No preemption victims found for incoming pod"
        if refusal.preemption_helps
        else "Preemption is not helpful for scheduling"
        for refusal in refusals
        if not (tried and refusal.preemption_helps)
    )
    helps += tried
    second = f"0/{len(refusals)} nodes are available: {_listed(helps)}."
    return f"{first}. no new claims to deallocate, preemption: {second}"


def reasons_text(refusals: Sequence[Refusal]) -> str:
    """Return the first part of that text: how many Nodes refuse the Pod, and for which reasons.

    >>> reasons_text([Refusal(("Insufficient cpu",)), Refusal(("Insufficient cpu",))])
    '0/2 nodes are available: 2 Insufficient cpu'
    """
    if not refusals:
        return "no nodes available to schedule pods"
    reasons = Counter(reason for refusal in refusals for reason in refusal.reasons)
    return f"0/{len(refusals)} nodes are available: {_listed(reasons)}"


def _listed(counted: Counter[str]) -> str:
    """Return counted reasons, sorted as text as Kubernetes does: "10 ..." comes before "2 ..."."""
    return ", ".join(sorted(f"{count} {reason}" for reason, count in counted.items()))

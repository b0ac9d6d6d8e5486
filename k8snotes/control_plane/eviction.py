"""The Eviction API: a Pod is deleted only where the PodDisruptionBudget that selects it allows one more to be away."""

from __future__ import annotations

from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.poddisruptionbudget import PodDisruptionBudget
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.errors import ApiError, Cause

__all__ = ["budgets_of", "evict"]

_EVICTED = _("evicted")
_TARGET = (
    "EvictionByEvictionAPI",
    "Eviction API: evicting",
)  # reason and message of the condition DisruptionTarget
_REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."


def budgets_of(api: ApiServer, pod: Pod) -> list[PodDisruptionBudget]:
    """Return the PodDisruptionBudgets whose selector finds a Pod, by name.

    A budget without a selector selects no Pod, one with an empty selector every Pod of its Namespace.

    Source of the rule: https://kubernetes.io/docs/tasks/run-application/configure-pdb/
    """
    return [
        obj
        for obj in api.list("poddisruptionbudgets", pod.namespace)
        if isinstance(obj, PodDisruptionBudget)
        and Selector.from_label_selector(obj.label_selector).matches(pod.labels)
    ]


def evict(
    api: ApiServer, pod: Pod, *, by: str = "kubectl", why: str = _EVICTED, grace: int | None = None
) -> None:
    """Delete a Pod unless a budget refuses it: what POST to its subresource `eviction` does.

    Args:
        api: the API server.
        pod: the Pod.
        by: the client.
        why: the reason that the log notes.
        grace: how many seconds the Pod is given to stop, None for as long as it asks for itself.

    Raises:
        ApiError: 429 where the budget allows no Pod to go; 500 where several budgets select the Pod.

    Source of the rule: `EvictionREST.Create` in k8s.io/kubernetes/pkg/registry/core/pod/storage, and
    https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
    """
    budgets = [] if pod.ended or pod.phase == "Pending" or pod.terminating else budgets_of(api, pod)
    if len(budgets) > 1:
        raise ApiError(
            500,
            "",
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
        )
    for budget in budgets:
        if not _goes_anyway(pod, budget):
            _spend(api, pod, budget, by)
    target = condition("DisruptionTarget", "True", *_TARGET, api.timestamp)
    status = {**pod.status, "conditions": with_condition(pod, target)}
    api.update_status(pod, status, by=by, verb="evict", why=why)
    api.delete(pod, by=by, grace=grace, why=why)


def _goes_anyway(pod: Pod, budget: PodDisruptionBudget) -> bool:
    """Whether a Pod that is not ready may go without counting: it serves no client."""
    if pod.ready:
        return False
    return budget.evicts_unhealthy or budget.healthy >= budget.desired_healthy > 0


def _spend(api: ApiServer, pod: Pod, budget: PodDisruptionBudget, by: str) -> None:
    """Count one Pod more as away. Raises ApiError (429) where none may go."""
    if budget.status.get("observedGeneration", 0) < budget.metadata.get("generation", 0):
        raise _refusal(f"The disruption budget {budget.name} is still being processed by the server.")
    if budget.allowed < 1:
        said = budget.condition("DisruptionAllowed") or {}
        reason, message = said.get("reason"), said.get("message") if said.get("status") == "False" else ""
        detail = "does not allow evicting pods currently"
        if message and reason == "SyncFailed":
            detail = f"{detail} because it failed sync: {message}"
        elif budget.healthy <= budget.desired_healthy:
            detail = f"needs {budget.desired_healthy} healthy pods and has {budget.healthy} currently"
        elif message:
            detail = f"{detail} ({reason}): {message}"
        raise _refusal(f"The disruption budget {budget.name} {detail}")
    status = {
        **budget.status,
        "disruptionsAllowed": budget.allowed - 1,
        "disruptedPods": {**budget.disrupted, pod.name: api.timestamp},
    }
    if budget.allowed == 1:
        none = condition("DisruptionAllowed", "False", "InsufficientPods", "", api.timestamp)
        none["observedGeneration"] = budget.status.get("observedGeneration")
        status["conditions"] = with_condition(budget, none)
    api.update_status(budget, status, by=by, why=Why(_("{pod} is evicted", pod=pod.ref), pod))


def _refusal(detail: str) -> ApiError:
    return ApiError(429, "TooManyRequests", _REFUSED, [Cause("", "DisruptionBudget", detail)])

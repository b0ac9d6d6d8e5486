"""The disruption controller: counts for each PodDisruptionBudget how many of its Pods may be away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import split_api_version
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.poddisruptionbudget import PodDisruptionBudget
from k8snotes.api.label_selector import go_label_selector
from k8snotes.api.registry import find_kind
from k8snotes.api.selector import Selector
from k8snotes.api.workload import Workload
from k8snotes.catalogue import ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.naming import seconds_of

__all__ = ["DisruptionController"]

_BUDGETS = "poddisruptionbudgets.policy"
_COMPONENT = "controllermanager"  # as it signs its Events
_SEEN_WITHIN = 120  # seconds in which the deletion of an evicted Pod has to be seen


class _UnscalableError(Exception):
    """A Pod belongs to something that does not say how many Pods it wants."""


class DisruptionController(Component):
    """Writes into each budget's status how many Pods there are, have to be, and may be evicted.

    It only counts: the API server allows or refuses an eviction, by what the status says.

    Source of the rule: `DisruptionController.trySync` in k8s.io/kubernetes/pkg/controller/disruption
    """

    name = "disruption-controller"
    turn = 140
    watches = (_BUDGETS, "pods")
    serves = _BUDGETS

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:
        """Yield the budget that changed, and those that select a Pod that changed, by the labels that it has now.

        A budget is not looked at where a Pod has lost its labels, and not where only the number of Pods that are wanted
        has changed: its status says what it said.

        Source of the rule: `getPdbForPod` in k8s.io/kubernetes/pkg/controller/disruption
        """
        if event.key[0] == _BUDGETS:
            yield event.key
            return
        budgets = [
            obj for obj in api.store.list(_BUDGETS, event.key[1]) if isinstance(obj, PodDisruptionBudget)
        ]
        if not isinstance(event.object, Pod):
            return
        there = [budget for budget in budgets if _selects(budget, event.object)]
        if len(there) > 1:
            _tell_of_several(api, event.object, there)
        yield from (budget.key for budget in there)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Count the Pods of a budget, and write what may go."""
        if not isinstance(obj, PodDisruptionBudget):
            return
        selector = Selector.from_label_selector(obj.label_selector)
        pods = [
            pod
            for pod in api.list("pods", obj.namespace)
            if isinstance(pod, Pod) and selector.matches(pod.labels)
        ]
        if not pods:
            record(api, obj, "NoPods", "No matching pods found", by=_COMPONENT)
        try:
            expected, desired = self._wanted(api, obj, pods)
        except _UnscalableError as error:
            self._fail(api, obj, str(error))
            return
        disrupted = self._still_going(api, obj, pods)
        healthy = sum(pod.ready and not pod.terminating and pod.name not in disrupted for pod in pods)
        allowed = max(healthy - desired, 0) if expected > 0 else 0
        status: Manifest = {
            "disruptionsAllowed": allowed,
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "expectedPods": expected,
            "observedGeneration": obj.metadata.get("generation", 1),
            **({"disruptedPods": disrupted} if disrupted else {}),
        }
        may = ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
        new = condition("DisruptionAllowed", *may, "", api.timestamp)
        new["observedGeneration"] = status["observedGeneration"]
        status["conditions"] = with_condition(obj, new)
        why = ngettext(
            "{n} Pod is healthy, and {needed} must be",
            "{n} Pods are healthy, and {needed} must be",
            healthy,
            needed=desired,
        )
        api.update_status(obj, status, by=self.name, why=why)

    def _wanted(self, api: ApiServer, budget: PodDisruptionBudget, pods: list[Pod]) -> tuple[int, int]:
        """Return how many Pods there are to be, and how many of them have to be healthy.

        Raises:
            _UnscalableError: the number cannot be found out; `minAvailable` as a plain number needs none.
        """
        if budget.max_unavailable is not None:
            expected = self._expected(api, budget, pods)
            return expected, max(expected - scaled(budget.max_unavailable, expected), 0)
        if isinstance(budget.min_available, int):
            return len(pods), budget.min_available
        if budget.min_available is not None:
            expected = self._expected(api, budget, pods)
            return expected, scaled(budget.min_available, expected)
        return 0, 0

    def _expected(self, api: ApiServer, budget: PodDisruptionBudget, pods: list[Pod]) -> int:
        """Return how many Pods the makers of these Pods want together; Pods without a maker do not count."""
        makers: dict[str, int] = {}
        unmanaged = False
        for pod in pods:
            if pod.owner is None:
                unmanaged = True
            else:
                uid, replicas = _maker(api, pod)
                makers[uid] = replicas
        if unmanaged:
            selector = go_label_selector(budget.label_selector)
            message = (
                f"Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. "
                "As a result, the status of the PDB cannot be calculated correctly, which may result in undefined "
                'behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an '
                "integer value."
            )
            record(api, budget, "UnmanagedPods", message, by=_COMPONENT, warning=True)
        return sum(makers.values())

    def _still_going(self, api: ApiServer, budget: PodDisruptionBudget, pods: list[Pod]) -> dict[str, str]:
        """Return the evicted Pods whose deletion has not been seen yet, and look again when it is too late."""
        going = {}
        for pod in pods:
            since = text(budget.disrupted.get(pod.name))
            if not since or pod.terminating:
                continue
            late = seconds_of(since) + _SEEN_WITHIN
            if api.now < late:
                going[pod.name] = since
                self.look_again(budget.key, late)
            else:
                # Kubernetes names the Namespace twice, and not the budget
                own = f"{budget.namespace}/{budget.namespace}"
                message = f"Pod was expected by PDB {own} to be deleted but it wasn't"
                record(api, pod, "NotDeleted", message, by=_COMPONENT, warning=True)
        return going

    def _fail(self, api: ApiServer, budget: PodDisruptionBudget, why: str) -> None:
        """Allow no eviction: how many Pods are wanted is not known. The generation does not count as seen.

        Source of the rule: `failSafe` in k8s.io/kubernetes/pkg/controller/disruption
        """
        message = f"Failed to calculate the number of expected pods: {why}"
        record(api, budget, "CalculateExpectedPodCountFailed", message, by=_COMPONENT, warning=True)
        new = condition("DisruptionAllowed", "False", "SyncFailed", why, api.timestamp)
        if seen := budget.status.get("observedGeneration"):
            new["observedGeneration"] = seen
        status = {
            **budget.status,
            "disruptionsAllowed": 0,
            "conditions": with_condition(budget, new),
        }
        api.update_status(budget, status, by=self.name, why=why)


def scaled(amount: int | str, total: int) -> int:
    """Return a number, or a share of `total`, rounded up.

    >>> scaled(2, 5), scaled("30%", 5), scaled("0%", 5)
    (2, 2, 0)

    Source of the rule: `GetScaledValueFromIntOrPercent` in k8s.io/apimachinery/pkg/util/intstr
    """
    if isinstance(amount, int):
        return amount
    return -(-int(amount.removesuffix("%")) * total // 100)


def _selects(budget: PodDisruptionBudget, pod: Pod) -> bool:
    """Whether a budget guards a Pod."""
    return Selector.from_label_selector(budget.label_selector).matches(pod.labels)


def _tell_of_several(api: ApiServer, pod: Pod, budgets: list[PodDisruptionBudget]) -> None:
    """Leave an Event about a Pod that several budgets select, which the Eviction API does not support."""
    message = (
        f"Pod {quoted(pod.namespace)}/{quoted(pod.name)} matches multiple PodDisruptionBudgets.  "
        f"Chose {quoted(budgets[0].name)} arbitrarily."
    )
    record(api, pod, "MultiplePodDisruptionBudgets", message, by=_COMPONENT, warning=True)


def _maker(api: ApiServer, pod: Pod) -> tuple[str, int]:
    """Return what makes such Pods (its uid), and how many it wants: a ReplicaSet's Deployment, else the Pod's owner.

    Raises:
        _UnscalableError: the owner is gone, or of a kind that cannot be scaled.

    Source of the rule: `finders` in k8s.io/kubernetes/pkg/controller/disruption
    """
    maker, replicas = _owner(api, pod)
    if maker is not None and maker.kind == "ReplicaSet" and mapping(maker.owner).get("kind") == "Deployment":
        deployment, wanted = _owner(api, maker)
        maker, replicas = (maker, replicas) if deployment is None else (deployment, wanted)
    if maker is None:
        raise _UnscalableError(f'found no controllers for pod "{pod.name}"')
    return maker.uid, replicas


def _owner(api: ApiServer, obj: KubeObject) -> tuple[KubeObject | None, int]:
    """Return the controller of an object, None if it is gone, and how many Pods its subresource `scale` says it wants."""
    reference = mapping(obj.owner)
    version, named = text(reference.get("apiVersion")), text(reference.get("kind"))
    kind = find_kind(version, named)
    if kind is None:
        resource, path = _custom(api, version, named)
    else:
        resource, path = kind.qualified, ("spec", "replicas") if kind.scales else ()
    if not path:
        raise _UnscalableError(f"{resource} does not implement the scale subresource")
    owner = api.store.get((resource, obj.namespace, text(reference.get("name"))))
    if owner is None or owner.uid != reference.get("uid"):
        return None, 0
    if isinstance(owner, Workload):
        return owner, owner.replicas
    value: Any = owner.raw
    for part in path:
        value = mapping(value).get(part)
    return owner, value if isinstance(value, int) else 0


def _custom(api: ApiServer, version: str, named: str) -> tuple[str, tuple[str, ...]]:
    """Return the resource of a kind that a CustomResourceDefinition brings, and where it says how many Pods it wants.

    Raises:
        _UnscalableError: there is no such kind.
    """
    group, number = split_api_version(version)
    for definition in api.list("customresourcedefinitions"):
        names = mapping(definition.spec.get("names"))
        if (definition.spec.get("group"), names.get("kind")) != (group, named):
            continue
        for served in mappings(definition.spec.get("versions")):
            if served.get("name") == number and served.get("served"):
                scale = mapping(mapping(served.get("subresources")).get("scale"))
                path = text(scale.get("specReplicasPath")).lstrip(".")
                return definition.name.partition(".")[0] + f".{group}", tuple(path.split(".")) if path else ()
    raise _UnscalableError(f'no matches for kind "{named}" in version "{version}"')

"""Budgets and autoscalers: budgets that guard nothing or allow nothing, and autoscalers that cannot act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.horizontalpodautoscaler import HorizontalPodAutoscaler
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.poddisruptionbudget import PodDisruptionBudget
from k8snotes.api.reader import nodes_of
from k8snotes.api.selector import Selector
from k8snotes.api.workload import Workload
from k8snotes.catalogue import named
from k8snotes.control_plane.autoscaling.evaluation import scaled_by
from k8snotes.control_plane.controllers.disruption import scaled
from k8snotes.control_plane.scheduling.requests import amounts, pod_requests
from k8snotes.errors import LabelSelectorError
from k8snotes.facts.amounts import amount_text
from k8snotes.facts.health.issue import Issue, issue
from k8snotes.facts.health.reading import Group, Reading, owned

__all__ = ["budget_issues", "scaler_issues"]

_COUNTED = ("cpu", "memory")


def budget_issues(reading: Reading) -> Iterator[Issue]:
    """Yield budgets that guard no Pod or allow no eviction, Pods of several budgets, and workloads without one.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/tasks/run-application/configure-pdb/
    """
    guards: dict[int, list[str]] = {}
    for budget in reading.api.list("poddisruptionbudgets.policy"):
        if not isinstance(budget, PodDisruptionBudget):
            continue
        pods = _guarded(reading, budget)
        for pod in pods:
            guards.setdefault(id(pod), []).append(budget.name)
        yield from _budget_issues(budget, pods)
    for group in reading.groups:
        budgets = {name for pod in group.pods for name in guards.get(id(pod), ())}
        several = [pod for pod in group.pods if len(guards.get(id(pod), ())) > 1]
        if several:
            names = named(sorted({name for pod in several for name in guards[id(pod)]}))
            parts: dict[str, Any] = {"n": len(several), "pod": several[0].name, "budgets": names}
            yield issue("several-budgets", group.object, (), "get pdb", count=len(several), **parts)
        lasts = not group.runs_to_end and group.kind not in ("DaemonSet", "Node", "Pod")
        if not budgets and lasts and len(group.pods) > 1 and not owned(group.namespace):
            yield issue("workload-without-budget", group.object, (), "get pdb", count=len(group.pods))


def _guarded(reading: Reading, budget: PodDisruptionBudget) -> list[Pod]:
    if budget.label_selector is None:
        return []
    try:
        selector = Selector.from_label_selector(budget.label_selector)
    except LabelSelectorError:
        return []
    return [pod for pod in reading.select(budget.namespace, selector) if not pod.ended]


def _budget_issues(budget: PodDisruptionBudget, pods: list[Pod]) -> Iterator[Issue]:
    line = f"get pdb {budget.name}"
    look = _selection(budget)
    if not pods:
        yield issue("budget-selects-none", budget, look, line)
        return
    expected = budget.expected or len(pods)
    least, most = budget.min_available, budget.max_unavailable
    field, value = ("maxUnavailable", most) if most is not None else ("minAvailable", least)
    if value is None:
        return
    never = scaled(value, expected) <= 0 if most is not None else scaled(value, expected) >= expected
    parts: dict[str, Any] = {"field": field, "value": str(value), "n": expected}
    if never:
        yield issue("budget-never-allows", budget, look, line, count=len(pods), **parts)
    elif "disruptionsAllowed" in budget.status and not budget.allowed:
        parts |= {"healthy": budget.healthy, "desired": budget.desired_healthy}
        yield issue("budget-blocked", budget, look, line, count=len(pods), **parts)


def _selection(budget: PodDisruptionBudget) -> tuple[str, ...]:
    try:
        selector = Selector.from_label_selector(budget.label_selector)
    except LabelSelectorError:
        return ()
    return "selection", str(selector), "pods", budget.namespace


# ---- autoscalers


def scaler_issues(reading: Reading) -> Iterator[Issue]:
    """Yield autoscalers without a target or a metric, at their most, or with more Pods than the Nodes can take.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
    """
    there = _allocatable(reading)
    by_maker = {(group.namespace, group.kind, group.name): group for group in reading.groups}
    most = dict.fromkeys(_COUNTED, 0)
    scalers = reading.api.list("horizontalpodautoscalers.autoscaling")
    for scaler in scalers:
        if not isinstance(scaler, HorizontalPodAutoscaler):
            continue
        look = ("autoscale_plan", scaler.ref)
        target = scaled_by(reading.api, scaler)
        if not isinstance(target, Workload):
            what = f"{text(scaler.target.get('kind'))}/{text(scaler.target.get('name'))}"
            yield issue("scaler-no-target", scaler, (), target=what, message=target)
            continue
        yield from _condition_issues(scaler, look)
        group = by_maker.get((target.namespace, target.kind, target.name))
        asked = _asked(group, scaler.max_replicas) if group is not None else {}
        for name, amount in asked.items():
            most[name] += amount
            if there.get(name) and amount > there[name]:
                yield issue(
                    "scaler-beyond-nodes",
                    scaler,
                    look,
                    **_beyond(name, amount, there[name]),
                    n=scaler.max_replicas,
                )
    for name, amount in most.items():
        if there.get(name) and amount > there[name] and len(scalers) > 1:
            line = "kubectl get hpa -A"
            yield Issue(
                "scalers-beyond-nodes",
                "horizontalpodautoscalers",
                _beyond(name, amount, there[name]),
                kubectl=line,
            )


def _beyond(name: str, amount: int, there: int) -> dict[str, Any]:
    return {"resource": name, "amount": amount_text(name, amount), "there": amount_text(name, there)}


def _condition_issues(scaler: HorizontalPodAutoscaler, look: tuple[str, ...]) -> Iterator[Issue]:
    """Find what an autoscaler says of itself in its conditions."""
    line = f"describe hpa {scaler.name}"
    for condition in scaler.conditions:
        kind, status = condition.get("type"), condition.get("status")
        parts: dict[str, Any] = {
            "reason": text(condition.get("reason")),
            "message": text(condition.get("message")),
        }
        disabled = parts["reason"] == "ScalingDisabled"
        if kind in ("ScalingActive", "AbleToScale") and status == "False" and not disabled:
            yield issue("scaler-without-metrics", scaler, look, line, **parts)
        elif kind == "ScalingLimited" and status == "True" and parts["reason"] == "TooManyReplicas":
            yield issue("scaler-at-most", scaler, look, line, n=scaler.max_replicas, **parts)


def _allocatable(reading: Reading) -> dict[str, int]:
    total: dict[str, int] = {}
    for node in nodes_of(reading.api):
        if not node.unschedulable:
            there = amounts(mapping(node.allocatable))
            for name in _COUNTED:
                if name in there:
                    total[name] = total.get(name, 0) + there[name]
    return total


def _asked(group: Group, number: int) -> dict[str, int]:
    requests = pod_requests(group.spec)
    return {name: requests[name] * number for name in _COUNTED if name in requests}

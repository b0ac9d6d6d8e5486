"""One look at an autoscaler: its target, what each metric asks for, and what windows and limits leave of it.

It changes nothing, so that the controller acts by it and a picture can show it beforehand.

Source of the rule: `reconcileAutoscaler` in k8s.io/kubernetes/pkg/controller/podautoscaler/horizontal.go
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from k8snotes.api.base import Manifest, mapping, text
from k8snotes.api.kind import Kind, split_api_version
from k8snotes.api.kinds.horizontalpodautoscaler import HorizontalPodAutoscaler
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.label_selector import go_label_selector
from k8snotes.api.quantity import Quantity
from k8snotes.api.registry import find_kind
from k8snotes.api.selector import Selector
from k8snotes.api.workload import Workload
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.autoscaling.behavior import Bounds, Limited, limited
from k8snotes.control_plane.autoscaling.records import Recommendation, Record, Round, Wish
from k8snotes.control_plane.autoscaling.replica_calculator import (
    DELAYS,
    Delays,
    Measurement,
    Proposal,
    Tolerances,
    by_request,
    by_value,
)
from k8snotes.control_plane.autoscaling.resource_metrics import MetricError, resource_metric
from k8snotes.control_plane.autoscaling.selected import pods_by_labels, selected
from k8snotes.errors import QuantityError

__all__ = ["Evaluation", "Measured", "Told", "evaluate", "scaled_by"]

_AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
_NO_CUSTOM = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"
_FIELDS = {
    "Object": "object",
    "External": "external",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}


class Told(NamedTuple):
    """What is told about an autoscaler, as an Event or a condition.

    Args:
        reason: one word in CamelCase.
        message: a sentence.
        status: of a condition, "True" or "False".
        kind: of a condition, its type; "" for an Event.
    """

    reason: str
    message: str
    status: str = "False"
    kind: str = ""


class Measured(NamedTuple):
    """What one metric has said.

    Args:
        spec: the metric, as v2 has it.
        name: what it is called in messages: "cpu resource utilization (percentage of request)".
        proposal: what it asks for; None if it failed.
        status: its item of `status.currentMetrics`.
        error: why it failed, as the condition and the Event say it; "" if it did not.
        wrapped: the same as the error of the whole begins with it.
    """

    spec: Manifest
    name: str
    proposal: Proposal | None
    status: Manifest
    error: str = ""
    wrapped: str = ""

    @property
    def source(self) -> Manifest:
        """The part of the metric that says what is measured."""
        return mapping(self.spec.get(_FIELDS.get(text(self.spec.get("type")), "")))

    @property
    def wish(self) -> Wish:
        """What it asks for, in numbers."""
        target, source = mapping(self.source.get("target")), self.source
        percent = "averageUtilization" in target and "averageValue" not in target
        amount = (
            target.get("averageUtilization") if percent else target.get("averageValue", target.get("value"))
        )
        goal = _whole(amount) if percent else _milli(amount)
        name = text(source.get("name")) or text(mapping(source.get("metric")).get("name"))
        if self.proposal is None:
            return Wish(name, None, goal, percent, None)
        it = self.proposal
        return Wish(name, it.current, goal, percent, it.replicas, it.total, len(it.groups.ready))


class Evaluation(NamedTuple):
    """One look at an autoscaler.

    Args:
        outcome: "no-scale" (the target cannot be read), "disabled" (it wants no Pods), "above", "below" (its number
            is outside the bounds), "failed" (the metrics say nothing), "measured".
        target: the workload; None if there is none.
        replicas: how many Pods the target wants now.
        pods: the Pods that its selector finds.
        measured: what each metric has said; () where they were not asked.
        metric: the name of the metric that decides; "" if none does.
        wanted: how many Pods the metrics ask for together; None if they were not asked, or have failed.
        limited: what windows and limits leave of that; None without it.
        desired: how many Pods there are to be.
        reason: why, as the Event says it; "" without a change.
        conditions: the conditions that are to be set, in order.
        warnings: the Events that are to be left, in order.
        record: what is remembered afterwards.
    """

    outcome: str
    target: Workload | None
    replicas: int
    pods: tuple[Pod, ...]
    measured: tuple[Measured, ...]
    metric: str
    wanted: int | None
    limited: Limited | None
    desired: int
    reason: str
    conditions: tuple[Told, ...]
    warnings: tuple[Told, ...]
    record: Record

    @property
    def rescales(self) -> bool:
        """Whether the number of Pods changes."""
        return self.outcome in ("above", "below", "measured") and self.desired != self.replicas

    def round(self, now: int) -> Round:
        """Return it as a round that is remembered."""
        limit = ""
        if self.limited is not None and self.limited.stabilized != self.wanted:
            limit = self.limited.able[0]
        if self.limited is not None and self.limited.is_limited:
            limit = self.limited.limit[0]
        return Round(
            now,
            self.replicas,
            sum(pod.ready and not pod.terminating for pod in self.pods),
            tuple(item.wish for item in self.measured),
            self.wanted,
            None if self.outcome in ("no-scale", "failed") else self.desired,
            limit,
        )


def evaluate(api: ApiServer, autoscaler: HorizontalPodAutoscaler) -> Evaluation:
    """Look at an autoscaler, its target and its metrics, as they are now; nothing is changed.

    Args:
        api: the API server.
        autoscaler: the autoscaler.
    """
    record = api.autoscaling.of(autoscaler.uid)
    found = scaled_by(api, autoscaler)
    if isinstance(found, str):
        message = f"the HPA controller was unable to get the target's current scale: {found}"
        condition = Told("FailedGetScale", message, "False", "AbleToScale")
        return _outcome("no-scale", None, record, (condition,), (Told("FailedGetScale", found),))
    able = Told(
        "SucceededGetScale",
        "the HPA controller was able to get the target's current scale",
        "True",
        "AbleToScale",
    )
    replicas, least, most = found.replicas, autoscaler.min_replicas, autoscaler.max_replicas
    if not record.recommendations:
        record.recommendations.append(Recommendation(replicas, api.now))
    if replicas == 0 and least != 0:
        message = "scaling is disabled since the replica count of the target is zero"
        condition = Told("ScalingDisabled", message, "False", "ScalingActive")
        return _outcome("disabled", found, record, (able, condition))
    if replicas > most:
        why = "Current number of replicas above Spec.MaxReplicas"
        return _outcome("above", found, record, (able,))._replace(desired=most, reason=why)
    if replicas < least:
        why = "Current number of replicas below Spec.MinReplicas"
        return _outcome("below", found, record, (able,))._replace(desired=least, reason=why)
    return _by_metrics(api, autoscaler, found, record, able)


def _outcome(
    outcome: str,
    target: Workload | None,
    record: Record,
    conditions: tuple[Told, ...],
    warnings: tuple[Told, ...] = (),
) -> Evaluation:
    """Return a look that changes nothing."""
    replicas = target.replicas if target is not None else 0
    return Evaluation(
        outcome, target, replicas, (), (), "", None, None, replicas, "", conditions, warnings, record
    )


def scaled_by(api: ApiServer, autoscaler: HorizontalPodAutoscaler) -> Workload | str:
    """Return what an autoscaler scales, or why it cannot be read, in Kubernetes' words."""
    target = autoscaler.target
    version, kind_name, name = (text(target.get(field)) for field in ("apiVersion", "kind", "name"))
    group = split_api_version(version)[0]
    kind = find_kind(version, kind_name)
    if kind is None:
        return f'no matches for kind "{kind_name}" in group "{group}"'
    if not kind.scales:
        return "the server could not find the requested resource"
    found = api.store.get((kind.qualified, autoscaler.namespace, name))
    if isinstance(found, Workload):
        return found
    return f'{_scale_resource(kind)} "{name}" not found'


def _scale_resource(kind: Kind) -> str:
    """Return the name under which the API server does not find a scale: each kind has its own habit."""
    if kind.kind == "ReplicationController":
        return "replicationcontrollers/scale.autoscaling"
    if kind.kind == "StatefulSet":
        return kind.qualified
    return f"{kind.plural}/scale.{kind.group}"


# ---- the metrics


def _by_metrics(
    api: ApiServer, autoscaler: HorizontalPodAutoscaler, target: Workload, record: Record, able: Told
) -> Evaluation:
    """Let the metrics decide: the highest number counts, and one that fails forbids to go down."""
    selector = _selector(target)
    record.selects = True
    groups = pods_by_labels(api, autoscaler.namespace)
    pods = selected(groups, selector)
    rivals = _rivals(api, autoscaler, [labels for labels, _pods in groups if selector.matches(labels)])
    if rivals:
        names = " ".join(rivals)
        message = f"pods by selector {selector} are controlled by multiple HPAs: [{names}]"
        failed = Told("AmbiguousSelector", message, "False", "ScalingActive")
        events = (Told("AmbiguousSelector", message), Told("FailedComputeMetricsReplicas", message))
        return _outcome("failed", target, record, (able, failed), events)._replace(pods=pods)
    look = _Look(target, pods, Tolerances.of(autoscaler.behavior))
    measured = tuple(_measure(api, look, item) for item in autoscaler.metrics)
    failures = [item for item in measured if item.proposal is None]
    warnings: tuple[Told, ...] = tuple(Told(_reason(item), item.error) for item in failures)
    wanted, metric = 0, ""
    for item in measured:
        if item.proposal is not None and (wanted == 0 or item.proposal.replicas > wanted):
            wanted, metric = item.proposal.replicas, item.name
    if not measured:  # in a dump: the API server completes it
        none = Told("FailedComputeMetricsReplicas", "invalid metrics (0 invalid out of 0)")
        return _outcome("failed", target, record, (able,), (none,))._replace(pods=pods)
    if len(failures) == len(measured) or (failures and wanted < target.replicas):
        first = failures[0]
        message = f"the HPA was unable to compute the replica count: {first.error}"
        condition = Told(_reason(first), message, "False", "ScalingActive")
        error = f"invalid metrics ({len(failures)} invalid out of {len(measured)}), first error is: {first.wrapped}"
        warnings = (*warnings, Told("FailedComputeMetricsReplicas", error))
        failed_ = _outcome("failed", target, record, (able, condition), warnings)
        return failed_._replace(pods=pods, measured=measured)
    message = f"the HPA was able to successfully calculate a replica count from {metric}"
    active = Told("ValidMetricFound", message, "True", "ScalingActive")
    bounds = Bounds(autoscaler.behavior, autoscaler.min_replicas, autoscaler.max_replicas)
    current = target.replicas
    left = limited(bounds, record, current, wanted, api.now)
    reason = ""
    if wanted > current:
        reason = f"{metric} above target"
    elif wanted < current:
        reason = "All metrics below target"
    conditions: tuple[Told, ...] = (
        Told(*left.able, "True", "AbleToScale"),
        active,
        Told(*left.limit, "True" if left.is_limited else "False", "ScalingLimited"),
    )
    return Evaluation(
        "measured",
        target,
        current,
        pods,
        measured,
        metric,
        wanted,
        left,
        left.replicas,
        reason,
        conditions,
        warnings,
        record,
    )


def _selector(target: Workload) -> Selector:
    """Return the selector of a workload's scale."""
    if target.resource.selector_is_map:
        return Selector.from_map(mapping(target.spec.get("selector")))
    return Selector.from_label_selector(target.label_selector)


def _rivals(
    api: ApiServer, autoscaler: HorizontalPodAutoscaler, labels: Sequence[Mapping[str, str]]
) -> list[str]:
    """Return all autoscalers that scale Pods with these labels, if this is not the only one that has looked for them."""
    found = [f"{autoscaler.namespace}/{autoscaler.name}"]
    for other in api.list(_AUTOSCALERS, autoscaler.namespace):
        if not isinstance(other, HorizontalPodAutoscaler) or other.uid == autoscaler.uid:
            continue
        target = scaled_by(api, other) if api.autoscaling.selects(other.uid) else ""
        if isinstance(target, Workload):
            selector = _selector(target)
            if any(selector.matches(item) for item in labels):
                found.append(f"{other.namespace}/{other.name}")
    return sorted(found) if len(found) > 1 else []


def _reason(item: Measured) -> str:
    kind = text(item.spec.get("type"))
    return f"FailedGet{kind}Metric" if kind in _FIELDS else "InvalidMetricSourceType"


class _Look(NamedTuple):
    """What all metrics of one autoscaler have in common."""

    target: Workload
    pods: tuple[Pod, ...]
    tolerances: Tolerances


def _measure(api: ApiServer, look: _Look, spec: Manifest) -> Measured:
    """Ask one metric (computeReplicasForMetric)."""
    kind = text(spec.get("type"))
    source = mapping(spec.get(_FIELDS.get(kind, "")))
    metric = mapping(source.get("metric"))
    name = text(metric.get("name"))
    if kind in ("Resource", "ContainerResource"):
        return _measure_resource(api, look, spec)
    if kind == "Pods":
        error = f"unable to get metric {name}: {_NO_CUSTOM}"
        return _failed(spec, error, f"failed to get pods metric value: {error}")
    if kind == "Object":
        about = mapping(source.get("describedObject"))
        error = (
            f"unable to get metric {name}: {text(about.get('kind'))} on {look.target.namespace} "
            f"{text(about.get('name'))}/{_NO_CUSTOM}"
        )
        per_pod = mapping(source.get("target")).get("type") == "AverageValue"
        wrapped = f"failed to get {name} object metric: {error}" if per_pod else error
        return _failed(spec, error, f"failed to get object metric value: {wrapped}")
    if kind == "External":
        selector = metric.get("selector")
        shown = go_label_selector(selector if isinstance(selector, Mapping) else None)
        error = (
            f"unable to get external metric {look.target.namespace}/{name}/{shown}: "
            f"unable to fetch metrics from external metrics API: the server could not find the requested resource "
            f"(get {name}.external.metrics.k8s.io)"
        )
        per_pod = mapping(source.get("target")).get("averageValue") is not None
        wrapped = (
            f"failed to get {name} external metric" if per_pod else f"failed to get external metric {name}"
        )
        return _failed(spec, error, f"failed to get {name} external metric value: {wrapped}: {error}")
    error = f'unknown metric source type "{kind}"'
    return _failed(spec, error, error)


def _failed(spec: Manifest, error: str, wrapped: str) -> Measured:
    return Measured(spec, "", None, {"type": ""}, error, wrapped)


def _measure_resource(api: ApiServer, look: _Look, spec: Manifest) -> Measured:
    """Ask a metric that is CPU or memory, of whole Pods or of one container of each."""
    kind = text(spec.get("type"))
    source = mapping(spec.get(_FIELDS[kind]))
    resource, container = text(source.get("name")), text(source.get("container"))
    target = mapping(source.get("target"))
    average, share = target.get("averageValue"), target.get("averageUtilization")
    try:
        try:
            metrics = resource_metric(api.resource_metrics, resource, look.pods, container)
        except MetricError as error:
            raise MetricError(f"unable to get metrics for resource {resource}: {error}") from None
        delays = DELAYS if api.autoscaling.delays is None else Delays(*api.autoscaling.delays)
        known = Measurement(
            look.pods, metrics, resource, look.target.replicas, look.tolerances, api.now, delays
        )
        if average is not None:
            proposal = by_value(known, _above_0(_milli(average)))
        else:
            proposal = by_request(known, _above_0(_whole(share)), container)
    except MetricError as error:
        what = "usage" if average is not None else "utilization"
        told = f"failed to get {resource} {what}: {error}"
        whole = (
            f"failed to get {container} container metric value: {told}"
            if kind == "ContainerResource"
            else f"failed to get {resource} resource metric value: {told}"
        )
        return _failed(spec, told, whole)
    amount = str(Quantity(f"{proposal.average}m"))
    if average is not None:
        name = f"{resource} resource"
        current: Manifest = {"averageValue": amount}
    else:
        inside = " container" if kind == "ContainerResource" else ""
        name = f"{resource}{inside} resource utilization (percentage of request)"
        current = {"averageUtilization": proposal.current, "averageValue": amount}
    field = _FIELDS[kind]
    told_of = {"container": container} if kind == "ContainerResource" else {}
    status = {"type": kind, field: {**told_of, "current": current, "name": resource}}
    return Measured(spec, name, proposal, status)


def _milli(amount: Any) -> int:
    """Return a quantity in thousandths; 0 for what is none, as a dump may have it."""
    try:
        return Quantity(text(amount)).milli
    except QuantityError:
        return 0


def _whole(share: Any) -> int:
    return share if isinstance(share, int) and not isinstance(share, bool) else 0


def _above_0(goal: int) -> int:
    """Return a target; one that is not above 0 is none."""
    if goal <= 0:
        raise MetricError(
            "invalid resource metric source: neither an average utilization target nor an average value (usage) "
            "target was set"
        )
    return goal

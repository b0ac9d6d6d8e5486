"""HorizontalPodAutoscaler: how many Pods a workload has, by what they use.

Of the two versions that are served v1 says less: it is checked as what it means in v2, and stored as v2.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/ and
`ValidateHorizontalPodAutoscaler` in k8s.io/kubernetes/pkg/apis/autoscaling/validation
"""

from __future__ import annotations

import copy
import json
from typing import Any

from k8snotes.api.base import Manifest, mapping, mappings, sequence, text
from k8snotes.api.kinds.horizontalpodautoscaler import CONDITIONS, CURRENT_METRICS, OLD
from k8snotes.api.names import dns1123_subdomain
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update, path_segment
from k8snotes.control_plane.validation.references import scale_target
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    invalid_value,
    invalid_values,
    not_supported,
    one_of,
    required,
)
from k8snotes.errors import Cause

__all__ = ["RULES"]

SPEC = Path("spec")
_NEW = "autoscaling/v2"
_METRICS, _BEHAVIOR = "autoscaling.alpha.kubernetes.io/metrics", "autoscaling.alpha.kubernetes.io/behavior"
_ROUND_TRIP = (CONDITIONS, CURRENT_METRICS, _METRICS, _BEHAVIOR)
# the sorts of metrics, the field of each, in the order in which Kubernetes looks at them
_SOURCES = {
    "Object": "object",
    "External": "external",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}
_TARGETS = ("Utilization", "Value", "AverageValue")
_SELECTS = ("Disabled", "Max", "Min")
_POLICIES = ("Percent", "Pods")
_LONGEST_WINDOW, _LONGEST_PERIOD = 3600, 1800
_BY_PERCENT = {"type": "Percent", "value": 100, "periodSeconds": 15}
_UP: Manifest = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, _BY_PERCENT],
}
_DOWN: Manifest = {"selectPolicy": "Max", "policies": [_BY_PERCENT]}
_PERCENT = 80
_NOTHING_SAID = "must populate information for the given metric source"
_TOO_MUCH_SAID = "must populate the given metric source only"
_VALUE_OR_SHARE = "must set either a target value for metric or a per-pod target"
_RAW_OR_SHARE = "must set either a target raw value or a target utilization"


def _complete(manifest: Manifest) -> None:
    """Let there be one Pod at least, CPU at 80 % of what is requested, and steps that do not run away.

    Source of the rule: `SetDefaults_HorizontalPodAutoscaler` in k8s.io/kubernetes/pkg/apis/autoscaling/v2
    """
    spec = manifest["spec"]
    if spec.get("minReplicas") is None:
        spec["minReplicas"] = 1
    if manifest["apiVersion"] == OLD:
        return
    if not spec.get("metrics"):
        spec["metrics"] = [_cpu(_PERCENT)]
    behavior = spec.get("behavior")
    if behavior is not None:
        for way, rules in (("scaleUp", _UP), ("scaleDown", _DOWN)):
            # as in Go, an empty list of policies is one that was given
            behavior[way] = copy.deepcopy(rules) | mapping(behavior.get(way))


def _cpu(percent: int) -> Manifest:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _prepare(manifest: Manifest) -> None:
    """Let its status be empty, as each of the versions writes that."""
    old = manifest["apiVersion"] == OLD
    manifest["status"] = {
        "desiredReplicas": 0,
        **({"currentReplicas": 0} if old else {"currentMetrics": None}),
    }


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], dns1123_subdomain, namespaced=True) + _spec(manifest)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    return metadata_update(new["metadata"], old["metadata"]) + _spec(new)


def _spec(manifest: Manifest) -> list[Cause]:
    """Check the bounds, the target, the metrics and the steps (validateHorizontalPodAutoscalerSpec)."""
    spec = manifest["spec"]
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    causes: list[Cause] = []
    if least is not None and least < 1:
        causes.append(invalid_value(SPEC / "minReplicas", least, "must be greater than or equal to 1"))
    here = SPEC / "maxReplicas"
    if most == 0:
        causes.append(required(here, "must be set and greater than 0"))
    elif most < 0:
        causes.append(invalid_value(here, most, "must be greater than 0"))
    if least is not None and most < least:
        causes.append(invalid_value(here, most, "must be greater than or equal to `minReplicas`"))
    causes += scale_target(mapping(spec.get("scaleTargetRef")), SPEC / "scaleTargetRef")
    for i, metric in enumerate(_metrics(manifest)):
        causes += _metric(metric, SPEC / "metrics" @ i)
    for way in ("scaleUp", "scaleDown"):
        rules = mapping(spec.get("behavior")).get(way)
        if rules is not None:
            causes += _steps(rules, SPEC / "behavior" / way)
    return causes


def _metrics(manifest: Manifest) -> list[Manifest]:
    """Return the metrics, as v2 has them: that of v1 is a number of percents."""
    percent = manifest["spec"].get("targetCPUUtilizationPercentage")
    if manifest["apiVersion"] == OLD:
        return [] if percent is None else [_cpu(percent)]
    return sequence(manifest["spec"].get("metrics"))


def _metric(metric: Manifest, path: Path) -> list[Cause]:
    """Check that a metric says what its type promises, and that alone (validateMetricSpec)."""
    type_ = metric.get("type", "")
    causes = [] if type_ else [required(path / "type", "must specify a metric source type")]
    if type_ not in _SOURCES:
        causes.append(not_supported(path / "type", type_, sorted(_SOURCES)))
    there = [field for field in _SOURCES.values() if metric.get(field) is not None]
    if there:
        causes += _source(there[0], metric[there[0]], path / there[0])
    expected = _SOURCES.get(type_)
    if expected is None:
        causes.append(not_supported(path / "type", type_, sorted(_SOURCES)))
    elif expected not in there:
        causes.append(required(path / expected, _NOTHING_SAID))
    if len(there) != 1:
        causes += [forbidden_field(path / field, _TOO_MUCH_SAID) for field in there if field != expected]
    return causes


def _source(field: str, source: Manifest, path: Path) -> list[Cause]:
    """Check where a metric comes from, and what it is to be."""
    causes: list[Cause] = []
    target, here = mapping(source.get("target")), path / "target"
    if field == "object":
        causes += scale_target(mapping(source.get("describedObject")), path / "describedObject")
    if field in ("resource", "containerResource"):
        if not source.get("name"):
            causes.append(required(path / "name", "must specify a resource name"))
        if field == "containerResource" and not source.get("container"):
            causes.append(required(path / "container", "must specify a container"))
    else:
        causes += _identifier(mapping(source.get("metric")), path / "metric")
    causes += _target(target, here)
    value, average, share = (target.get(name) for name in ("value", "averageValue", "averageUtilization"))
    if field in ("resource", "containerResource"):
        if share is None and average is None:
            causes.append(required(here / "averageUtilization", _RAW_OR_SHARE))
        if share is not None and average is not None:
            detail = "may not set both a target raw value and a target utilization"
            causes.append(forbidden_field(here / "averageValue", detail))
    elif field == "pods":
        if average is None or Quantity(average) <= Quantity(0):
            causes.append(required(here / "averageValue", "must specify a positive target averageValue"))
    else:
        if value is None and average is None:
            causes.append(required(here / "averageValue", _VALUE_OR_SHARE))
        if field == "external" and value is not None and average is not None:
            detail = "may not set both a target value for metric and a per-pod target"
            causes.append(forbidden_field(here / "value", detail))
    return causes


def _identifier(metric: Manifest, path: Path) -> list[Cause]:
    name = metric.get("name", "")
    if not name:
        return [required(path / "name", "must specify a metric name")]
    return invalid_values(path / "name", name, path_segment(name))


def _target(target: Manifest, path: Path) -> list[Cause]:
    """Check what a metric is to be: above 0 in any case (validateMetricTarget)."""
    type_ = target.get("type", "")
    causes = [] if type_ else [required(path / "type", "must specify a metric target type")]
    if type_ not in _TARGETS:
        detail = "must be either Utilization, Value, or AverageValue"
        causes.append(invalid_value(path / "type", type_, detail))
    causes += [
        invalid_value(path / field, Quantity(target[field]), "must be positive")
        for field in ("value", "averageValue")
        if target.get(field) is not None and Quantity(target[field]) <= Quantity(0)
    ]
    share: Any = target.get("averageUtilization")
    if share is not None and share < 1:
        causes.append(invalid_value(path / "averageUtilization", share, "must be greater than 0"))
    return causes


def _steps(rules: Manifest, path: Path) -> list[Cause]:
    """Check in which steps it goes up or down (validateScalingRules)."""
    causes: list[Cause] = []
    window, here = rules.get("stabilizationWindowSeconds"), path / "stabilizationWindowSeconds"
    if window is not None and window < 0:
        causes.append(invalid_value(here, window, "must be greater than or equal to zero"))
    if window is not None and window > _LONGEST_WINDOW:
        causes.append(invalid_value(here, window, f"must be less than or equal to {_LONGEST_WINDOW}"))
    causes += one_of(rules.get("selectPolicy"), path / "selectPolicy", _SELECTS)
    policies = sequence(rules.get("policies"))
    if not policies:
        causes.append(required(path / "policies", "must specify at least one Policy"))
    for i, policy in enumerate(policies):
        causes += _policy(policy, path / "policies" @ i)
    tolerance = rules.get("tolerance")
    if tolerance is not None and Quantity(tolerance) < Quantity(0):
        detail = "must be greater or equal to zero"
        causes.append(invalid_value(path / "tolerance", Quantity(tolerance), detail))
    return causes


def _policy(policy: Manifest, path: Path) -> list[Cause]:
    """Check how far it may go in how many seconds (validateScalingPolicy)."""
    causes: list[Cause] = []
    if policy.get("type", "") not in _POLICIES:
        causes.append(not_supported(path / "type", policy.get("type", ""), _POLICIES))
    causes += [
        invalid_value(path / field, policy.get(field, 0), "must be greater than zero")
        for field in ("value", "periodSeconds")
        if policy.get(field, 0) <= 0
    ]
    if policy.get("periodSeconds", 0) > _LONGEST_PERIOD:
        detail = f"must be less than or equal to {_LONGEST_PERIOD}"
        causes.append(invalid_value(path / "periodSeconds", policy["periodSeconds"], detail))
    return causes


def _stored(new: Manifest, old: Manifest | None) -> Manifest:
    """Return an autoscaler of v1 as what it means in v2: that is what is stored, and what kubectl reads.

    What v1 has no fields for stands in annotations, which are none of v2.

    Source of the rule: `Convert_v1_HorizontalPodAutoscaler_To_autoscaling_HorizontalPodAutoscaler` in
    k8s.io/kubernetes/pkg/apis/autoscaling/v1
    """
    if new["apiVersion"] != OLD or (old is not None and old.get("apiVersion") == OLD):
        return new  # in a dump, v1 stays what it is
    spec, noted = dict(new["spec"]), mapping(new["metadata"].get("annotations"))
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    metrics = mappings(_parsed(noted.get(_METRICS))) + ([] if percent is None else [_cpu(percent)])
    behavior = _parsed(noted.get(_BEHAVIOR))
    if isinstance(behavior, dict):
        spec["behavior"] = behavior
    spec["metrics"] = metrics
    status: Manifest = {"desiredReplicas": 0, "currentMetrics": None} if old is None else new["status"]
    found = {**new, "apiVersion": _NEW, "metadata": _unnoted(new["metadata"]), "spec": spec, "status": status}
    _complete(found)
    return found


def _served(stored: Manifest, version: str) -> Manifest:
    """Return a stored autoscaler as v1 says it, where v1 is asked for.

    Source of the rule: `Convert_autoscaling_HorizontalPodAutoscaler_To_v1_HorizontalPodAutoscaler` in
    k8s.io/kubernetes/pkg/apis/autoscaling/v1
    """
    if version != OLD or stored.get("apiVersion") == OLD:
        return stored
    spec, status = dict(mapping(stored.get("spec"))), dict(mapping(stored.get("status")))
    metrics = mappings(spec.pop("metrics", None))
    cpu = next((item for item in metrics if _share(item) is not None), None)
    if cpu is not None:
        spec["targetCPUUtilizationPercentage"] = _share(cpu)
    measured = status.pop("currentMetrics", None)
    for item in mappings(measured):
        share = mapping(mapping(item.get("resource")).get("current")).get("averageUtilization")
        if share is not None and mapping(item.get("resource")).get("name") == "cpu":
            status["currentCPUUtilizationPercentage"] = share
    status.setdefault("currentReplicas", 0)
    notes = {
        CONDITIONS: status.pop("conditions", None),
        CURRENT_METRICS: measured,
        _METRICS: [item for item in metrics if item is not cpu],
        _BEHAVIOR: spec.pop("behavior", None),
    }
    metadata = _unnoted(stored["metadata"])
    told = {name: json.dumps(value, separators=(",", ":")) for name, value in notes.items() if value}
    if told:
        metadata["annotations"] = {**mapping(metadata.get("annotations")), **told}
    return {**stored, "apiVersion": OLD, "metadata": metadata, "spec": spec, "status": status}


def _share(metric: Manifest) -> int | None:
    """Return the percent of a metric that v1 has a field for: CPU, as a share of the requests."""
    resource = mapping(metric.get("resource"))
    share = mapping(resource.get("target")).get("averageUtilization")
    return share if metric.get("type") == "Resource" and resource.get("name") == "cpu" else None


def _unnoted(metadata: Manifest) -> Manifest:
    """Return metadata without the annotations in which v1 says what it has no fields for."""
    annotations = mapping(metadata.get("annotations"))
    if not any(name in annotations for name in _ROUND_TRIP):
        return dict(metadata)
    left = {name: value for name, value in annotations.items() if name not in _ROUND_TRIP}
    rest = {field: value for field, value in metadata.items() if field != "annotations"}
    return {**rest, **({"annotations": left} if left else {})}


def _parsed(note: Any) -> Any:
    """Return what an annotation says as JSON; None if it is none."""
    try:
        return json.loads(text(note) or "null")
    except ValueError:
        return None


RULES = Rules(
    group="autoscaling",
    complete=_complete,
    prepare=_prepare,
    check=_check,
    check_update=_check_update,
    stored=_stored,
    served=_served,
)

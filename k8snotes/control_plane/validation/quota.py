"""Rules for ResourceQuotas, which bound a namespace, and LimitRanges, which bound each Pod or container in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.api.names import label_key
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.validation.meta import metadata, metadata_update, name_rule
from k8snotes.control_plane.validation.quantities import (
    QUOTA_RESOURCES,
    container_resource_name,
    is_overcommit_allowed,
    quota_resource_name,
    resource_amount,
    resource_name,
)
from k8snotes.control_plane.validation.wording import (
    IMMUTABLE,
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
    invalid_values,
    required,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from k8snotes.errors import Cause

    Manifest = Mapping[str, Any]

__all__ = ["limit_range", "limit_range_update", "resource_quota", "resource_quota_update"]

SPEC = Path("spec")
_SCOPES = (
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
)
_EXISTS_SCOPES = frozenset(_SCOPES) - {"PriorityClass", "VolumeAttributesClass"}
_COMPUTE_QUOTA = frozenset(
    f"{side}{name}" for side in ("", "requests.", "limits.") for name in ("cpu", "memory")
) | {"pods"}
_CONFLICTS = ({"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"})
_LIMIT_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_MAX_MILLI = (2**63 - 1) // 1000


def resource_quota(manifest: Manifest) -> list[Cause]:
    """Check a ResourceQuota.

    Rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """
    causes = metadata(manifest["metadata"], name_rule("v1", "ResourceQuota"), namespaced=True)
    return causes + _quota_spec(manifest["spec"])


def resource_quota_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a ResourceQuota that replaces another: its scopes stay."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _quota_spec(new["spec"])
    scopes = new["spec"].get("scopes")
    if set(scopes or ()) != set(old["spec"].get("scopes") or ()):
        causes.append(invalid_value(SPEC / "scopes", scopes, IMMUTABLE))
    return causes


def _quota_spec(spec: Mapping[str, Any]) -> list[Cause]:
    causes: list[Cause] = []
    hard = spec.get("hard") or {}
    for name, amount in sorted(hard.items()):
        here = (SPEC / "hard").key(name)
        causes += quota_resource_name(name, here) + resource_amount(name, amount, here)
    causes += _scopes(spec.get("scopes") or [], hard)
    return causes + _scope_selector(spec, hard)


def _is_valid_for(scope: str, name: str) -> bool:
    # IsResourceQuotaScopeValidForResource
    if scope in (
        "Terminating",
        "NotTerminating",
        "NotBestEffort",
        "PriorityClass",
        "CrossNamespacePodAffinity",
    ):
        return name in _COMPUTE_QUOTA
    return name == "pods" if scope == "BestEffort" else True


def _scopes(scopes: list[str], hard: Mapping[str, str]) -> list[Cause]:
    causes: list[Cause] = []
    path = SPEC / "scopes"
    for scope in scopes:
        if scope not in _SCOPES:
            causes.append(invalid_value(path, scopes, "unsupported scope"))
        causes += [
            invalid_value(path, scopes, "unsupported scope applied to resource")
            for name in sorted(hard)
            if name in QUOTA_RESOURCES and not _is_valid_for(scope, name)
        ]
    return causes + [
        invalid_value(path, scopes, "conflicting scopes") for both in _CONFLICTS if both <= set(scopes)
    ]


def _scope_selector(spec: Mapping[str, Any], hard: Mapping[str, str]) -> list[Cause]:
    causes: list[Cause] = []
    expressions = (spec.get("scopeSelector") or {}).get("matchExpressions") or []
    path = SPEC / "scopeSelector" / "matchExpressions"
    for expression in expressions:
        scope, operator = expression.get("scopeName", ""), expression.get("operator", "")
        values = expression.get("values") or []
        if scope not in _SCOPES:
            causes.append(invalid_value(path / "scopeName", scope, "unsupported scope"))
        causes += [
            invalid_value(path, spec["scopeSelector"], "unsupported scope applied to resource")
            for name in sorted(hard)
            if name in QUOTA_RESOURCES and not _is_valid_for(scope, name)
        ]
        if scope in _EXISTS_SCOPES and operator != "Exists":
            detail = (
                "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
                "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
                "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
            )
            causes.append(invalid_value(path / "operator", operator, detail))
        if operator in ("In", "NotIn"):
            detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            causes += [] if values else [required(path / "values", detail)]
        elif operator in ("Exists", "DoesNotExist"):
            detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            causes += [invalid_value(path / "values", values, detail)] if values else []
        else:
            causes.append(invalid_value(path / "operator", operator, "not a valid selector operator"))
    names = {expression.get("scopeName", "") for expression in expressions}
    scopes = spec.get("scopes")
    return causes + [
        invalid_value(path, scopes, "conflicting scopes") for both in _CONFLICTS if both <= names
    ]


def limit_range(manifest: Manifest) -> list[Cause]:
    """Check a LimitRange.

    Rule: https://kubernetes.io/docs/concepts/policy/limit-range/
    """
    causes = metadata(manifest["metadata"], name_rule("v1", "LimitRange"), namespaced=True)
    seen: set[str] = set()
    for i, limit in enumerate(manifest["spec"].get("limits") or ()):
        path, type_ = SPEC / "limits" @ i, limit.get("type", "")
        causes += _limit_type(type_, path / "type")
        if type_ in seen:
            causes.append(duplicate(path / "type", type_))
        seen.add(type_)
        causes += _limit(limit, type_, path)
    return causes


def limit_range_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a LimitRange that replaces another."""
    del old
    return limit_range(new)


def _limit_type(type_: str, path: Path) -> list[Cause]:
    causes = invalid_values(path, type_, label_key(type_))
    if not causes and "/" not in type_ and type_ not in _LIMIT_TYPES:
        causes.append(invalid_value(path, type_, "must be a standard limit type or fully qualified"))
    return causes


def _limit(limit: Mapping[str, Any], type_: str, path: Path) -> list[Cause]:
    rule = container_resource_name if type_ in ("Pod", "Container") else resource_name
    fields = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"]
    causes: list[Cause] = []
    for field in fields:
        if type_ == "Pod" and field.startswith("default"):
            if limit.get(field):
                detail = "may not be specified when `type` is 'Pod'"
                causes.append(forbidden_field(path / field, detail))
            continue
        if field == "maxLimitRequestRatio" and type_ == "PersistentVolumeClaim":
            bounds = {*(limit.get("min") or ()), *(limit.get("max") or ())}
            if "storage" not in bounds:
                detail = "either minimum or maximum storage value is required, but neither was provided"
                causes.append(required(path / "limits", detail))
        for name in sorted(limit.get(field) or ()):
            causes += rule(name, (path / field).key(name))
    if type_ == "Pod":
        fields = ["max", "min", "maxLimitRequestRatio"]
    amounts = {field: {n: Quantity(q) for n, q in (limit.get(field) or {}).items()} for field in fields}
    for name in sorted({name for found in amounts.values() for name in found}):
        causes += _amounts(name, {field: found.get(name) for field, found in amounts.items()}, path)
    return causes


def _amounts(name: str, by_field: Mapping[str, Quantity | None], path: Path) -> list[Cause]:
    # min <= defaultRequest <= default <= max, and a ratio that can be kept
    low, high = by_field.get("min"), by_field.get("max")
    request, limit = by_field.get("defaultRequest"), by_field.get("default")
    causes: list[Cause] = []

    def expect(
        small: Quantity | None, large: Quantity | None, field: str, shown: Quantity | None, words: str
    ) -> None:
        if small is not None and large is not None and small > large:
            what, _, other = words.partition(" / ")
            detail = f"{what} {small} is greater than {other} {large}"
            causes.append(invalid_value((path / field).key(name), shown, detail))

    expect(low, high, "min", low, "min value / max value")
    expect(low, request, "defaultRequest", request, "min value / default request value")
    expect(request, high, "defaultRequest", request, "default request value / max value")
    expect(request, limit, "defaultRequest", request, "default request value / default limit value")
    expect(low, limit, "default", low, "min value / default value")
    expect(limit, high, "default", high, "default value / max value")
    causes += _ratio(
        by_field.get("maxLimitRequestRatio"), low, high, (path / "maxLimitRequestRatio").key(name)
    )
    if not is_overcommit_allowed(name) and limit is not None and request is not None and limit != request:
        detail = f"default value {limit} must equal to defaultRequest value {request} in {name}"
        causes.append(invalid_value((path / "defaultRequest").key(name), request, detail))
    return causes


def _ratio(ratio: Quantity | None, low: Quantity | None, high: Quantity | None, path: Path) -> list[Cause]:
    if ratio is None:
        return []
    causes: list[Cause] = []
    if ratio < Quantity(1):
        causes.append(invalid_value(path, ratio, f"ratio {ratio} is less than 1"))
    if low is None or high is None or not low:
        return causes
    precise = max(ratio.value, low.value, high.value) < _MAX_MILLI
    most = high.milli / low.milli if precise else high.value / low.value
    wish = ratio.milli / 1000 if precise else float(ratio.value)
    if wish > most:
        causes.append(invalid_value(path, ratio, f"ratio {ratio} is greater than max/min = {most:f}"))
    return causes

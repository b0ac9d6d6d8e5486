"""LimitRange: how much each Pod, container or claim of a Namespace may have, and has by default.

Source of the rules: https://kubernetes.io/docs/concepts/policy/limit-range/ and `ValidateLimitRange` in
k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from collections.abc import Mapping

from k8snotes.api.base import Manifest, mapping, mappings
from k8snotes.api.names import dns1123_subdomain, label_key
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata
from k8snotes.control_plane.validation.quantities import (
    container_resource_name,
    is_overcommit_allowed,
    resource_name,
)
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    invalid_value,
    invalid_values,
    required,
    unique,
)
from k8snotes.errors import Cause

__all__ = ["RULES"]

SPEC = Path("spec")
_LIMIT_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_MAX_MILLI = (2**63 - 1) // 1000


def _complete(manifest: Manifest) -> None:
    """Fill in a container's defaults: a maximum is also the default limit, a minimum the default request.

    Source of the rule: `SetDefaults_LimitRangeItem` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    for limit in mappings(manifest["spec"].get("limits")):
        if limit.get("type") != "Container":
            continue
        defaults = mapping(limit.get("max")) | mapping(limit.get("default"))
        requests = mapping(limit.get("min")) | defaults | mapping(limit.get("defaultRequest"))
        for field, amounts in (("default", defaults), ("defaultRequest", requests)):
            if amounts:
                limit[field] = amounts


def _check(manifest: Manifest) -> list[Cause]:
    """Check a LimitRange.

    Source of the rule: https://kubernetes.io/docs/concepts/policy/limit-range/
    """
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    seen: set[str] = set()
    for i, limit in enumerate(mappings(manifest["spec"].get("limits"))):
        path, type_ = SPEC / "limits" @ i, limit.get("type", "")
        causes += _limit_type(type_, path / "type")
        causes += unique(type_, path / "type", seen)
        causes += _limit(limit, type_, path)
    return causes


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a LimitRange that replaces another."""
    del old
    return _check(new)


def _limit_type(type_: str, path: Path) -> list[Cause]:
    """Check what is bounded: Pod, Container, PersistentVolumeClaim, or a name with a domain."""
    causes = invalid_values(path, type_, label_key(type_))
    if not causes and "/" not in type_ and type_ not in _LIMIT_TYPES:
        causes.append(invalid_value(path, type_, "must be a standard limit type or fully qualified"))
    return causes


def _limit(limit: Manifest, type_: str, path: Path) -> list[Cause]:
    """Check one limit: its names, and that its bounds do not cross."""
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
            bounds = {*mapping(limit.get("min")), *mapping(limit.get("max"))}
            if "storage" not in bounds:
                detail = "either minimum or maximum storage value is required, but neither was provided"
                causes.append(required(path / "limits", detail))
        for name in sorted(mapping(limit.get(field))):
            causes += rule(name, (path / field).key(name))
    if type_ == "Pod":
        fields = ["max", "min", "maxLimitRequestRatio"]
    amounts = {field: {n: Quantity(q) for n, q in mapping(limit.get(field)).items()} for field in fields}
    for name in sorted({name for by_name in amounts.values() for name in by_name}):
        causes += _amounts(name, {field: by_name.get(name) for field, by_name in amounts.items()}, path)
    return causes


def _amounts(name: str, by_field: Mapping[str, Quantity | None], path: Path) -> list[Cause]:
    """Check the bounds of one resource: min <= defaultRequest <= default <= max, and a ratio that can be kept."""
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
    """Check a ratio of limit to request: at least 1, and no more than max/min."""
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


RULES = Rules(complete=_complete, check=_check, check_update=_check_update)

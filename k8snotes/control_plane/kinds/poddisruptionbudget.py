"""PodDisruptionBudget: its rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.base import Manifest
from k8snotes.api.label_selector import validate_label_selector
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update, path_segment
from k8snotes.control_plane.validation.wording import GoStruct, Path, invalid_value, not_supported
from k8snotes.control_plane.validation.workload import at_most_all, int_or_percent
from k8snotes.errors import Cause

__all__ = ["RULES"]

SPEC = Path("spec")
_POLICIES = ("AlwaysAllow", "IfHealthyBudget")


def _check(manifest: Manifest) -> list[Cause]:
    """Check a PodDisruptionBudget: its spec first; the metadata only where that is right."""
    return _spec(manifest["spec"]) or metadata(manifest["metadata"], path_segment, namespaced=True)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a PodDisruptionBudget that replaces another: everything in its spec may change."""
    return metadata_update(new["metadata"], old["metadata"]) + _spec(new["spec"])


def _spec(spec: Mapping[str, Any]) -> list[Cause]:
    """Check the spec.

    Source of the rule: `ValidatePodDisruptionBudgetSpec` in k8s.io/kubernetes/pkg/apis/policy/validation
    """
    causes: list[Cause] = []
    amounts = {field: spec.get(field) for field in ("minAvailable", "maxUnavailable")}
    if None not in amounts.values():
        shown = GoStruct(
            MinAvailable=amounts["minAvailable"],
            Selector=spec.get("selector"),
            MaxUnavailable=amounts["maxUnavailable"],
            UnhealthyPodEvictionPolicy=spec.get("unhealthyPodEvictionPolicy"),
        )
        causes.append(invalid_value(SPEC, shown, "minAvailable and maxUnavailable cannot be both set"))
    for field, amount in amounts.items():
        if amount is not None:
            causes += int_or_percent(amount, SPEC / field) + at_most_all(amount, SPEC / field)
    causes += validate_label_selector(spec.get("selector"), SPEC / "selector")
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in _POLICIES:
        causes.append(not_supported(SPEC / "unhealthyPodEvictionPolicy", policy, _POLICIES))
    return causes


RULES = Rules(
    group="policy",
    name=path_segment,
    status={"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
    check=_check,
    check_update=_check_update,
)

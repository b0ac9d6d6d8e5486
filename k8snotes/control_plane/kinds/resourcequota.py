"""ResourceQuota: how much all objects of a Namespace may have together.

What an object counts for is declared by its own kind (`Rules.amounts`).

Source of the rules: https://kubernetes.io/docs/concepts/policy/resource-quotas/ and `ValidateResourceQuota` in
k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from collections.abc import Mapping

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.quantities import QUOTA_RESOURCES, quota_resource_name, resource_amount
from k8snotes.control_plane.validation.wording import IMMUTABLE, Path, invalid_value, required
from k8snotes.errors import Cause

__all__ = ["RULES"]

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


def _check(manifest: Manifest) -> list[Cause]:
    """Check a ResourceQuota.

    Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    return causes + _spec(manifest["spec"])


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a ResourceQuota that replaces another: its scopes stay."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _spec(new["spec"])
    scopes = new["spec"].get("scopes")
    if set(scopes or ()) != set(sequence(old["spec"].get("scopes"))):
        causes.append(invalid_value(SPEC / "scopes", scopes, IMMUTABLE))
    return causes


def _spec(spec: Manifest) -> list[Cause]:
    """Check names, amounts and scopes (ValidateResourceQuotaSpec)."""
    causes: list[Cause] = []
    hard = mapping(spec.get("hard"))
    for name, amount in sorted(hard.items()):
        here = (SPEC / "hard").key(name)
        causes += quota_resource_name(name, here) + resource_amount(name, amount, here)
    causes += _scopes(sequence(spec.get("scopes")), hard)
    return causes + _scope_selector(spec, hard)


def _is_valid_for(scope: str, name: str) -> bool:
    """Whether a scope means something for a resource (IsResourceQuotaScopeValidForResource)."""
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
    """Check plain scopes: known, fitting to what is bounded, and not against each other (validateResourceQuotaScopes)."""
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


def _scope_selector(spec: Manifest, hard: Mapping[str, str]) -> list[Cause]:
    """Check scopes with operators and values (validateScopeSelector)."""
    causes: list[Cause] = []
    expressions = sequence(mapping(spec.get("scopeSelector")).get("matchExpressions"))
    path = SPEC / "scopeSelector" / "matchExpressions"
    for expression in expressions:
        scope, operator = expression.get("scopeName", ""), expression.get("operator", "")
        values = sequence(expression.get("values"))
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


RULES = Rules(status={}, check=_check, check_update=_check_update)

"""Role: what may be done in one Namespace.

Source of the rules: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and `ValidateRole` in
k8s.io/kubernetes/pkg/apis/rbac/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, sequence
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update, path_segment
from k8snotes.control_plane.validation.wording import Path, invalid_value, required
from k8snotes.errors import Cause

__all__ = ["RULES", "complete_role", "policy_rules"]

_RESOURCES = ("apiGroups", "resources", "resourceNames")
_NO_URLS = "namespaced rules cannot apply to non-resource URLs"
_NOT_BOTH = "rules cannot apply to both regular resources and non-resource URLs"


def complete_role(manifest: Manifest) -> None:
    """Write null for the rules of a role that has none, as Kubernetes does.

    >>> role = {"metadata": {"name": "nobody"}}
    >>> complete_role(role)
    >>> role["rules"] is None
    True
    """
    manifest.setdefault("rules", None)


def policy_rules(rules: list[Manifest], *, namespaced: bool) -> list[Cause]:
    """Check what a Role or ClusterRole allows (ValidatePolicyRule).

    Args:
        rules: its rules.
        namespaced: whether they are of a Role, which knows no URLs.

    >>> [cause.field for cause in policy_rules([{"resources": ["pods"], "apiGroups": [""]}], namespaced=True)]
    ['rules[0].verbs']
    """
    causes: list[Cause] = []
    for i, rule in enumerate(rules):
        path = Path("rules") @ i
        if not rule.get("verbs"):
            causes.append(required(path / "verbs", "verbs must contain at least one value"))
        urls = rule.get("nonResourceURLs")
        if urls:
            here = path / "nonResourceURLs"
            causes += [invalid_value(here, urls, _NO_URLS)] if namespaced else []
            causes += [invalid_value(here, urls, _NOT_BOTH)] if any(map(rule.get, _RESOURCES)) else []
            continue
        if not rule.get("apiGroups"):
            detail = "resource rules must supply at least one api group"
            causes.append(required(path / "apiGroups", detail))
        if not rule.get("resources"):
            causes.append(required(path / "resources", "resource rules must supply at least one resource"))
    return causes


def _rules(manifest: Manifest) -> list[Cause]:
    return policy_rules(sequence(manifest.get("rules")), namespaced=True)


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], path_segment, namespaced=True) + _rules(manifest)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    return _rules(new) + metadata_update(new["metadata"], old["metadata"])


RULES = Rules(
    group="rbac.authorization.k8s.io",
    name=path_segment,
    complete=complete_role,
    check=_check,
    check_update=_check_update,
)

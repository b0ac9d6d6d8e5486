"""ClusterRole: what may be done in the whole cluster, or in each Namespace where it is bound.

Source of the rules: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and `ValidateClusterRole` in
k8s.io/kubernetes/pkg/apis/rbac/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, sequence
from k8snotes.api.label_selector import validate_label_selector
from k8snotes.control_plane.kinds.role import complete_role, policy_rules
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update, path_segment
from k8snotes.control_plane.validation.wording import Path, invalid_value, required
from k8snotes.errors import Cause

__all__ = ["RULES"]

_SELECTORS = Path("aggregationRule.clusterRoleSelectors")
_NONE = "at least one clusterRoleSelector required if aggregationRule is non-nil"


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], path_segment, namespaced=False) + _rules(manifest)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    return _rules(new) + metadata_update(new["metadata"], old["metadata"])


def _rules(manifest: Manifest) -> list[Cause]:
    """Check the rules, and by which labels other roles are gathered."""
    causes = policy_rules(sequence(manifest.get("rules")), namespaced=False)
    gathered = manifest.get("aggregationRule")
    if gathered is None:
        return causes
    selectors = sequence(gathered.get("clusterRoleSelectors"))
    if not selectors:
        causes.append(required(_SELECTORS, _NONE))
    for i, selector in enumerate(selectors):
        wrong = validate_label_selector(selector, _SELECTORS @ i)
        causes += wrong
        if wrong:
            causes.append(invalid_value(_SELECTORS @ i, None, "invalid label selector."))
    return causes


RULES = Rules(
    group="rbac.authorization.k8s.io",
    name=path_segment,
    complete=complete_role,
    check=_check,
    check_update=_check_update,
)

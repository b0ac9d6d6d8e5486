"""ClusterRoleBinding: it grants the permissions of a ClusterRole in the whole cluster.

Source of the rules: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and
`ValidateClusterRoleBinding` in k8s.io/kubernetes/pkg/apis/rbac/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.control_plane.kinds.rolebinding import binding, complete_binding, same_role
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update, path_segment
from k8snotes.errors import Cause

__all__ = ["RULES"]


def _roles(manifest: Manifest) -> list[Cause]:
    return binding(manifest, ("ClusterRole",), namespaced=False)


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], path_segment, namespaced=False) + _roles(manifest)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    return _roles(new) + metadata_update(new["metadata"], old["metadata"]) + same_role(new, old)


RULES = Rules(
    group="rbac.authorization.k8s.io",
    name=path_segment,
    complete=complete_binding,
    check=_check,
    check_update=_check_update,
)

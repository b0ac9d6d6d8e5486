"""RoleBinding: it grants the permissions of a role in one Namespace.

Source of the rules: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and `ValidateRoleBinding` in
k8s.io/kubernetes/pkg/apis/rbac/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import (
    dns_subdomain,
    metadata,
    metadata_update,
    path_segment,
)
from k8snotes.control_plane.validation.references import path_name
from k8snotes.control_plane.validation.wording import GoStruct, Path, invalid_value, not_supported, required
from k8snotes.errors import Cause

__all__ = ["RULES", "binding", "complete_binding", "same_role"]

GROUP = "rbac.authorization.k8s.io"
_SUBJECTS = ("ServiceAccount", "User", "Group")


def complete_binding(manifest: Manifest) -> None:
    """Fill in, in place, the API groups of the role and of users and groups.

    >>> manifest = {"roleRef": {"kind": "Role", "name": "reader"}}
    >>> complete_binding(manifest)
    >>> manifest["roleRef"]["apiGroup"]
    'rbac.authorization.k8s.io'

    Source of the rule: `SetDefaults_RoleRef` and `SetDefaults_Subject` in k8s.io/kubernetes/pkg/apis/rbac/v1
    """
    set_missing(manifest.setdefault("roleRef", {}), apiGroup=GROUP)
    for subject in sequence(manifest.get("subjects")):
        if subject.get("kind") in ("User", "Group"):
            set_missing(subject, apiGroup=GROUP)


def binding(manifest: Manifest, roles: tuple[str, ...], *, namespaced: bool) -> list[Cause]:
    """Check which role a binding gives to whom (ValidateRoleBinding, ValidateClusterRoleBinding).

    Args:
        manifest: the binding.
        roles: the kinds of roles that it may give.
        namespaced: whether it is of one Namespace; a ServiceAccount need not name its own then.
    """
    role, path = mapping(manifest.get("roleRef")), Path("roleRef")
    causes: list[Cause] = []
    for field, options in (("apiGroup", (GROUP,)), ("kind", roles)):
        if role.get(field, "") not in options:
            causes.append(not_supported(path / field, role.get(field, ""), options))
    causes += path_name(role.get("name", ""), path / "name")
    for i, subject in enumerate(sequence(manifest.get("subjects"))):
        causes += _subject(subject, Path("subjects") @ i, namespaced=namespaced)
    return causes


def _subject(subject: Manifest, path: Path, *, namespaced: bool) -> list[Cause]:
    """Check one of the subjects that get a role (ValidateRoleBindingSubject)."""
    name, kind, group = (subject.get(field, "") for field in ("name", "kind", "apiGroup"))
    causes = [] if name else [required(path / "name")]
    if kind not in _SUBJECTS:
        return [*causes, not_supported(path / "kind", kind, _SUBJECTS)]
    if kind != "ServiceAccount":
        return causes + ([] if group == GROUP else [not_supported(path / "apiGroup", group, (GROUP,))])
    causes += dns_subdomain(name, path / "name") if name else []
    if group:
        causes.append(not_supported(path / "apiGroup", group, ("",)))
    if not namespaced and not subject.get("namespace"):
        causes.append(required(path / "namespace"))
    return causes


def same_role(new: Manifest, old: Manifest) -> list[Cause]:
    """Check that a binding keeps its role: another role is another binding.

    >>> old, new = {"roleRef": {"name": "view"}}, {"roleRef": {"name": "edit"}}
    >>> [cause.message for cause in same_role(new, old)]
    ['Invalid value: {"APIGroup":"","Kind":"","Name":"edit"}: cannot change roleRef']
    """
    role = mapping(new.get("roleRef"))
    if role == mapping(old.get("roleRef")):
        return []
    shown = GoStruct(APIGroup=role.get("apiGroup", ""), Kind=role.get("kind", ""), Name=role.get("name", ""))
    return [invalid_value("roleRef", shown, "cannot change roleRef")]


def _roles(manifest: Manifest) -> list[Cause]:
    return binding(manifest, ("Role", "ClusterRole"), namespaced=True)


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], path_segment, namespaced=True) + _roles(manifest)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    return _roles(new) + metadata_update(new["metadata"], old["metadata"]) + same_role(new, old)


RULES = Rules(
    group=GROUP, name=path_segment, complete=complete_binding, check=_check, check_update=_check_update
)

"""RoleBinding: who has a role in one Namespace."""

from __future__ import annotations

from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import path_segment

__all__ = ["RULES"]

RULES = Rules(group="rbac.authorization.k8s.io", name=path_segment)

"""Role: what may be done in one Namespace."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.api.kind import Kind
from k8snotes.api.policy_rule import PolicyRule, policy_rules

__all__ = ["GROUP", "KIND", "REMOVED", "Role"]

GROUP = "rbac.authorization.k8s.io"
REMOVED = ((f"{GROUP}/v1alpha1", "1.22"), (f"{GROUP}/v1beta1", "1.22"))


class Role(KubeObject):
    """A Role or a ClusterRole: rules, each of which allows verbs on resources.

    >>> role = Role({"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})
    >>> role.rules[0].verbs
    ('get',)
    """

    __slots__ = ()

    @property
    def rules(self) -> tuple[PolicyRule, ...]:
        """Its rules, in order; together they allow what any of them allows."""
        return policy_rules(self.raw.get("rules"))


KIND = Kind("Role", "roles", GROUP, removed=REMOVED, view=Role)

"""ClusterRoleBinding: it gives a ClusterRole to users, groups and ServiceAccounts, in the whole cluster."""

from __future__ import annotations

from k8snotes.api.kind import Kind
from k8snotes.api.kinds.role import GROUP, REMOVED
from k8snotes.api.kinds.rolebinding import RoleBinding

__all__ = ["KIND", "ClusterRoleBinding"]


class ClusterRoleBinding(RoleBinding):
    """A ClusterRoleBinding: it names one ClusterRole, and those who get it."""

    __slots__ = ()


KIND = Kind(
    "ClusterRoleBinding",
    "clusterrolebindings",
    GROUP,
    namespaced=False,
    removed=REMOVED,
    view=ClusterRoleBinding,
)

"""ClusterRole: what may be done in the whole cluster, or in each Namespace where it is bound."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import mapping, sequence
from k8snotes.api.kind import Kind
from k8snotes.api.kinds.role import GROUP, REMOVED, Role

__all__ = ["KIND", "ClusterRole"]


class ClusterRole(Role):
    """A ClusterRole; one with an aggregation rule has the rules of all ClusterRoles that its selectors find.

    >>> import k8snotes as kn
    >>> kn.Cluster(nodes=0)["clusterrole/view"].gathers is None, kn.Cluster(nodes=0)["clusterrole/cluster-admin"].gathers
    (False, None)
    """

    __slots__ = ()

    @property
    def gathers(self) -> list[Any] | None:
        """Its `aggregationRule.clusterRoleSelectors`; None where its rules are its own."""
        rule = self.raw.get("aggregationRule")
        return None if rule is None else sequence(mapping(rule).get("clusterRoleSelectors"))


KIND = Kind("ClusterRole", "clusterroles", GROUP, namespaced=False, removed=REMOVED, view=ClusterRole)

"""The clusterrole-aggregation-controller: writes into a ClusterRole the rules of those that its labels gather."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, sequence
from k8snotes.api.kinds.clusterrole import ClusterRole
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent

__all__ = ["ClusterRoleAggregationController"]

_ROLES = "clusterroles.rbac.authorization.k8s.io"


class ClusterRoleAggregationController(Component):
    """Fills in the rules of each ClusterRole that has an aggregation rule, whenever a ClusterRole changes.

    Source of the rule: `syncClusterRole` in k8s.io/kubernetes/pkg/controller/clusterroleaggregation
    """

    name = "clusterrole-aggregation-controller"
    turn = 145
    watches = (_ROLES,)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002
        """Yield all ClusterRoles with an aggregation rule: any of them may gather the one that changed."""
        for obj in api.store.list(_ROLES):
            if isinstance(obj, ClusterRole) and obj.gathers is not None:
                yield obj.key

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Gather the rules, by selector and by name, each rule once; write them if they differ."""
        if not isinstance(obj, ClusterRole) or obj.gathers is None:
            return
        rules: list[Any] = []
        for selector in obj.gathers:
            wanted = Selector.from_label_selector(selector)
            for role in api.store.list(_ROLES):
                if role.name != obj.name and wanted.matches(role.labels):
                    rules += [rule for rule in sequence(role.raw.get("rules")) if rule not in rules]
        if rules == sequence(obj.raw.get("rules")):
            return

        def edit(manifest: Manifest) -> None:
            manifest["rules"] = rules or None

        api.change(
            obj, edit, by=self.name, why=_("its aggregation rule gathers the rules of other ClusterRoles")
        )

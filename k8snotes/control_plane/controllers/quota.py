"""The ResourceQuota controller: writes into each quota's status how much of it is used."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import KubeObject, mapping
from k8snotes.api.registry import all_kinds
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent

__all__ = ["ResourceQuotaController"]


class ResourceQuotaController(Component):
    """Counts anew whenever something in a Namespace with a quota comes, goes or changes.

    It only counts: what is too much is refused by admission, before it is stored.
    Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """

    name = "resourcequota-controller"
    turn = 40
    watches = ("resourcequotas", *(kind.qualified for kind in all_kinds() if kind.recounted))
    serves = "resourcequotas"

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Yield the quotas of the Namespace in which something changed."""
        if event.key[0] == "resourcequotas":
            return (event.key,)
        return [quota.key for quota in api.list("resourcequotas", event.key[1])]

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Write what is used and what is allowed."""
        hard = mapping(obj.spec.get("hard"))
        used = {name: str(amount) for name, amount in sorted(api.ledger.used(obj.raw).items())}
        status = {"hard": dict(hard), "used": used}
        api.update_status(obj, status, by=self.name, why=_("its usage was counted again"))

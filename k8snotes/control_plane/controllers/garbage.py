"""The garbage collector: deletes what was owned by objects that are gone."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mappings, text
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import WatchEvent

__all__ = ["GarbageCollector"]


class GarbageCollector(Component):
    """Deletes objects whose owners are all gone.

    Source of the rule: https://kubernetes.io/docs/concepts/architecture/garbage-collection/
    """

    name = "garbage-collector"
    turn = 30

    def observe(self, api: ApiServer) -> None:
        """Queue what names owners when it comes, and what a deleted object was an owner of."""
        if self._seen == api.store.revision:
            return
        for event in api.store.watch(self._seen):
            if event.type == "DELETED":
                self.queue.update(dict.fromkeys(obj.key for obj in api.store.dependents(event.object.uid)))
            elif _owners(event) and (
                event.old is None or _owners(event) != event.old.metadata.get("ownerReferences")
            ):
                self.queue[event.key] = None
        self._seen = api.store.revision

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Delete the object if none of its owners is there."""
        owners = mappings(obj.metadata.get("ownerReferences"))
        if not owners or obj.terminating:
            return
        if any(api.store.with_uid(text(item.get("uid"))) is not None for item in owners):
            return
        kind, name = text(owners[0].get("kind")), text(owners[0].get("name"))
        why = _("its owner {kind} {name} is gone", kind=kind, name=name)
        api.delete(obj, by=self.name, why=why)


def _owners(event: WatchEvent) -> object:
    """Return the ownerReferences of an object as it is now."""
    return event.object.metadata.get("ownerReferences")

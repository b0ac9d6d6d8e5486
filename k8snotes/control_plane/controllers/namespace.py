"""The Namespace controller: empties a Namespace that is being deleted, then removes it."""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.base import KubeObject
from k8snotes.api.furniture import is_furniture
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent

__all__ = ["NamespaceController"]


class NamespaceController(Component):
    """Deletes all that is in a terminating Namespace; what has gone last takes the Namespace with it.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
    """

    name = "namespace-controller"
    turn = 20
    watches = ("namespaces",)

    def __init__(self) -> None:
        super().__init__()
        self.emptying: set[str] = set()

    def observe(self, api: ApiServer) -> None:
        """Queue the Namespaces that are on their way out, as long as something in them changes."""
        if self.emptying and self._seen != api.store.revision:
            self.queue.update({("namespaces", "", name): None for name in self.emptying})
        super().observe(api)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:  # noqa: ARG002
        """Yield a Namespace that is being deleted."""
        if event.type == "DELETED":
            self.emptying.discard(event.object.name)
        elif event.object.terminating:
            self.emptying.add(event.object.name)
            yield event.key

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Delete what is left in a terminating Namespace; remove it, with its furniture, when nothing is."""
        if not obj.terminating:
            return
        left = [
            item
            for resource in api.store.resources()
            if resource != "events"
            for item in api.store.list(resource, obj.name)
            if not is_furniture(item)
        ]
        for item in left:
            if not item.terminating:
                api.delete(
                    item,
                    by=self.name,
                    cascade="background",
                    why=_("its Namespace {namespace} is being deleted", namespace=obj.name),
                )
        if not left:
            for resource in ("events", "configmaps", "serviceaccounts"):
                for item in api.store.list(resource, obj.name):
                    api.store.delete(item.key)
            api.remove(obj, by=self.name, why=_("it is empty"))

    def copy(self) -> NamespaceController:
        """Return an independent controller in the same state."""
        other = super().copy()
        other.emptying = self.emptying.copy()
        return other

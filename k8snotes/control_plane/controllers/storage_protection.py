"""Storage that is used stays: claims that are deleted wait for their Pods, volumes for their claims."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import KubeObject, Manifest, sequence
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.scheduling.claims import claims_of
from k8snotes.control_plane.storage_rules import CLAIMS, VOLUMES

__all__ = ["StorageProtectionController"]

_HELD_BY = {CLAIMS: "kubernetes.io/pvc-protection", VOLUMES: "kubernetes.io/pv-protection"}


class StorageProtectionController(Component):
    """Takes the finalizer away from claims that no Pod uses, and from volumes that are not bound, once they are deleted.

    In Kubernetes these are two controllers, one for claims and one for volumes.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
    """

    name = "pvc-protection-controller"
    turn = 25
    watches = (CLAIMS, VOLUMES)

    def observe(self, api: ApiServer) -> None:
        """Queue what is being deleted; of a Pod that has ended or gone, the claims that it used."""
        if self._seen != api.store.revision and api.store.count(CLAIMS):
            for event in api.store.watch(self._seen, "pods"):
                pod = event.object
                if pod.spec.get("volumes") and (
                    event.type == "DELETED" or (isinstance(pod, Pod) and pod.ended)
                ):
                    self.queue.update(dict.fromkeys((CLAIMS, event.key[1], name) for name in claims_of(pod)))
        super().observe(api)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002
        """Yield a claim or a volume that is being deleted."""
        return (event.key,) if event.object.terminating else ()

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Let go of a claim or a volume that is being deleted, and that is not used."""
        finalizer = _HELD_BY.get(obj.key[0])
        if not obj.terminating or finalizer is None or _is_used(api, obj):
            return
        kept = [item for item in sequence(obj.metadata.get("finalizers")) if item != finalizer]

        def edit(manifest: Manifest) -> None:
            manifest["metadata"].pop("finalizers", None)
            if kept:
                manifest["metadata"]["finalizers"] = kept

        api.change(obj, edit, by=self.name, why=_("nothing uses it"))


def _is_used(api: ApiServer, obj: KubeObject) -> bool:
    """Whether a Pod on a Node has a claim among its volumes, or a claim is bound to a volume."""
    if obj.key[0] == VOLUMES:
        return obj.status.get("phase") == "Bound"
    return any(
        isinstance(pod, Pod) and pod.node_name and not pod.ended and obj.name in claims_of(pod)
        for pod in api.list("pods", obj.namespace)
    )

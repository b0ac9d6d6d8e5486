"""The volume expander: leaves a claim that asks for more than its volume has to the resizer of its driver."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import KubeObject, text
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.storage_rules import CLAIMS, VOLUMES, requested, size

__all__ = ["VolumeExpander"]

_WAITS = "waiting for an external controller to expand this PVC"


class VolumeExpander(Component):
    """Says of a bound claim that wants to grow that something outside Kubernetes has to do it.

    Kubernetes itself makes no volume larger: the resizer of a driver does, which `c.provide_storage()` brings along.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
    """

    name = "persistentvolume-expander-controller"
    turn = 47
    watches = (CLAIMS,)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002
        """Yield a claim that asks for another amount than before."""
        old = event.old
        if old is None or event.type == "DELETED" or requested(old) == requested(event.object):
            return ()
        return (event.key,)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Leave the Event, if the claim asks for more than its volume has."""
        volume = api.store.get((VOLUMES, "", text(obj.spec.get("volumeName"))))
        owner = volume is not None and volume.spec.get("claimRef")
        if not owner or obj.status.get("phase") != "Bound":
            return
        if requested(obj) > size(obj.status.get("capacity")):
            record(api, obj, "ExternalExpanding", _WAITS, by="volume_expand")

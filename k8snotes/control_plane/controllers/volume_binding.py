"""The volume binder: gives each PersistentVolumeClaim a PersistentVolume that fits, if there is one."""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.base import KubeObject, Manifest, mapping, sequence, text
from k8snotes.api.quantity import Quantity
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.errors import QuantityError

__all__ = ["VolumeBinder"]

_CLAIMS, _VOLUMES = "persistentvolumeclaims", "persistentvolumes"
_NONE_FITS = "no persistent volumes available for this claim and no storage class is set"
_WAITS = "waiting for first consumer to be created before binding"


class VolumeBinder(Component):
    """Binds claims to volumes that are there; it makes no volume, and deletes none.

    A claim of a StorageClass that waits for its first consumer stays unbound.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
    """

    name = "persistentvolume-controller"
    turn = 45
    watches = (_CLAIMS, _VOLUMES)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:
        """Yield what changed; a volume concerns all claims that are not bound, a claim that is gone its volume."""
        yield event.key
        if event.key[0] == _VOLUMES:
            yield from (obj.key for obj in api.list(_CLAIMS) if not _bound(obj))
        elif event.type == "DELETED" and event.object.spec.get("volumeName"):
            yield _VOLUMES, "", text(event.object.spec["volumeName"])

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Bind a claim, or write how a volume is: Available, Bound, or Released."""
        if obj.key[0] == _VOLUMES:
            self._report(api, obj)
        elif not _bound(obj) and not obj.terminating:
            self._find(api, obj)

    def _report(self, api: ApiServer, volume: KubeObject) -> None:
        claim = mapping(volume.spec.get("claimRef"))
        phase = "Available"
        if claim.get("uid"):
            there = api.store.get((_CLAIMS, text(claim.get("namespace")), text(claim.get("name"))))
            phase = "Bound" if there is not None and there.uid == claim["uid"] else "Released"
        if volume.status.get("phase") != phase:
            api.update_status(volume, {**volume.status, "phase": phase}, by=self.name)

    def _find(self, api: ApiServer, claim: KubeObject) -> None:
        kind = text(claim.spec.get("storageClassName"))
        storage = api.store.get(("storageclasses.storage.k8s.io", "", kind)) if kind else None
        if storage is not None and storage.raw.get("volumeBindingMode") == "WaitForFirstConsumer":
            record(api, claim, "WaitForFirstConsumer", _WAITS, by=self.name)
            return
        volume = _best(api, claim)
        if volume is not None:
            self._bind(api, claim, volume)
        elif not kind and not claim.spec.get("volumeName"):
            record(api, claim, "FailedBinding", _NONE_FITS, by=self.name)

    def _bind(self, api: ApiServer, claim: KubeObject, volume: KubeObject) -> None:
        chosen = not claim.spec.get("volumeName")
        why = Why(_("{volume} fits {claim}", volume=volume.ref, claim=claim.ref), volume, claim)

        def take(manifest: Manifest) -> None:
            manifest["spec"]["claimRef"] = {
                "kind": "PersistentVolumeClaim",
                "apiVersion": "v1",
                "namespace": claim.namespace,
                "name": claim.name,
                "uid": claim.uid,
            }

        def hold(manifest: Manifest) -> None:
            manifest["spec"]["volumeName"] = volume.name
            notes = {"pv.kubernetes.io/bind-completed": "yes"}
            notes |= {"pv.kubernetes.io/bound-by-controller": "yes"} if chosen else {}
            manifest["metadata"].setdefault("annotations", {}).update(notes)

        taken = api.change(volume, take, by=self.name, verb="bind", why=why)
        api.update_status(taken, {**taken.status, "phase": "Bound"}, by=self.name, why=why)
        held = api.change(claim, hold, by=self.name, verb="bind", why=why)
        status = {
            "phase": "Bound",
            "accessModes": [*sequence(volume.spec.get("accessModes"))],
            "capacity": {**mapping(volume.spec.get("capacity"))},
        }
        api.update_status(held, status, by=self.name, why=why)


def _bound(claim: KubeObject) -> bool:
    return claim.status.get("phase") == "Bound"


def _best(api: ApiServer, claim: KubeObject) -> KubeObject | None:
    """Return the smallest volume that fits a claim, the first by name among equals; None if none fits."""
    wanted = text(claim.spec.get("volumeName"))
    fitting = [
        (_size(volume.spec.get("capacity")), volume.name, volume)
        for volume in api.list(_VOLUMES)
        if _free(volume, claim) and (not wanted or volume.name == wanted) and _fits(volume, claim)
    ]
    return min(fitting, key=lambda item: item[:2])[2] if fitting else None


def _free(volume: KubeObject, claim: KubeObject) -> bool:
    """Whether a volume is bound to no claim, or is kept for this one."""
    taken = mapping(volume.spec.get("claimRef"))
    ours = (claim.namespace, claim.name) == (text(taken.get("namespace")), text(taken.get("name")))
    return not volume.terminating and (not taken or (ours and taken.get("uid") in (None, "", claim.uid)))


def _fits(volume: KubeObject, claim: KubeObject) -> bool:
    """Whether a volume has what a claim asks for.

    Source of the rule: `findMatchingVolume` in k8s.io/component-helpers/storage/volume.
    """
    there, asked = volume.spec, claim.spec
    selector = mapping(asked.get("selector"))
    return (
        text(there.get("storageClassName")) == text(asked.get("storageClassName"))
        and (text(there.get("volumeMode")) or "Filesystem") == (text(asked.get("volumeMode")) or "Filesystem")
        and {*map(text, sequence(asked.get("accessModes")))}
        <= {*map(text, sequence(there.get("accessModes")))}
        and _size(there.get("capacity")) >= _size(mapping(asked.get("resources")).get("requests"))
        and (not selector or Selector.from_label_selector(selector).matches(volume.labels))
    )


def _size(amounts: object) -> int:
    try:
        return Quantity(mapping(amounts).get("storage") or 0).value
    except QuantityError:
        return 0

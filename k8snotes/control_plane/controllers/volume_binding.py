"""The volume binder: gives each PersistentVolumeClaim a PersistentVolume, and reclaims a volume whose claim is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8snotes.api.base import KubeObject, Manifest, mapping, sequence, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.scheduling.claims import claims_of
from k8snotes.control_plane.storage_rules import (
    BIND_COMPLETED,
    BOUND_BY_CONTROLLER,
    CLAIMS,
    CLASSES,
    PROVISIONED_BY,
    PROVISIONER,
    SELECTED_NODE,
    VOLUMES,
    best_for_claim,
    claim_volume,
    class_of,
    default_class,
    has_class,
    has_modes,
    is_bound,
    is_bound_to,
    requested,
    same_mode,
    size,
    waits_for_consumer,
)

__all__ = ["VolumeBinder"]

_NONE_FITS = "no persistent volumes available for this claim and no storage class is set"
_WAITS = "waiting for first consumer to be created before binding"
_LOST_REFERENCE = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"
_LOST = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
_MISBOUND = "Two claims are bound to the same volume, this one is bound incorrectly"
_EXTERNAL = (
    "Waiting for a volume to be created either by the external provisioner '{name}' or manually by the system "
    "administrator. If volume creation is delayed, please verify that the provisioner is running and correctly "
    "registered."
)
_OLD_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"
# provisioners of Kubernetes' own that drivers have taken over (k8s.io/csi-translation-lib)
_DRIVERS = {
    "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
    "kubernetes.io/azure-file": "file.csi.azure.com",
    "kubernetes.io/cinder": "cinder.csi.openstack.org",
    "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
    "kubernetes.io/portworx-volume": "pxd.portworx.com",
    "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
}
_OWN = "kubernetes.io/"
_HOST_PATH = "kubernetes.io/host-path"
_HOST_PATH_OFF = f'Failed to create provisioner: provisioning in volume plugin "{_HOST_PATH}" is disabled'  # unless a flag is set
# the plugins of Kubernetes' own that make no volumes
_PROVISION_NOTHING = ("kubernetes.io/csi", "kubernetes.io/local-volume", "kubernetes.io/nfs")
_DELETABLE_PATH = re.compile("/tmp/.+")  # noqa: S108  # the only directories that Kubernetes deletes


class VolumeBinder(Component):
    """Binds claims to volumes, and asks provisioners for volumes where none fits; it makes no volume itself.

    A claim of a StorageClass that waits for its first consumer is bound by the scheduler. In Kubernetes, claims that
    wait are looked at again every 15 seconds; here, when something has changed that they wait for.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding, and `syncClaim` and
    `syncVolume` in k8s.io/kubernetes/pkg/controller/volume/persistentvolume
    """

    name = "persistentvolume-controller"
    turn = 45
    watches = (CLAIMS, VOLUMES, CLASSES)

    def __init__(self) -> None:
        super().__init__()
        self._refused: dict[Key, list[str]] | None = None  # the Pods that wait for each claim, during one run

    def observe(self, api: ApiServer) -> None:
        """Queue what changes concern; of Pods, those that the scheduler has refused concern their claims."""
        seen = self._seen
        if seen != api.store.revision and api.store.count(CLAIMS):
            for event in api.store.watch(seen, "pods"):
                pod = event.object
                if pod.spec.get("volumes") and _is_refused(pod):
                    names = claims_of(pod)
                    self.queue.update(dict.fromkeys((CLAIMS, pod.namespace, name) for name in names))
        super().observe(api)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:
        """Yield what changed, and what may be bound because of it."""
        obj, old = event.object, event.old
        resource = event.key[0]
        yield event.key
        if resource == CLASSES:
            yield from (claim.key for claim in api.list(CLAIMS) if not is_bound(claim))
        elif resource == CLAIMS:
            if event.type == "DELETED" and obj.spec.get("volumeName"):
                yield VOLUMES, "", text(obj.spec["volumeName"])
        elif owner := mapping(obj.spec.get("claimRef")):
            yield CLAIMS, text(owner.get("namespace")), text(owner.get("name"))
        elif event.type != "DELETED" and (old is None or _offer(old) != _offer(obj)):
            yield from (claim.key for claim in api.list(CLAIMS) if not is_bound(claim))

    def work(self, api: ApiServer) -> None:
        """Reconcile every claim and every volume in the queue."""
        self._refused = None
        super().work(api)
        self._refused = None

    def in_order(self, api: ApiServer) -> list[Key]:
        """Return the volumes first, so that claims find them, and claims in the order in which they were made."""

        def place(key: Key) -> tuple[bool, str, Key]:
            obj = api.store.get(key)
            return key[0] != VOLUMES, obj.uid if obj is not None and key[0] == CLAIMS else "", key

        return sorted(self.queue, key=place)

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Bind a claim, or write how a volume is."""
        if obj.key[0] == VOLUMES:
            self._sync_volume(api, obj)
        elif obj.key[0] == CLAIMS and not (obj.terminating and not is_bound(obj)):
            self._sync_claim(api, obj)

    # ---- claims

    def _sync_claim(self, api: ApiServer, claim: KubeObject) -> None:
        if BIND_COMPLETED in claim.annotations:
            self._keep(api, claim)
        elif claim.spec.get("volumeName"):
            self._take_named(api, claim, text(claim.spec["volumeName"]))
        else:
            self._find(api, claim)

    def _find(self, api: ApiServer, claim: KubeObject) -> None:
        """Give a claim the volume that fits best; if none fits, have one made, or say what it waits for."""
        kind = class_of(claim)
        storage = api.store.get((CLASSES, "", kind)) if kind else None
        delayed = waits_for_consumer(storage)
        volume = best_for_claim(claim, api.list(VOLUMES), delayed=delayed)
        if volume is not None:
            self._bind(api, volume, claim)
            return
        default = None if has_class(claim) else default_class(api.list(CLASSES))
        if default is not None:
            self._assign(api, claim, default)
        elif delayed and SELECTED_NODE not in claim.annotations:
            self._say_what_for(api, claim)
            self._claim_phase(api, claim, "Pending")
        elif kind:
            self._provision(api, claim, kind, storage)
        else:
            record(api, claim, "FailedBinding", _NONE_FITS, by=self.name)
            self._claim_phase(api, claim, "Pending")

    def _take_named(self, api: ApiServer, claim: KubeObject, name: str) -> None:
        """Give a claim the volume that its user has named, if it is there and free."""
        volume = api.store.get((VOLUMES, "", name))
        if volume is None:
            self._claim_phase(api, claim, "Pending")
        elif is_bound_to(volume, claim):
            self._bind(api, volume, claim)
        elif volume.spec.get("claimRef"):
            message = f'volume "{name}" already bound to a different claim.'
            record(api, claim, "FailedBinding", message, by=self.name, warning=True)
            self._claim_phase(api, claim, "Pending")
        elif wrong := _mismatch(volume, claim):
            message = f'Cannot bind to requested volume "{name}": {wrong}'
            record(api, claim, "VolumeMismatch", message, by=self.name, warning=True)
            self._claim_phase(api, claim, "Pending")
        else:
            self._bind(api, volume, claim)

    def _keep(self, api: ApiServer, claim: KubeObject) -> None:
        """See that a bound claim still has its volume."""
        name = text(claim.spec.get("volumeName"))
        volume = api.store.get((VOLUMES, "", name)) if name else None
        owner = mapping(volume.spec.get("claimRef")) if volume is not None else {}
        if not name:
            self._lose(api, claim, "ClaimLost", _LOST_REFERENCE)
        elif volume is None:
            self._lose(api, claim, "ClaimLost", _LOST)
        elif not owner or owner.get("uid") == claim.uid:
            self._bind(api, volume, claim)
        else:
            self._lose(api, claim, "ClaimMisbound", _MISBOUND)

    def _lose(self, api: ApiServer, claim: KubeObject, reason: str, message: str) -> None:
        if claim.status.get("phase") != "Lost":
            self._claim_phase(api, claim, "Lost")
            record(api, claim, reason, message, by=self.name, warning=True)

    def _bind(self, api: ApiServer, volume: KubeObject, claim: KubeObject) -> None:
        """Bind a volume and a claim to each other; what is written already stays."""
        why = Why(_("{volume} fits {claim}", volume=volume.ref, claim=claim.ref), volume, claim)

        def hold(manifest: Manifest) -> None:
            notes = {BIND_COMPLETED: "yes"}
            if manifest["spec"].get("volumeName") != volume.name:
                notes[BOUND_BY_CONTROLLER] = "yes"
            manifest["spec"]["volumeName"] = volume.name
            annotations = manifest["metadata"].get("annotations") or {}
            manifest["metadata"]["annotations"] = {
                **annotations,
                **{k: v for k, v in notes.items() if k not in annotations},
            }

        def take(manifest: Manifest) -> None:
            claim_volume(manifest, claim)

        taken = api.change(volume, take, by=self.name, verb="bind", why=why)
        self._volume_phase(api, taken, "Bound", why=why)
        held = api.change(claim, hold, by=self.name, verb="bind", why=why)
        status = {**held.status, "accessModes": [*sequence(volume.spec.get("accessModes"))]}
        if status.get("phase") != "Bound":
            status |= {"phase": "Bound", "capacity": {**mapping(volume.spec.get("capacity"))}}
        api.update_status(held, status, by=self.name, why=why)

    def _claim_phase(self, api: ApiServer, claim: KubeObject, phase: str) -> None:
        status = {key: value for key, value in claim.status.items() if key not in ("accessModes", "capacity")}
        api.update_status(claim, {**status, "phase": phase}, by=self.name)

    def _assign(self, api: ApiServer, claim: KubeObject, default: KubeObject) -> None:
        """Give a claim that was made before there was a default class the one that there is now."""

        def edit(manifest: Manifest) -> None:
            manifest["spec"]["storageClassName"] = default.name

        why = Why(_("{storage_class} is the default class", storage_class=default.ref), default)
        api.change(claim, edit, by=self.name, why=why)

    def _say_what_for(self, api: ApiServer, claim: KubeObject) -> None:
        """Say that a claim waits for a Pod, or for the Pods that use it to get a Node."""
        if self._refused is None:
            self._refused = {}
            for pod in api.list("pods"):
                if pod.spec.get("volumes") and _is_refused(pod):
                    for name in claims_of(pod):
                        self._refused.setdefault((CLAIMS, pod.namespace, name), []).append(pod.name)
        waiting = self._refused.get(claim.key)
        if not waiting:
            record(api, claim, "WaitForFirstConsumer", _WAITS, by=self.name)
            return
        pods = f"pod {waiting[0]}" if len(waiting) == 1 else f"pods {','.join(waiting)}"
        record(api, claim, "WaitForPodScheduled", f"waiting for {pods} to be scheduled", by=self.name)

    def _provision(self, api: ApiServer, claim: KubeObject, kind: str, storage: KubeObject | None) -> None:
        """Ask the provisioner of a class for a volume.

        Source of the rule: `findProvisionablePlugin` in k8s.io/kubernetes/pkg/controller/volume/persistentvolume
        """
        if storage is None:
            self._fail(api, claim, f'storageclass.storage.k8s.io "{kind}" not found')
            return
        provisioner = text(storage.raw.get("provisioner"))
        driver = _DRIVERS.get(provisioner, provisioner)
        if not driver.startswith(_OWN):
            self._ask(api, claim, driver, storage)
            record(api, claim, "ExternalProvisioning", _EXTERNAL.format(name=driver), by=self.name)
        elif driver == _HOST_PATH:
            self._ask(api, claim, driver, storage)
            self._fail(api, claim, _HOST_PATH_OFF)
        elif driver in _PROVISION_NOTHING:
            self._fail(api, claim, "no provisionable volume plugin matched")
        else:
            self._fail(api, claim, f"no volume plugin matched name: {driver}")

    def _fail(self, api: ApiServer, claim: KubeObject, message: str) -> None:
        record(api, claim, "ProvisioningFailed", message, by=self.name, warning=True)

    def _ask(self, api: ApiServer, claim: KubeObject, driver: str, storage: KubeObject) -> None:
        """Note in a claim which provisioner is to make its volume."""

        def edit(manifest: Manifest) -> None:
            annotations = manifest["metadata"].get("annotations") or {}
            manifest["metadata"]["annotations"] = {
                **annotations,
                _OLD_PROVISIONER: driver,
                PROVISIONER: driver,
            }

        why = Why(
            _(
                "{storage_class} has volumes made by {provisioner}",
                storage_class=storage.ref,
                provisioner=driver,
            ),
            storage,
        )
        api.change(claim, edit, by=self.name, why=why)

    # ---- volumes

    def _sync_volume(self, api: ApiServer, volume: KubeObject) -> None:
        owner = mapping(volume.spec.get("claimRef"))
        if not owner.get("uid"):
            self._volume_phase(api, volume, "Available", why=_("no claim is bound to it"))
            return
        claim = api.store.get((CLAIMS, text(owner.get("namespace")), text(owner.get("name"))))
        if claim is None or claim.uid != owner["uid"]:
            self._release(api, volume)
        elif not claim.spec.get("volumeName"):
            if not same_mode(claim, volume):
                self._say_other_mode(api, volume, claim)
        elif claim.spec["volumeName"] == volume.name:
            self._volume_phase(api, volume, "Bound")
        elif PROVISIONED_BY in volume.annotations and _policy(volume) == "Delete":
            self._release(api, volume)
        else:
            self._unbind(api, volume)

    def _say_other_mode(self, api: ApiServer, volume: KubeObject, claim: KubeObject) -> None:
        message = f'Cannot bind PersistentVolume to requested PersistentVolumeClaim "{claim.name}" due to incompatible volumeMode.'
        record(api, volume, "VolumeMismatch", message, by=self.name, warning=True)
        message = f'Cannot bind PersistentVolume "{volume.name}" to requested PersistentVolumeClaim due to incompatible volumeMode.'
        record(api, claim, "VolumeMismatch", message, by=self.name, warning=True)

    def _volume_phase(
        self, api: ApiServer, volume: KubeObject, phase: str, message: str = "", why: str = ""
    ) -> KubeObject:
        """Write how a volume is, and since when; one that is so already stays as it is."""
        if volume.status.get("phase") == phase:
            return volume
        status = {**volume.status, "phase": phase, "lastPhaseTransitionTime": api.timestamp}
        status.pop("message", None)
        if message:
            status["message"] = message
        return api.update_status(volume, status, by=self.name, why=why)

    def _unbind(self, api: ApiServer, volume: KubeObject) -> None:
        """Let a volume be free again; it stays reserved if its user has chosen the claim."""

        def edit(manifest: Manifest) -> None:
            if BOUND_BY_CONTROLLER in mapping(manifest["metadata"].get("annotations")):
                del manifest["metadata"]["annotations"][BOUND_BY_CONTROLLER]
                del manifest["spec"]["claimRef"]
            else:
                del manifest["spec"]["claimRef"]["uid"]

        free = api.change(volume, edit, by=self.name, verb="unbind")
        self._volume_phase(api, free, "Available", why=_("no claim is bound to it"))

    def _release(self, api: ApiServer, volume: KubeObject) -> None:
        """Do with a volume whose claim is gone what its reclaim policy says.

        Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming
        """
        if volume.status.get("phase") not in ("Released", "Failed"):
            volume = self._volume_phase(api, volume, "Released", why=_("its claim is gone"))
        policy = _policy(volume)
        if policy == "Recycle":
            self._recycle(api, volume)
        elif policy == "Delete" and not volume.terminating:
            self._delete(api, volume)

    def _recycle(self, api: ApiServer, volume: KubeObject) -> None:
        """Empty a volume and offer it again; no recycler Pod is made for that here."""
        if not any(volume.spec.get(source) for source in ("hostPath", "nfs")):
            self._fail_volume(api, volume, "VolumeFailedRecycle", "No recycler plugin found for the volume!")
            return
        record(api, volume, "VolumeRecycled", "Volume recycled", by=self.name)
        self._unbind(api, volume)

    def _delete(self, api: ApiServer, volume: KubeObject) -> None:
        """Delete a volume that Kubernetes itself can delete; the others are left to their provisioners.

        Source of the rule: `findDeletablePlugin` in k8s.io/kubernetes/pkg/controller/volume/persistentvolume
        """
        provisioner = text(volume.annotations.get(PROVISIONED_BY))
        if (provisioner and not provisioner.startswith(_OWN)) or volume.spec.get("csi"):
            return
        path = text(mapping(volume.spec.get("hostPath")).get("path"))
        if path and _DELETABLE_PATH.match(path):
            api.delete(volume, by=self.name, why=_("its claim is gone, and its reclaim policy is Delete"))
        elif path:
            message = f"host_path deleter only supports /tmp/.+ but received provided {path}"
            self._fail_volume(api, volume, "VolumeFailedDelete", message)
        else:
            known = (
                "no deletable volume plugin matched"
                if volume.spec.get("nfs") or volume.spec.get("local")
                else "no volume plugin matched"
            )
            message = f'error getting deleter volume plugin for volume "{volume.name}": {known}'
            self._fail_volume(api, volume, "VolumeFailedDelete", message)

    def _fail_volume(self, api: ApiServer, volume: KubeObject, reason: str, message: str) -> None:
        if volume.status.get("phase") != "Failed":
            failed = self._volume_phase(api, volume, "Failed", message)
            record(api, failed, reason, message, by=self.name, warning=True)


def _policy(volume: KubeObject) -> str:
    return text(volume.spec.get("persistentVolumeReclaimPolicy"))


def _offer(volume: KubeObject) -> tuple[object, ...]:
    """Return what of a free volume decides whether it fits a claim."""
    return (
        volume.status.get("phase"),
        volume.spec,
        volume.metadata.get("labels"),
        volume.metadata.get("annotations"),
    )


def _is_refused(obj: KubeObject) -> bool:
    """Whether the scheduler has looked at a Pod and found no Node for it."""
    return (
        isinstance(obj, Pod)
        and not obj.node_name
        and not obj.ended
        and mapping(obj.condition("PodScheduled")).get("status") == "False"
    )


def _mismatch(volume: KubeObject, claim: KubeObject) -> str:
    """Return why a volume that a claim names is not given to it, "" if it is.

    Source of the rule: `checkVolumeSatisfyClaim` in k8s.io/kubernetes/pkg/controller/volume/persistentvolume
    """
    if volume.terminating:
        return f'the volume is marked for deletion "{volume.name}"'
    if size(volume.spec.get("capacity")) < requested(claim):
        return "requested PV is too small"
    if class_of(volume) != class_of(claim):
        return "storageClassName does not match"
    if not same_mode(claim, volume):
        return "incompatible volumeMode"
    return "" if has_modes(claim, volume) else "incompatible accessMode"

"""The driver of a storage system, where a provider has one: it makes, enlarges and deletes the volumes of its classes."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, sequence, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.scheduling.claims import claims_of
from k8snotes.control_plane.storage_rules import (
    CLAIMS,
    CLASSES,
    PROVISIONED_BY,
    PROVISIONER,
    SELECTED_NODE,
    VOLUMES,
    claim_volume,
    class_of,
    is_bound,
    requested,
    size,
    waits_for_consumer,
)

__all__ = ["StorageDriver"]

_FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
_PENDING = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
_HOSTNAME = "kubernetes.io/hostname"
_DIRECTORY = "/opt/local-path-provisioner"


class StorageDriver(Component):
    """Makes a volume for each claim that asks its classes for one, makes it larger, and deletes it.

    A cluster without a driver has no such component: there the claims stay Pending. In Kubernetes, a driver has
    several programs: external-provisioner, external-resizer, and one on each Node, which the kubelet calls.

    Args:
        provisioner: the name by which classes name it: "disk.csi.example.com".
        local: whether a volume is a directory on one Node, which only Pods of this Node can use.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/ and
    https://kubernetes-csi.github.io/docs/sidecar-containers.html
    """

    watches = (CLAIMS, VOLUMES)

    def __init__(self, provisioner: str, *, local: bool = False) -> None:
        super().__init__()
        self.name = provisioner
        self.local = local

    def observe(self, api: ApiServer) -> None:
        """Queue claims and volumes that change, and the claims of Pods that have started."""
        if self._seen != api.store.revision and api.store.count(CLAIMS):
            for event in api.store.watch(self._seen, "pods"):
                pod = event.object
                if pod.spec.get("volumes") and isinstance(pod, Pod) and pod.phase == "Running":
                    self.queue.update(dict.fromkeys((CLAIMS, pod.namespace, name) for name in claims_of(pod)))
        super().observe(api)

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002
        """Yield the claim or the volume that changed."""
        return (event.key,) if event.type != "DELETED" else ()

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Make the volume of a claim or make it larger, or delete a volume that is not needed any more."""
        if obj.key[0] == VOLUMES:
            self._delete(api, self._protect(api, obj))
        elif is_bound(obj):
            self._expand(api, obj)
        elif not obj.spec.get("volumeName") and not obj.terminating:
            self._provision(api, obj)

    # ---- making

    def _provision(self, api: ApiServer, claim: KubeObject) -> None:
        """Make a volume for a claim that this driver is to serve, if it is known where it has to be."""
        storage = api.store.get((CLASSES, "", class_of(claim)))
        selected = claim.annotations.get(SELECTED_NODE)
        if storage is None or claim.annotations.get(PROVISIONER) != self.name:
            return
        if waits_for_consumer(storage) and selected is None:
            return
        name = f"pvc-{claim.uid}"
        if api.store.get((VOLUMES, "", name)) is not None:
            return
        node = api.store.get(("nodes", "", selected)) if selected else None
        if selected and node is None:
            self._choose_again(api, claim, storage, selected)
            return
        message = f'External provisioner is provisioning volume for claim "{claim.namespace}/{claim.name}"'
        record(api, claim, "Provisioning", message, by=self.name)
        problem = ""
        if claim.spec.get("selector"):
            problem = "claim Selector is not supported"
        elif self.local and not isinstance(node, Node):
            problem = "configuration error, no node was specified"
        if problem:
            message = f'failed to provision volume with StorageClass "{storage.name}": {problem}'
            record(api, claim, "ProvisioningFailed", message, by=self.name, warning=True)
            return
        why = Why(_("{claim} asks for storage", claim=claim.ref), claim)
        api.create(self._volume(name, claim, storage, node), by=self.name, why=why)
        record(api, claim, "ProvisioningSucceeded", f"Successfully provisioned volume {name}", by=self.name)

    def _choose_again(self, api: ApiServer, claim: KubeObject, storage: KubeObject, node: str) -> None:
        """Let the scheduler choose another Node for a claim: the one that it chose is gone."""

        def edit(manifest: Manifest) -> None:
            del manifest["metadata"]["annotations"][SELECTED_NODE]

        message = f'failed to provision volume with StorageClass "{storage.name}": node "{node}" not found'
        record(api, claim, "ProvisioningFailed", message, by=self.name, warning=True)
        api.change(claim, edit, by=self.name, why=_("the Node {node} is gone", node=node))

    def _volume(self, name: str, claim: KubeObject, storage: KubeObject, node: KubeObject | None) -> Manifest:
        """Return the manifest of a new volume, which is reserved for its claim."""
        reclaim = text(storage.raw.get("reclaimPolicy")) or "Delete"
        spec: Manifest = {
            "capacity": {"storage": str(requested(claim))},
            "accessModes": [*sequence(claim.spec.get("accessModes"))],
            "persistentVolumeReclaimPolicy": reclaim,
            "storageClassName": storage.name,
            "volumeMode": text(claim.spec.get("volumeMode")) or "Filesystem",
        }
        if claim.spec.get("volumeAttributesClassName"):
            spec["volumeAttributesClassName"] = text(claim.spec["volumeAttributesClassName"])
        if storage.raw.get("mountOptions"):
            spec["mountOptions"] = [*sequence(storage.raw["mountOptions"])]
        if self.local and node is not None:
            place = {"key": _HOSTNAME, "operator": "In", "values": [node.labels.get(_HOSTNAME, node.name)]}
            spec["local"] = {"path": f"{_DIRECTORY}/{name}_{claim.namespace}_{claim.name}"}
            spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [place]}]}}
        else:
            spec["csi"] = {"driver": self.name, "volumeHandle": name}
            if spec["volumeMode"] == "Filesystem":
                spec["csi"]["fsType"] = "ext4"
        metadata: Manifest = {"name": name, "annotations": {PROVISIONED_BY: self.name}}
        if reclaim == "Delete":
            metadata["finalizers"] = [_FINALIZER]
        manifest = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}
        claim_volume(manifest, claim)
        # the driver's own choice, not the volume binder's
        metadata["annotations"] = {PROVISIONED_BY: self.name}
        return manifest

    # ---- deleting

    def _protect(self, api: ApiServer, volume: KubeObject) -> KubeObject:
        """Hold a volume of this driver while its reclaim policy is Delete, and let it go with another policy.

        Source of the rule: `handleProtectionFinalizer` in sigs.k8s.io/sig-storage-lib-external-provisioner, and KEP-2644
        """
        if volume.annotations.get(PROVISIONED_BY) != self.name:
            return volume
        held = _FINALIZER in sequence(volume.metadata.get("finalizers"))
        deletes = volume.spec.get("persistentVolumeReclaimPolicy") == "Delete"
        if held and not deletes:
            why = _("its reclaim policy is not Delete any more, so it needs no protection")
            api.change(volume, _without_finalizer, by=self.name, why=why)
        elif deletes and not held and not volume.terminating and volume.status.get("phase") == "Bound":

            def hold(manifest: Manifest) -> None:
                manifest["metadata"].setdefault("finalizers", []).append(_FINALIZER)

            why = _("its reclaim policy is Delete: it must not go before what it stands for")
            api.change(volume, hold, by=self.name, why=why)
        return api.store.get(volume.key) or volume

    def _delete(self, api: ApiServer, volume: KubeObject) -> None:
        """Delete a volume of this driver whose claim is gone, if its reclaim policy is Delete.

        Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#delete
        """
        if (
            volume.annotations.get(PROVISIONED_BY) != self.name
            or volume.spec.get("persistentVolumeReclaimPolicy") != "Delete"
            or volume.status.get("phase") not in ("Released", "Failed")
        ):
            return
        why = _("its claim is gone, and its reclaim policy is Delete")
        if not volume.terminating:
            api.delete(volume, by=self.name, why=why)
        there = api.store.get(volume.key)
        if there is not None and _FINALIZER in sequence(there.metadata.get("finalizers")):
            api.change(there, _without_finalizer, by=self.name, why=why)

    # ---- enlarging

    def _expand(self, api: ApiServer, claim: KubeObject) -> None:
        """Make the volume of a claim as large as the claim now asks for; a file system grows when a Pod uses it.

        Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#resizing-a-volume-containing-a-file-system
        """
        volume = api.store.get((VOLUMES, "", text(claim.spec.get("volumeName"))))
        wanted = requested(claim)
        if (
            volume is None
            or volume.annotations.get(PROVISIONED_BY) != self.name
            or self.local
            or wanted <= size(claim.status.get("capacity"))
        ):
            return
        amount = {"storage": str(wanted)}
        signed = f"external-resizer {self.name}"
        why = Why(_("{claim} asks for more storage", claim=claim.ref), claim)
        if size(volume.spec.get("capacity")) < wanted:
            message = f"External resizer is resizing volume {volume.name}"
            record(api, claim, "Resizing", message, by=signed)

            def grow(manifest: Manifest) -> None:
                manifest["spec"]["capacity"] = amount

            api.change(volume, grow, by=self.name, verb="resize", why=why)
            if claim.spec.get("volumeMode") == "Block":
                record(api, claim, "VolumeResizeSuccessful", "Resize volume succeeded", by=signed)
            else:
                message = "Require file system resize of volume on node"
                record(api, claim, "FileSystemResizeRequired", message, by=signed)
        users = [
            pod
            for pod in api.list("pods", claim.namespace)
            if pod.spec.get("volumes")
            and isinstance(pod, Pod)
            and pod.phase == "Running"
            and claim.name in claims_of(pod)
        ]
        rest = [
            item
            for item in mappings(claim.status.get("conditions"))
            if item.get("type") != "FileSystemResizePending"
        ]
        status = {
            key: value for key, value in claim.status.items() if key not in ("conditions", *_IN_PROGRESS)
        }
        if claim.spec.get("volumeMode") == "Block" or users:
            status["capacity"] = {**mapping(claim.status.get("capacity")), **amount}
        else:
            status |= {
                "allocatedResources": amount,
                "allocatedResourceStatuses": {"storage": "NodeResizePending"},
            }
            old = claim.condition("FileSystemResizePending")
            rest.append(old or _condition(api))
        if rest:
            status["conditions"] = rest
        api.update_status(claim, status, by=self.name, why=why)
        for pod in users[:1] if claim.spec.get("volumeMode") != "Block" else ():
            message = f'MountVolume.NodeExpandVolume succeeded for volume "{volume.name}"'
            for told in (pod, claim):
                record(api, told, "FileSystemResizeSuccessful", message, by="kubelet", host=pod.node_name)


_IN_PROGRESS = ("allocatedResources", "allocatedResourceStatuses")


def _without_finalizer(manifest: Manifest) -> None:
    kept = [item for item in manifest["metadata"].pop("finalizers", ()) if item != _FINALIZER]
    if kept:
        manifest["metadata"]["finalizers"] = kept


def _condition(api: ApiServer) -> Manifest:
    """Return the condition of a claim whose file system is still smaller than its volume."""
    return {
        "type": "FileSystemResizePending",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": api.timestamp,
        "message": _PENDING,
    }

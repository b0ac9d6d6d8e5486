"""The ephemeral volume controller: makes the claim of each generic ephemeral volume, which goes with its Pod."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.pods import owner_reference
from k8snotes.control_plane.etcd import clone
from k8snotes.control_plane.events import record
from k8snotes.control_plane.scheduling.claims import claim_name, is_made_for
from k8snotes.control_plane.storage_rules import CLAIMS
from k8snotes.errors import ApiError

__all__ = ["EphemeralVolumeController"]


class EphemeralVolumeController(Component):
    """Makes a claim from the template in a Pod's volume; the Pod owns it, so it is deleted with the Pod.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
    """

    name = "ephemeral-volume-controller"
    turn = 42
    watches = ("pods",)

    def observe(self, api: ApiServer) -> None:
        """Queue new Pods that have such a volume, and those that use a claim that has changed."""
        if self._seen == api.store.revision:
            return
        for event in api.store.watch(self._seen, "pods"):
            if event.old is None and _volumes(event.object):
                self.queue[event.key] = None
        self._seen = api.store.revision

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Make the claims that are missing; a claim of the same name that belongs to something else is left alone."""
        if not isinstance(obj, Pod) or obj.terminating:
            return
        for volume in _volumes(obj):
            try:
                problem = self._make(api, obj, volume)
            except ApiError as error:
                problem = f"create PVC {claim_name(obj, volume)}: {error.message}"
            if problem:
                message = f"ephemeral volume {volume.get('name')}: {problem}"
                record(api, obj, "FailedBinding", message, by="ephemeral_volume", warning=True)
                return

    def _make(self, api: ApiServer, pod: Pod, volume: Manifest) -> str:
        """Make the claim of one volume, unless it is there; returns why that cannot be, "" if it can."""
        name = claim_name(pod, volume)
        there = api.store.get((CLAIMS, pod.namespace, name))
        if there is not None:
            if is_made_for(there, pod):
                return ""
            own = f"{pod.namespace}/{pod.name}"
            return f"PVC {pod.namespace}/{name} was not created for pod {own} (pod is not owner)"
        template = clone(mapping(mapping(volume.get("ephemeral")).get("volumeClaimTemplate")))
        metadata = mapping(template.get("metadata"))
        kept = {key: metadata[key] for key in ("annotations", "labels") if metadata.get(key)}
        manifest: Manifest = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {**kept, "name": name, "ownerReferences": [owner_reference(pod)]},
            "spec": mapping(template.get("spec")),
        }
        why = Why(_("{pod} has an ephemeral volume", pod=pod.ref), pod)
        api.create(manifest, namespace=pod.namespace, by=self.name, why=why)
        return ""


def _volumes(pod: KubeObject) -> list[Manifest]:
    """Return the generic ephemeral volumes of a Pod."""
    volumes = pod.spec.get("volumes")
    return [volume for volume in mappings(volumes) if volume.get("ephemeral") is not None] if volumes else []

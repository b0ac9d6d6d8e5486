"""`kubectl describe pvc`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, sequence, text
from k8snotes.control_plane.scheduling.claims import claims_of
from k8snotes.facts.columns.cells import access_modes
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.output.go import go_value


def describe(page: Page, obj: KubeObject) -> None:
    """Write a PersistentVolumeClaim, and the Pods that use it.

    Capacity and access modes are those of the volume, and empty while it has none.

    Source of the rule: `PersistentVolumeClaimDescriber` of k8s.io/kubectl/pkg/describe.
    """
    spec, status = obj.spec, obj.status
    page.head(obj)
    page.line("StorageClass", text(spec.get("storageClassName")))
    page.line("Status", text(status.get("phase")))
    page.line("Volume", text(spec.get("volumeName")))
    page.labels_and_annotations(obj)
    page.lines("Finalizers", [go_value(sequence(obj.metadata.get("finalizers")))])
    bound = bool(spec.get("volumeName"))
    page.line("Capacity", text(mapping(status.get("capacity")).get("storage")) if bound else "")
    page.line("Access Modes", access_modes(status.get("accessModes")) if bound else "")
    page.line("VolumeMode", text(spec.get("volumeMode")))
    users = sorted(
        pod.name
        for pod in page.api.list("pods", obj.namespace)
        for name in claims_of(pod)
        if name == obj.name
    )
    page.lines("Used By", users)
    page.events(obj)

"""`kubectl describe pv`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, sequence, text
from k8snotes.facts.columns.cells import access_modes
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.output.go import go_value


def describe(page: Page, obj: KubeObject) -> None:
    """Write a PersistentVolume.

    The claim that it is bound to is shown with its Namespace.

    Source of the rule: `PersistentVolumeDescriber` of k8s.io/kubectl/pkg/describe.
    """
    spec = obj.spec
    page.line("Name", obj.name)
    page.labels_and_annotations(obj)
    page.lines("Finalizers", [go_value(sequence(obj.metadata.get("finalizers")))])
    page.line("StorageClass", text(spec.get("storageClassName")))
    page.line("Status", text(obj.status.get("phase")))
    owner = mapping(spec.get("claimRef"))
    page.line("Claim", f"{text(owner.get('namespace'))}/{text(owner.get('name'))}" if owner else "")
    page.line("Reclaim Policy", text(spec.get("persistentVolumeReclaimPolicy")))
    page.line("Access Modes", access_modes(spec.get("accessModes")))
    page.line("VolumeMode", text(spec.get("volumeMode")))
    page.line("Capacity", text(mapping(spec.get("capacity")).get("storage")))
    page.line("Node Affinity", "<none>")
    page.line("Message", text(obj.status.get("message")))
    page.events(obj)

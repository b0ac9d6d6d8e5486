"""`kubectl describe pv`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.control_plane.storage_rules import class_of
from k8snotes.facts.columns.cells import access_modes
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.describe.volumes import volume_source
from k8snotes.kubectl.output.go import go_value

# what a volume has beside where it comes from
_NO_SOURCE = frozenset(
    {
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    }
)


def describe(page: Page, obj: KubeObject) -> None:
    """Write a PersistentVolume.

    The claim that it is bound to is shown with its Namespace.

    Source of the rule: `PersistentVolumeDescriber` of k8s.io/kubectl/pkg/describe.
    """
    spec = obj.spec
    page.line("Name", obj.name)
    page.labels_and_annotations(obj)
    page.lines("Finalizers", [go_value(sequence(obj.metadata.get("finalizers")))])
    page.line("StorageClass", class_of(obj))
    page.phase(obj)
    owner = mapping(spec.get("claimRef"))
    page.line("Claim", f"{text(owner.get('namespace'))}/{text(owner.get('name'))}" if owner else "")
    page.line("Reclaim Policy", text(spec.get("persistentVolumeReclaimPolicy")))
    page.line("Access Modes", access_modes(spec.get("accessModes")))
    page.line("VolumeMode", text(spec.get("volumeMode")))
    page.line("Capacity", text(mapping(spec.get("capacity")).get("storage")))
    _affinity(page, mapping(spec.get("nodeAffinity")).get("required"))
    page.line("Message", text(obj.status.get("message")))
    page.write(0, "Source:\n")
    volume_source(page, {key: spec[key] for key in spec if key not in _NO_SOURCE}, persistent=True)
    page.events(obj)


def _affinity(page: Page, required: object) -> None:
    """Write from which Nodes the volume can be reached."""
    if required is None:
        page.line("Node Affinity", "<none>")
        return
    page.write(0, "Node Affinity:\t\n")
    terms = mappings(mapping(required).get("nodeSelectorTerms"))
    page.write(1, "Required Terms:\t\n" if terms else "Required Terms:\t<none>\n")
    for number, term in enumerate(terms):
        lines = []
        for item in mappings(term.get("matchExpressions")):
            values = ", ".join(map(text, sequence(item.get("values"))))
            line = f"{text(item.get('key'))} {text(item.get('operator')).lower()}"
            lines.append(f"{line} [{values}]" if values else line)
        page.lines(f"Term {number}", lines, "    ")

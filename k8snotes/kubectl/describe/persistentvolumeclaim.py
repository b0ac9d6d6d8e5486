"""`kubectl describe pvc`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.control_plane.scheduling.claims import claims_of
from k8snotes.control_plane.storage_rules import class_of
from k8snotes.facts.columns.cells import access_modes
from k8snotes.kubectl.describe.page import Page, moment
from k8snotes.kubectl.output.go import go_value


def describe(page: Page, obj: KubeObject) -> None:
    """Write a PersistentVolumeClaim, and the Pods that use it.

    Capacity and access modes are those of the volume, and empty while it has none.

    Source of the rule: `PersistentVolumeClaimDescriber` of k8s.io/kubectl/pkg/describe.
    """
    spec, status = obj.spec, obj.status
    page.head(obj)
    page.line("StorageClass", class_of(obj))
    page.phase(obj)
    page.line("Volume", text(spec.get("volumeName")))
    page.labels_and_annotations(obj)
    page.lines("Finalizers", [go_value(sequence(obj.metadata.get("finalizers")))])
    bound = bool(spec.get("volumeName"))
    page.line("Capacity", text(mapping(status.get("capacity")).get("storage")) if bound else "")
    page.line("Access Modes", access_modes(status.get("accessModes")) if bound else "")
    page.line("VolumeMode", text(spec.get("volumeMode")))
    source = mapping(spec.get("dataSource"))
    if source:
        page.write(0, "DataSource:\n")
        if source.get("apiGroup") is not None:
            page.line("APIGroup", text(source["apiGroup"]), 1)
        page.line("Kind", text(source.get("kind")), 1)
        page.line("Name", text(source.get("name")), 1)
    users = sorted(
        pod.name
        for pod in page.api.list("pods", obj.namespace)
        for name in claims_of(pod)
        if name == obj.name
    )
    page.lines("Used By", users)
    conditions = mappings(status.get("conditions"))
    if conditions:
        page.write(0, "Conditions:\n")
        page.write(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n")
        page.write(1, "----\t------\t-----------------\t------------------\t------\t-------\n")
    for item in conditions:
        kind, state, reason, message = (
            text(item.get(key)) for key in ("type", "status", "reason", "message")
        )
        times = f"{moment(item.get('lastProbeTime'))} \t{moment(item.get('lastTransitionTime'))}"
        page.write(1, f"{kind} \t{state} \t{times} \t{reason} \t{message}\n")
    page.events(obj)

"""`kubectl describe statefulset`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.kubectl.describe.page import Page, moment
from k8snotes.kubectl.describe.template import pod_template
from k8snotes.kubectl.describe.workload import canonical_selector, pods_status
from k8snotes.kubectl.output.go import go_value


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a StatefulSet.

    It ends with the claims that each of its Pods gets for itself.

    Source of the rule: `StatefulSetDescriber` of k8s.io/kubectl/pkg/describe.
    """
    update = mapping(obj.spec.get("updateStrategy"))
    page.head(obj)
    page.line("CreationTimestamp", moment(obj.metadata.get("creationTimestamp")))
    page.line("Selector", canonical_selector(obj))
    page.labels_and_annotations(obj)
    page.line("Replicas", f"{obj.spec.get('replicas', 1)} desired | {obj.status.get('replicas') or 0} total")
    page.line("Update Strategy", text(update.get("type")))
    partition = mapping(update.get("rollingUpdate")).get("partition")
    if partition is not None:
        page.line("Partition", partition, 1)
    page.line("Pods Status", pods_status(page, obj))
    pod_template(page, mapping(obj.spec.get("template")))
    _claims(page, mappings(obj.spec.get("volumeClaimTemplates")))
    page.events(obj)


def _claims(page: Page, claims: Sequence[Mapping[str, Any]]) -> None:
    page.write(0, "Volume Claims:\n" if claims else "Volume Claims:\t<none>\n")
    for claim in claims:
        metadata, spec = mapping(claim.get("metadata")), mapping(claim.get("spec"))
        page.line("Name", text(metadata.get("name")), 1)
        page.line("StorageClass", text(spec.get("storageClassName")), 1)
        page.labels("Labels", mapping(metadata.get("labels")), "  ")
        page.labels("Annotations", mapping(metadata.get("annotations")), "  ")
        storage = mapping(mapping(spec.get("resources")).get("requests")).get("storage")
        page.line("Capacity", text(storage) or "<default>", 1)
        page.line("Access Modes", go_value(sequence(spec.get("accessModes"))), 1)

"""The template of a Pod, as the pages of workloads show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.base import mapping, mappings, text
from k8snotes.kubectl.describe.containers import containers, spread
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.describe.volumes import volumes

__all__ = ["pod_template"]


def pod_template(page: Page, template: Mapping[str, Any]) -> None:
    """Write the template that a workload makes Pods from.

    Args:
        page: the page.
        template: `spec.template` of a workload.

    Source of the rule: `DescribePodTemplate` of k8s.io/kubectl/pkg/describe.
    """
    metadata, spec = mapping(template.get("metadata")), mapping(template.get("spec"))
    page.write(0, "Pod Template:\n")
    page.labels("  Labels", mapping(metadata.get("labels")))
    annotations = {key: text(value) for key, value in mapping(metadata.get("annotations")).items()}
    if annotations:
        page.annotations("  Annotations", annotations)
    if spec.get("serviceAccountName"):
        page.line("Service Account", text(spec["serviceAccountName"]), 1)
    for title, field in (("Init Containers", "initContainers"), ("Containers", "containers")):
        items = mappings(spec.get(field))
        if items or field == "containers":
            containers(page, title, items, (), space="  ")
    volumes(page, mappings(spec.get("volumes")), "  ")
    spread(page, mappings(spec.get("topologySpreadConstraints")), "  ")
    if spec.get("priorityClassName"):
        page.line("Priority Class Name", text(spec["priorityClassName"]), 1)
    page.labels("  Node-Selectors", mapping(spec.get("nodeSelector")))
    page.tolerations(mappings(spec.get("tolerations")), "  ")

"""What the pages of workloads share: how many Pods there are and how they are, the selector, the end of the page."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.selector import Selector
from k8snotes.errors import K8sNotesError
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.describe.template import pod_template

__all__ = ["canonical_selector", "end", "pods_status", "replicas"]


def replicas(page: Page, obj: KubeObject) -> None:
    """Write how many Pods there are, how many are wanted, and how they are."""
    current, wanted = obj.status.get("replicas") or 0, obj.spec.get("replicas", 1)
    page.line("Replicas", f"{current} current / {wanted} desired")
    page.line("Pods Status", pods_status(page, obj))


def end(page: Page, obj: KubeObject) -> None:
    """Write the template, the conditions and the Events, with which the page ends."""
    pod_template(page, mapping(obj.spec.get("template")))
    page.conditions(obj)
    page.events(obj)


def canonical_selector(obj: KubeObject) -> str:
    """Return the selector of a workload as Kubernetes prints it, or why it is none."""
    try:
        return str(Selector.from_label_selector(obj.resource.selector_of(obj.raw)))
    except K8sNotesError as error:
        return f"Failed to get selector: {error}"


def pods_status(page: Page, obj: KubeObject) -> str:
    """Return how many of the Pods that an object controls are in which phase.

    As in "2 Running / 1 Waiting / 0 Succeeded / 0 Failed".
    """
    phases = [
        text(pod.status.get("phase"))
        for pod in page.api.list("pods", obj.namespace)
        if mapping(pod.owner).get("uid") == obj.uid
    ]
    words = (("Running", "Running"), ("Pending", "Waiting"), ("Succeeded", "Succeeded"), ("Failed", "Failed"))
    return " / ".join(f"{phases.count(phase)} {word}" for phase, word in words)

"""`kubectl describe pdb`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.api.label_selector import format_label_selector
from k8snotes.kubectl.describe.page import Page


def describe(page: Page, obj: KubeObject) -> None:
    """Write a PodDisruptionBudget.

    "Allowed disruptions" is how many Pods an eviction may take away now.

    Source of the rule: `PodDisruptionBudgetDescriber` of k8s.io/kubectl/pkg/describe.
    """
    spec, status = obj.spec, obj.status
    page.head(obj)
    if spec.get("minAvailable") is not None:
        page.line("Min available", text(spec["minAvailable"]))
    elif spec.get("maxUnavailable") is not None:
        page.line("Max unavailable", text(spec["maxUnavailable"]))
    selector = spec.get("selector")
    page.line("Selector", "<unset>" if selector is None else format_label_selector(selector))
    page.write(0, "Status:\n")
    for title, field in (
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ):
        page.line(title, status.get(field) or 0, 2)
    page.events(obj)

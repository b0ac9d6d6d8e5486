"""`kubectl describe priorityclass`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.facts.rows import pairs
from k8snotes.kubectl.describe.page import Page


def describe(page: Page, obj: KubeObject) -> None:
    """Write a PriorityClass.

    The value is what the scheduler compares: the greater one goes first.

    Source of the rule: `PriorityClassDescriber` of k8s.io/kubectl/pkg/describe.
    """
    raw = obj.raw
    page.line("Name", obj.name)
    page.line("Value", raw.get("value") or 0)
    page.line("GlobalDefault", "true" if raw.get("globalDefault") is True else "false")
    page.line("PreemptionPolicy", text(raw.get("preemptionPolicy")) or "PreemptLowerPriority")
    page.line("Description", text(raw.get("description")))
    page.line("Annotations", pairs(obj.annotations))
    page.events(obj)

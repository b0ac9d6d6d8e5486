"""NetworkPolicy: what `kubectl get networkpolicies` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping
from k8snotes.api.label_selector import format_label_selector
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "POD-SELECTOR", "AGE")


def row(policy: KubeObject) -> Row:
    """Return the cells of a NetworkPolicy: the selector of the Pods that it guards."""
    return {"POD-SELECTOR": format_label_selector(mapping(policy.spec.get("podSelector")))}

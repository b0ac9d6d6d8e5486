"""PodDisruptionBudget: what `kubectl get poddisruptionbudgets` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE")


def row(budget: KubeObject) -> Row:
    """Return the cells of a PodDisruptionBudget; the bound that it does not set is "N/A"."""
    return {
        "MIN AVAILABLE": text(budget.spec.get("minAvailable")) or "N/A",
        "MAX UNAVAILABLE": text(budget.spec.get("maxUnavailable")) or "N/A",
        "ALLOWED DISRUPTIONS": budget.status.get("disruptionsAllowed") or 0,
    }

"""PriorityClass: what `kubectl get priorityclasses` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "VALUE", "GLOBAL-DEFAULT", "AGE", "PREEMPTIONPOLICY")


def row(priority: KubeObject) -> Row:
    """Return the cells of a PriorityClass: its value, and whether Pods that name no class get it."""
    return {
        "VALUE": priority.raw.get("value") or 0,
        "GLOBAL-DEFAULT": text(priority.raw.get("globalDefault")) or "false",
        "PREEMPTIONPOLICY": text(priority.raw.get("preemptionPolicy")) or "PreemptLowerPriority",
    }

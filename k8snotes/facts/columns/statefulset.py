"""StatefulSet: what `kubectl get statefulsets` prints."""

from __future__ import annotations

from k8snotes.facts.columns.workload import ready_of_wanted

__all__ = ["NAMES", "WIDE", "row"]


NAMES = ("NAME", "READY", "AGE")
WIDE = (*NAMES, "CONTAINERS", "IMAGES")

row = ready_of_wanted

"""Secret: what `kubectl get secrets` prints."""

from __future__ import annotations

from k8snotes.facts.columns.cells import data

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "TYPE", "DATA", "AGE")

row = data

"""ConfigMap: what `kubectl get configmaps` prints."""

from __future__ import annotations

from k8snotes.facts.columns.cells import data

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "DATA", "AGE")

row = data

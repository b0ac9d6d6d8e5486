"""Role: what `kubectl get roles` prints."""

from __future__ import annotations

from k8snotes.facts.columns.cells import created_at

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "CREATED AT")

row = created_at

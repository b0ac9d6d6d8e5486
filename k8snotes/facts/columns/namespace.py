"""Namespace: what `kubectl get namespaces` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "STATUS", "AGE")


def row(namespace: KubeObject) -> Row:
    """Return the cells of a Namespace: Active, or Terminating while it is emptied."""
    return {"STATUS": text(namespace.status.get("phase")) or "Active"}

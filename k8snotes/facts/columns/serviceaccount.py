"""ServiceAccount: what `kubectl get serviceaccounts` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "AGE")


def row(_account: KubeObject) -> Row:
    """Return the cells of a ServiceAccount: only its name and its age, since Kubernetes v1.35."""
    return {}

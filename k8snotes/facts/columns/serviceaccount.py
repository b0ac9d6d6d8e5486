"""ServiceAccount: what `kubectl get serviceaccounts` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mappings
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "SECRETS", "AGE")


def row(account: KubeObject) -> Row:
    """Return the cells of a ServiceAccount: how many Secrets it names."""
    return {"SECRETS": len(mappings(account.raw.get("secrets")))}

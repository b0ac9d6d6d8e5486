"""Lease: what `kubectl get leases` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "HOLDER", "AGE")


def row(lease: KubeObject) -> Row:
    """Return the cells of a Lease: the program that holds it."""
    return {"HOLDER": text(lease.spec.get("holderIdentity"))}

"""ResourceQuota: what `kubectl get resourcequotas` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "REQUEST", "LIMIT", "AGE")


def row(quota: KubeObject) -> Row:
    """Return the cells of a ResourceQuota: "used/allowed" of each name, limits in a cell of their own."""
    hard, used = mapping(quota.status.get("hard")), mapping(quota.status.get("used"))
    shares = {name: f"{name}: {text(used.get(name))}/{text(hard[name])}" for name in sorted(hard)}
    limits = {name for name in shares if name.startswith("limits.")}
    return {
        "REQUEST": ", ".join(share for name, share in shares.items() if name not in limits),
        "LIMIT": ", ".join(share for name, share in shares.items() if name in limits),
    }

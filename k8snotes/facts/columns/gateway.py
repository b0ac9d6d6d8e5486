"""Gateway: what `kubectl get gateways` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mappings, text
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "CLASS", "ADDRESS", "PROGRAMMED", "AGE")


def row(gateway: KubeObject) -> Row:
    """Return the cells of a Gateway: its class, its first address, and whether its proxy runs."""
    programmed = gateway.condition("Programmed") or {}
    addresses = [text(item.get("value")) for item in mappings(gateway.status.get("addresses"))]
    return {
        "CLASS": text(gateway.spec.get("gatewayClassName")),
        "ADDRESS": addresses[0] if addresses else "",
        "PROGRAMMED": text(programmed.get("status")),
    }

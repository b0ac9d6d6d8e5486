"""Endpoints: what `kubectl get endpoints` prints."""

from __future__ import annotations

from k8snotes.api.base import mappings, text
from k8snotes.api.kinds.endpoints import Endpoints
from k8snotes.facts.columns.cells import NONE, Row, first_few

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "ENDPOINTS", "AGE")


def row(endpoints: Endpoints) -> Row:
    """Return the cells of an Endpoints object: the first three addresses with their ports."""
    listed: list[str] = []
    for subset in endpoints.subsets:
        addresses = [text(item.get("ip")) for item in mappings(subset.get("addresses"))]
        ports = [item.get("port") for item in mappings(subset.get("ports"))]
        listed += [f"{ip}:{port}" for port in ports for ip in addresses] if ports else addresses
    return {"ENDPOINTS": first_few(listed) if endpoints.subsets else NONE}

"""EndpointSlice: what `kubectl get endpointslices` prints."""

from __future__ import annotations

from k8snotes.api.base import sequence, text
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.facts.columns.cells import UNSET, Row, first_few

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE")


def row(endpoint_slice: EndpointSlice) -> Row:
    """Return the cells of an EndpointSlice: its first three ports and addresses."""
    ports = [text(item.get("port")) or text(item.get("name")) or "*" for item in endpoint_slice.ports]
    addresses = [text(ip) for item in endpoint_slice.endpoints for ip in sequence(item.get("addresses"))]
    return {
        "ADDRESSTYPE": text(endpoint_slice.raw.get("addressType")),
        "PORTS": first_few(ports) or UNSET,
        "ENDPOINTS": first_few(addresses) or UNSET,
    }

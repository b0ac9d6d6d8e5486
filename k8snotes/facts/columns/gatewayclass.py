"""GatewayClass: what `kubectl get gatewayclasses` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "WIDE", "row"]


NAMES = ("NAME", "CONTROLLER", "ACCEPTED", "AGE")
WIDE = (*NAMES, "DESCRIPTION")


def row(gateway_class: KubeObject) -> Row:
    """Return the cells of a GatewayClass: its controller, and whether the controller has accepted it."""
    accepted = gateway_class.condition("Accepted") or {}
    return {
        "CONTROLLER": text(gateway_class.spec.get("controllerName")),
        "ACCEPTED": text(accepted.get("status")),
        "DESCRIPTION": text(gateway_class.spec.get("description")),
    }

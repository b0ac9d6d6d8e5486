"""ComponentStatus: what `kubectl get componentstatuses` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mappings, text
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "STATUS", "MESSAGE", "ERROR")


def row(obj: KubeObject) -> Row:
    """Return the cells of a ComponentStatus: whether it is healthy, and what it has answered."""
    healthy = next(
        (item for item in mappings(obj.raw.get("conditions")) if item.get("type") == "Healthy"), {}
    )
    state = {"True": "Healthy", "False": "Unhealthy"}.get(text(healthy.get("status")), "Unknown")
    return {"STATUS": state, "MESSAGE": text(healthy.get("message")), "ERROR": text(healthy.get("error"))}

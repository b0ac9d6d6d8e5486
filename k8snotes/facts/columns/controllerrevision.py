"""ControllerRevision: what `kubectl get controllerrevisions` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kind import split_api_version
from k8snotes.facts.columns.cells import NONE, Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "CONTROLLER", "REVISION", "AGE")


def row(revision: KubeObject) -> Row:
    """Return the cells of a ControllerRevision: which workload it is of, and its number."""
    owner = mapping(revision.owner)
    group = split_api_version(text(owner.get("apiVersion")))[0]
    kind = text(owner.get("kind")).lower() + (f".{group}" if group else "")
    ref = f"{kind}/{text(owner.get('name'))}" if owner else NONE
    return {"CONTROLLER": ref, "REVISION": revision.raw.get("revision") or 0}

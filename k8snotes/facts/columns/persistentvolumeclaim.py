"""PersistentVolumeClaim: what `kubectl get persistentvolumeclaims` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.control_plane.storage_rules import class_of
from k8snotes.facts.columns.cells import UNSET, Row, access_modes

__all__ = ["NAMES", "WIDE", "row"]


NAMES = (
    *("NAME", "STATUS", "VOLUME", "CAPACITY", "ACCESS MODES", "STORAGECLASS"),
    *("VOLUMEATTRIBUTESCLASS", "AGE"),
)
WIDE = (*NAMES, "VOLUMEMODE")


def row(claim: KubeObject) -> Row:
    """Return the cells of a PersistentVolumeClaim; capacity and modes are those of the volume that it got."""
    spec, status = claim.spec, claim.status
    bound = bool(spec.get("volumeName"))
    return {
        "STATUS": "Terminating" if claim.terminating else text(status.get("phase")),
        "VOLUME": text(spec.get("volumeName")),
        "CAPACITY": text(mapping(status.get("capacity")).get("storage")) if bound else "",
        "ACCESS MODES": access_modes(status.get("accessModes")) if bound else "",
        "STORAGECLASS": class_of(claim),
        "VOLUMEATTRIBUTESCLASS": text(spec.get("volumeAttributesClassName")) or UNSET,
        "VOLUMEMODE": text(spec.get("volumeMode")) or UNSET,
    }

"""PersistentVolume: what `kubectl get persistentvolumes` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.control_plane.storage_rules import class_of
from k8snotes.facts.columns.cells import UNSET, Row, access_modes

__all__ = ["NAMES", "WIDE", "row"]


NAMES = (
    *("NAME", "CAPACITY", "ACCESS MODES", "RECLAIM POLICY", "STATUS", "CLAIM", "STORAGECLASS"),
    *("VOLUMEATTRIBUTESCLASS", "REASON", "AGE"),
)
WIDE = (*NAMES, "VOLUMEMODE")


def row(volume: KubeObject) -> Row:
    """Return the cells of a PersistentVolume; CLAIM is the claim that it is bound to."""
    spec, claim = volume.spec, mapping(volume.spec.get("claimRef"))
    return {
        "CAPACITY": text(mapping(spec.get("capacity")).get("storage")),
        "ACCESS MODES": access_modes(spec.get("accessModes")),
        "RECLAIM POLICY": text(spec.get("persistentVolumeReclaimPolicy")),
        "STATUS": "Terminating" if volume.terminating else text(volume.status.get("phase")),
        "CLAIM": f"{text(claim.get('namespace'))}/{text(claim.get('name'))}" if claim else "",
        "STORAGECLASS": class_of(volume),
        "VOLUMEATTRIBUTESCLASS": text(spec.get("volumeAttributesClassName")) or UNSET,
        "REASON": text(volume.status.get("reason")),
        "VOLUMEMODE": text(spec.get("volumeMode")) or UNSET,
    }

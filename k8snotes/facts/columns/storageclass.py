"""StorageClass: what `kubectl get storageclasses` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.control_plane.storage_rules import is_default
from k8snotes.facts.columns.cells import Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "PROVISIONER", "RECLAIMPOLICY", "VOLUMEBINDINGMODE", "ALLOWVOLUMEEXPANSION", "AGE")


def row(storage_class: KubeObject) -> Row:
    """Return the cells of a StorageClass; "(default)" follows the name of the one that claims get."""
    raw = storage_class.raw
    return {
        "NAME": f"{storage_class.name} (default)" if is_default(storage_class) else storage_class.name,
        "PROVISIONER": text(raw.get("provisioner")),
        "RECLAIMPOLICY": text(raw.get("reclaimPolicy")) or "Delete",
        "VOLUMEBINDINGMODE": text(raw.get("volumeBindingMode")) or "Immediate",
        "ALLOWVOLUMEEXPANSION": text(raw.get("allowVolumeExpansion")) or "false",
    }

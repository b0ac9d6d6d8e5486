"""PersistentVolumeClaim: storage that Pods ask for.

Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Amounts, Rules

__all__ = ["RULES"]


def _complete(manifest: Manifest) -> None:
    """Ask for a file system, and wait."""
    set_missing(manifest.setdefault("spec", {}), volumeMode="Filesystem")
    set_missing(manifest.setdefault("status", {}), phase="Pending")


def _amounts(manifest: Manifest) -> Amounts:
    """Count the claim and its storage, in all and for its storage class.

    Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/#storage-resource-quota
    """
    spec = mapping(manifest.get("spec"))
    storage = mapping(mapping(spec.get("resources")).get("requests")).get("storage")
    amounts: Amounts = {}
    if storage is not None:
        amounts["requests.storage"] = Quantity(storage)
    if spec.get("storageClassName"):
        prefix = f"{spec['storageClassName']}.storageclass.storage.k8s.io/"
        amounts[prefix + "persistentvolumeclaims"] = Quantity(1)
        if storage is not None:
            amounts[prefix + "requests.storage"] = Quantity(storage)
    return amounts


RULES = Rules(complete=_complete, amounts=_amounts)

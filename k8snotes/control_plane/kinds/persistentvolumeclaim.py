"""PersistentVolumeClaim: storage that Pods ask for.

Source of the rules: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims and
`ValidatePersistentVolumeClaim` in k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.names import dns1123_subdomain
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.kinds.rules import Amounts, Rules
from k8snotes.control_plane.validation.internal_form import spec_diff
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.pod_warnings import claim_warnings
from k8snotes.control_plane.validation.storage import claim_spec, complete_claim_spec, prepare_claim_spec
from k8snotes.control_plane.validation.wording import Path, forbidden_field, immutable
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

SPEC = Path("spec")
_CLASS = "volume.beta.kubernetes.io/storage-class"
_OLD = 'deprecated since v1.8; use "storageClassName" attribute instead'
_IMMUTABLE = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"


def _complete(manifest: Manifest) -> None:
    """Ask for a file system."""
    complete_claim_spec(manifest.setdefault("spec", {}))


def _prepare(manifest: Manifest) -> None:
    """Settle where its data come from."""
    prepare_claim_spec(manifest["spec"])


def _prepare_update(new: Manifest, _old: Manifest) -> None:
    prepare_claim_spec(new["spec"])


def _check(manifest: Manifest) -> list[Cause]:
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    return causes + claim_spec(manifest["spec"], SPEC)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a claim that replaces another: a bound one may ask for more, and nothing else may change."""
    causes = metadata_update(new["metadata"], old["metadata"])
    causes += metadata(new["metadata"], dns1123_subdomain, namespaced=True)
    causes += claim_spec(new["spec"], SPEC)
    after, before = _comparable(new, old), dict(old["spec"])
    if not before.get("volumeName"):
        # the controller writes it, once
        before["volumeName"] = after.get("volumeName", "")
    after.setdefault("volumeName", "")
    if after != before:
        difference = spec_diff("PersistentVolumeClaimSpec", after, before)
        causes.append(forbidden_field(SPEC, f"{_IMMUTABLE}\n{difference}"))
    causes += _not_smaller(new, old)
    return causes + immutable(
        Path("volumeMode"), new["spec"].get("volumeMode"), old["spec"].get("volumeMode")
    )


def _comparable(new: Manifest, old: Manifest) -> dict[str, Any]:
    """Return what a claim asks for with what a bound one may change put back."""
    after: dict[str, Any] = copy.copy(new["spec"])
    before = old["spec"]
    if mapping(new.get("status")).get("phase") == "Bound":
        requests = dict(mapping(mapping(after.get("resources")).get("requests")))
        if requests:
            requests["storage"] = _storage(old)
            after["resources"] = {**mapping(after.get("resources")), "requests": requests}
        after.pop("volumeAttributesClassName", None)
        if "volumeAttributesClassName" in before:
            after["volumeAttributesClassName"] = before["volumeAttributesClassName"]
    return after


def _storage(claim: Manifest) -> str:
    return str(mapping(mapping(claim["spec"].get("resources")).get("requests")).get("storage", "0"))


def _not_smaller(new: Manifest, old: Manifest) -> list[Cause]:
    """Check that a claim does not ask for less than it has."""
    has = mapping(mapping(old.get("status")).get("capacity")).get("storage", "0")
    asks = Quantity(_storage(new))
    if asks >= Quantity(_storage(old)) or asks > Quantity(has):
        return []
    return [
        forbidden_field(SPEC / "resources.requests.storage", "field can not be less than status.capacity")
    ]


def _warnings(manifest: Manifest, _old: Manifest | None) -> Iterator[ApiWarning]:
    """Warn of an old annotation, and of fractions of a byte."""
    annotations = mapping(manifest["metadata"].get("annotations"))
    if _CLASS in annotations:
        yield ApiWarning(_OLD, Path("metadata.annotations").key(_CLASS))
    yield from claim_warnings(mapping(manifest.get("spec")), SPEC)


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


RULES = Rules(
    complete=_complete,
    status={"phase": "Pending"},
    prepare=_prepare,
    prepare_update=_prepare_update,
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
    amounts=_amounts,
)

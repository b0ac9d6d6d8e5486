"""Rules that volumes, claims and templates of claims share.

Source of the rules: https://kubernetes.io/docs/concepts/storage/persistent-volumes/ and
k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.label_selector import validate_label_selector
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.validation.metadata import annotation_keys, dns_subdomain, labels
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    invalid_value,
    not_supported,
    one_of,
    required,
)
from k8snotes.errors import Cause

__all__ = [
    "access_modes",
    "claim_spec",
    "claim_template",
    "complete_claim_spec",
    "positive_amount",
    "prepare_claim_spec",
    "volume_mode",
]

_ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_VOLUME_MODES = ("Block", "Filesystem")
_ONCE_POD = "ReadWriteOncePod"
_CLAIM, _SNAPSHOT = ("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot")


def complete_claim_spec(spec: Manifest) -> None:
    """Fill in, in place, the defaults of what a claim asks for: a file system.

    >>> spec = {"resources": {"requests": {"storage": "1Gi"}}}
    >>> complete_claim_spec(spec)
    >>> spec["volumeMode"]
    'Filesystem'

    Source of the rule: `SetDefaults_PersistentVolumeClaimSpec` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    set_missing(spec, volumeMode="Filesystem")


def prepare_claim_spec(spec: Manifest) -> None:
    """Set the two fields for where the data come from to the same, and drop what was never a source, in place.

    >>> spec = {"dataSource": {"kind": "PersistentVolumeClaim", "name": "old"}}
    >>> prepare_claim_spec(spec)
    >>> spec["dataSourceRef"]["name"]
    'old'

    Source of the rule: `NormalizeDataSources` in k8s.io/kubernetes/pkg/api/persistentvolumeclaim
    """
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is not None and not _is_old_source(source):
        source = None
        del spec["dataSource"]
    if source is not None and reference is None:
        spec["dataSourceRef"] = dict(source)
    elif source is None and reference is not None and _is_old_source(reference):
        spec["dataSource"] = {key: value for key, value in reference.items() if key != "namespace"}


def _is_old_source(source: Manifest) -> bool:
    """Whether data come from where they always could: a claim or a snapshot of the same Namespace."""
    known = (source.get("apiGroup") or "", source.get("kind", "")) in (_CLAIM, _SNAPSHOT)
    return known and not source.get("namespace")


def access_modes(modes: Sequence[str], path: Path, missing: str = "") -> list[Cause]:
    """Check how a volume may be mounted: at least one way, and "by one Pod alone" with no other.

    Args:
        modes: the access modes.
        path: the path of the list in the manifest.
        missing: what is said where there are none.

    >>> access_modes(["ReadWriteOnce"], Path("spec.accessModes"))
    []
    """
    if not modes:
        return [required(path, missing)]
    causes = [not_supported(path, mode, _ACCESS_MODES) for mode in modes if mode not in _ACCESS_MODES]
    if _ONCE_POD in modes and any(mode in _ACCESS_MODES and mode != _ONCE_POD for mode in modes):
        causes.append(forbidden_field(path, f"may not use {_ONCE_POD} with other access modes"))
    return causes


def positive_amount(amount: str, path: Path) -> list[Cause]:
    """Check that a quantity is above 0 (ValidatePositiveQuantityValue).

    >>> [cause.message for cause in positive_amount("0", Path("storage"))]
    ['Invalid value: "0": must be greater than zero']
    """
    quantity = Quantity(amount)
    return [] if quantity > Quantity(0) else [invalid_value(path, quantity, "must be greater than zero")]


def volume_mode(mode: str | None, path: Path) -> list[Cause]:
    """Check whether a volume is used as a file system or as a raw device."""
    return one_of(mode, path, _VOLUME_MODES)


def claim_template(template: Manifest, path: Path) -> list[Cause]:
    """Check the template of an ephemeral volume's claim (ValidatePersistentVolumeClaimTemplate).

    Args:
        template: the template.
        path: its path in the manifest.
    """
    meta = mapping(template.get("metadata"))
    causes = annotation_keys(meta.get("annotations"), path / "metadata" / "annotations")
    causes += labels(meta.get("labels"), path / "metadata" / "labels")
    detail = "cannot be set for an ephemeral volume"
    causes += [
        forbidden_field(path / "metadata" / field, detail)
        for field in sorted(meta)
        if field not in ("annotations", "labels") and meta[field]
    ]
    return causes + claim_spec(mapping(template.get("spec")), path / "spec")


def claim_spec(spec: Manifest, path: Path) -> list[Cause]:
    """Check what a claim asks for (ValidatePersistentVolumeClaimSpec).

    Args:
        spec: the specification, decoded and completed.
        path: its path in the manifest.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims
    """
    modes = sequence(spec.get("accessModes"))
    causes = [] if modes else access_modes(modes, path / "accessModes", "at least 1 access mode is required")
    if spec.get("selector") is not None:
        causes += validate_label_selector(spec["selector"], path / "selector")
    causes += access_modes(modes, path / "accessModes") if modes else []
    asked = mapping(mapping(spec.get("resources")).get("requests")).get("storage")
    here = (path / "resources").key("storage")
    causes += [required(here)] if asked is None else positive_amount(asked, here)
    if spec.get("storageClassName"):
        causes += dns_subdomain(spec["storageClassName"], path / "storageClassName")
    causes += volume_mode(spec.get("volumeMode"), path / "volumeMode")
    for field in ("dataSource", "dataSourceRef"):
        if spec.get(field) is not None:
            causes += _source(spec[field], path / field)
    if spec.get("volumeAttributesClassName"):
        causes += dns_subdomain(spec["volumeAttributesClassName"], path / "volumeAttributesClassName")
    return causes


def _source(source: Manifest, path: Path) -> list[Cause]:
    """Check what a volume is filled from (validateDataSource)."""
    causes = [required(path / field) for field in ("name", "kind") if not source.get(field)]
    group, kind = source.get("apiGroup") or "", source.get("kind", "")
    if not group and kind != "PersistentVolumeClaim":
        detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
        causes.append(invalid_value(path, kind, detail))
    return causes + (dns_subdomain(group, path / "apiGroup") if group else [])

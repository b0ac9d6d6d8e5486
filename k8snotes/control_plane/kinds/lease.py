"""Lease: it names the present holder of something, and until when; Nodes and leaders renew one.

Source of the rules: https://kubernetes.io/docs/concepts/architecture/leases/ and `ValidateLease` in
k8s.io/kubernetes/pkg/apis/coordination/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.wording import Path, invalid_value, not_negative
from k8snotes.errors import Cause

__all__ = ["RULES"]

SPEC = Path("spec")


def _prepare(manifest: Manifest) -> None:
    """Drop what belongs to coordinated leader election, which v1.36 has off, without a word."""
    for field in ("strategy", "preferredHolder"):
        mapping(manifest.get("spec")).pop(field, None)


def _prepare_update(new: Manifest, _old: Manifest) -> None:
    _prepare(new)


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], dns1123_subdomain, namespaced=True) + _spec(manifest)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    return metadata_update(new["metadata"], old["metadata"]) + _spec(new)


def _spec(manifest: Manifest) -> list[Cause]:
    """Check for how long it is held, and how often it changed hands (ValidateLeaseSpec)."""
    spec = mapping(manifest.get("spec"))
    seconds, changes = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    causes: list[Cause] = []
    if seconds is not None and seconds <= 0:
        causes.append(invalid_value(SPEC / "leaseDurationSeconds", seconds, "must be greater than 0"))
    return causes + not_negative(SPEC / "leaseTransitions", changes or 0)


RULES = Rules(
    group="coordination.k8s.io",
    prepare=_prepare,
    prepare_update=_prepare_update,
    check=_check,
    check_update=_check_update,
)

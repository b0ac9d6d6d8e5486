"""ControllerRevision: what a DaemonSet or a StatefulSet looked like before, to go back to.

Source of the rules: `ValidateControllerRevisionCreate` in k8s.io/kubernetes/pkg/apis/apps/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.wording import immutable, not_negative, required
from k8snotes.errors import Cause

__all__ = ["RULES"]


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], dns1123_subdomain, namespaced=True) + _content(manifest)


def _content(manifest: Manifest) -> list[Cause]:
    """Check that there is something to go back to, and which number it has."""
    data = manifest.get("data")
    if data is None:
        causes = [required("data", "data is mandatory")]
    else:
        causes = [] if isinstance(data, dict) else [required("data", "data must be a valid JSON object")]
    return causes + not_negative("revision", manifest.get("revision", 0))


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    causes = metadata_update(new["metadata"], old["metadata"]) + _content(new)
    return causes + immutable("data", new.get("data"), old.get("data"))


RULES = Rules(group="apps", check=_check, check_update=_check_update)

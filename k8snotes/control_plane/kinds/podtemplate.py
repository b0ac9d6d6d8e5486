"""PodTemplate: a template of Pods on its own; nothing in Kubernetes makes Pods of it.

Source of the rules: `ValidatePodTemplate` in k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import complete_pod_spec
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.pod_spec import template
from k8snotes.control_plane.validation.pod_warnings import pod_warnings
from k8snotes.control_plane.validation.wording import Path
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

TEMPLATE = Path("template")


def _complete(manifest: Manifest) -> None:
    """Fill in the defaults of its Pods."""
    complete_pod_spec(manifest.setdefault("template", {}).setdefault("spec", {}))


def _check(manifest: Manifest) -> list[Cause]:
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    return causes + template(mapping(manifest.get("template")), TEMPLATE)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    causes = metadata_update(new["metadata"], old["metadata"])
    return causes + template(mapping(new.get("template")), TEMPLATE)


def _warnings(manifest: Manifest, old: Manifest | None) -> list[ApiWarning]:
    """Warn of what is odd in the template."""
    new = mapping(manifest.get("template"))
    if old is not None and old.get("template") == new:
        return []
    return pod_warnings(mapping(new.get("spec")), mapping(new.get("metadata")), TEMPLATE)


RULES = Rules(complete=_complete, check=_check, check_update=_check_update, warnings=_warnings)

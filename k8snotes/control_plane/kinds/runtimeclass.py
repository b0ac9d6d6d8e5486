"""RuntimeClass: by which program a Node runs containers.

Source of the rules: https://kubernetes.io/docs/concepts/containers/runtime-class/ and `ValidateRuntimeClass` in
k8s.io/kubernetes/pkg/apis/node/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import dns1123_label, dns1123_subdomain
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import labels, metadata, metadata_update
from k8snotes.control_plane.validation.pod_warnings import old_label_warnings
from k8snotes.control_plane.validation.quantities import container_resource_name, requirements
from k8snotes.control_plane.validation.scheduling import tolerations
from k8snotes.control_plane.validation.wording import (
    Path,
    duplicate,
    immutable,
    invalid_values,
    required,
)
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]


def _check(manifest: Manifest) -> list[Cause]:
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=False)
    return causes + _handler(manifest.get("handler", "")) + _pods(manifest)


def _handler(name: str) -> list[Cause]:
    return invalid_values("handler", name, dns1123_label(name)) if name else [required("handler")]


def _pods(manifest: Manifest) -> list[Cause]:
    """Check what its Pods cost besides their containers, and where they may run."""
    causes: list[Cause] = []
    fixed = mapping(mapping(manifest.get("overhead")).get("podFixed"))
    if fixed:
        # Kubernetes checks them as the limits of a container, and names them so
        causes += requirements({"limits": fixed}, Path("overhead"), container_resource_name, frozenset())
    where, path = mapping(manifest.get("scheduling")), Path("scheduling")
    causes += labels(where.get("nodeSelector"), path / "nodeSelector")
    wanted = sequence(where.get("tolerations"))
    causes += tolerations(wanted, path / "tolerations" / "tolerations")
    return causes + [
        duplicate(path / "tolerations" @ i, item) for i, item in enumerate(wanted) if item in wanted[:i]
    ]


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    causes = metadata_update(new["metadata"], old["metadata"])
    return causes + immutable("handler", new.get("handler", ""), old.get("handler", ""))


def _warnings(manifest: Manifest, _old: Manifest | None) -> list[ApiWarning]:
    """Warn of labels of Nodes that have new names."""
    selector = mapping(mapping(manifest.get("scheduling")).get("nodeSelector"))
    return old_label_warnings(selector, Path("scheduling.nodeSelector"))


RULES = Rules(group="node.k8s.io", check=_check, check_update=_check_update, warnings=_warnings)

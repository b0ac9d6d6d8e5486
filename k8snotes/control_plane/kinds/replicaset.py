"""ReplicaSet: so many Pods of one template, found by a label selector, which stays.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/ and
`ValidateReplicaSet` in k8s.io/kubernetes/pkg/apis/apps/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import complete_replicas, complete_template
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.pod_warnings import template_warnings
from k8snotes.control_plane.validation.wording import Path, immutable, not_negative
from k8snotes.control_plane.validation.workload import matched_template, selector
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

SPEC = Path("spec")


def _complete(manifest: Manifest) -> None:
    """Want one Pod, with the defaults of its template."""
    complete_template(manifest)
    complete_replicas(manifest["spec"])


def _check(manifest: Manifest) -> list[Cause]:
    """Check a ReplicaSet."""
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    return causes + _spec(manifest["spec"])


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a ReplicaSet that replaces another: its selector stays."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _spec(new["spec"])
    return causes + immutable(SPEC / "selector", new["spec"].get("selector"), old["spec"].get("selector"))


def _spec(spec: Manifest) -> list[Cause]:
    """Check replicas, selector and template (ValidateReplicaSetSpec)."""
    causes = not_negative(SPEC / "replicas", spec.get("replicas", 0))
    causes += not_negative(SPEC / "minReadySeconds", spec.get("minReadySeconds", 0))
    # "deployment" is what Kubernetes says of a ReplicaSet, too
    causes += selector(spec, "deployment")
    return causes + matched_template(spec)


def _warnings(manifest: Manifest, old: Manifest | None) -> list[ApiWarning]:
    """Warn of a name that makes bad host names, and of what is odd in the template."""
    return template_warnings(manifest, old, names_pods=True)


RULES = Rules(
    group="apps",
    complete=_complete,
    status={"replicas": 0},
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
)

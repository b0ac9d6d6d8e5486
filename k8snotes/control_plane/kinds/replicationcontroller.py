"""ReplicationController: so many Pods of one template, found by a plain map of labels.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/ and
`ValidateReplicationController` in k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import complete_template
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.pod_warnings import template_warnings
from k8snotes.control_plane.validation.wording import Path, invalid_value, not_negative, required
from k8snotes.control_plane.validation.workload import NO_MATCH, template_of
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

SPEC = Path("spec")


def _complete(manifest: Manifest) -> None:
    """Want one Pod; without a selector of its own it takes the template's labels.

    Source of the rule: `SetDefaults_ReplicationController` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    spec, labels = manifest["spec"], mapping(complete_template(manifest).get("metadata")).get("labels")
    if labels:
        if not spec.get("selector"):
            spec["selector"] = dict(labels)
        if not manifest["metadata"].get("labels"):
            manifest["metadata"]["labels"] = dict(labels)
    if spec.get("replicas") is None:
        spec["replicas"] = 1


def _check(manifest: Manifest) -> list[Cause]:
    """Check a ReplicationController."""
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    return causes + _spec(manifest["spec"])


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a ReplicationController that replaces another: even its selector may change."""
    return metadata_update(new["metadata"], old["metadata"]) + _spec(new["spec"])


def _spec(spec: Manifest) -> list[Cause]:
    """Check replicas, selector and template (ValidateReplicationControllerSpec)."""
    causes = not_negative(SPEC / "minReadySeconds", spec.get("minReadySeconds", 0))
    wanted = mapping(spec.get("selector"))
    if not wanted:
        causes.append(required(SPEC / "selector"))
    causes += not_negative(SPEC / "replicas", spec.get("replicas", 0))
    template = spec.get("template")
    if template is None:
        return [*causes, required(SPEC / "template")]
    have = mapping(template.get("metadata")).get("labels")
    if any((have or {}).get(key) != value for key, value in wanted.items()):
        causes.append(
            invalid_value(SPEC / "template" / "metadata" / "labels", have, NO_MATCH, "template-labels")
        )
    return causes + template_of("ReplicationController", template, SPEC / "template")


def _warnings(manifest: Manifest, old: Manifest | None) -> list[ApiWarning]:
    """Warn of a name that makes bad host names, and of what is odd in the template."""
    return template_warnings(manifest, old, names_pods=True)


RULES = Rules(
    complete=_complete, status={"replicas": 0}, check=_check, check_update=_check_update, warnings=_warnings
)

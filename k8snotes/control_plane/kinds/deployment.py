"""Deployment: a template whose versions follow each other, a ReplicaSet for each.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ and
`ValidateDeployment` in k8s.io/kubernetes/pkg/apis/apps/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import complete_replicas, complete_template, set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.pod_warnings import template_warnings
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    immutable,
    invalid_value,
    not_negative,
    not_supported,
    required,
)
from k8snotes.control_plane.validation.workload import (
    at_most_all,
    int_or_percent,
    internal_strategy,
    matched_template,
    percent_value,
    selector,
)
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

SPEC = Path("spec")


def _complete(manifest: Manifest) -> None:
    """Fill in the defaults of a Deployment.

    Source of the rule: `SetDefaults_Deployment` in k8s.io/kubernetes/pkg/apis/apps/v1
    """
    complete_template(manifest)
    complete_replicas(manifest["spec"])
    spec = manifest["spec"]
    strategy = spec.setdefault("strategy", {})
    set_missing(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        for field in ("maxUnavailable", "maxSurge"):
            if rolling.get(field) is None:
                rolling[field] = "25%"
    for field, value in (("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)):
        if spec.get(field) is None:
            spec[field] = value


def _check(manifest: Manifest) -> list[Cause]:
    """Check a Deployment."""
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    return causes + _spec(manifest["spec"])


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a Deployment that replaces another: its selector stays."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _spec(new["spec"])
    return causes + immutable(SPEC / "selector", new["spec"].get("selector"), old["spec"].get("selector"))


def _spec(spec: Manifest) -> list[Cause]:
    """Check selector, template, strategy and deadlines (ValidateDeploymentSpec)."""
    causes = not_negative(SPEC / "replicas", spec.get("replicas", 0))
    causes += selector(spec, "deployment")
    causes += matched_template(spec)
    causes += _strategy(mapping(spec.get("strategy")), SPEC / "strategy")
    ready = spec.get("minReadySeconds", 0)
    causes += not_negative(SPEC / "minReadySeconds", ready)
    causes += not_negative(SPEC / "revisionHistoryLimit", spec.get("revisionHistoryLimit", 0))
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None:
        causes += not_negative(SPEC / "progressDeadlineSeconds", deadline)
        if deadline <= ready:
            detail = "must be greater than minReadySeconds"
            causes.append(invalid_value(SPEC / "progressDeadlineSeconds", deadline, detail))
    return causes


def _strategy(strategy: Manifest, path: Path) -> list[Cause]:
    """Check how one version follows the other (ValidateDeploymentStrategy)."""
    rolling, type_ = strategy.get("rollingUpdate"), strategy.get("type", "")
    if type_ == "Recreate":
        detail = "may not be specified when strategy `type` is 'Recreate'"
        return [] if rolling is None else [forbidden_field(path / "rollingUpdate", detail)]
    if type_ != "RollingUpdate":
        value = internal_strategy(type_, rolling, maxUnavailable=0, maxSurge=0)
        return [not_supported(path, value, ("Recreate", "RollingUpdate"))]
    if rolling is None:
        return [required(path / "rollingUpdate", "this should be defaulted and never be nil")]
    path = path / "rollingUpdate"
    down, up = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    causes = int_or_percent(down, path / "maxUnavailable") + int_or_percent(up, path / "maxSurge")
    if percent_value(down) == 0 and percent_value(up) == 0:
        causes.append(invalid_value(path / "maxUnavailable", down, "may not be 0 when `maxSurge` is 0"))
    return causes + at_most_all(down, path / "maxUnavailable")


def _warnings(manifest: Manifest, old: Manifest | None) -> list[ApiWarning]:
    """Warn of a name that makes bad host names, and of what is odd in the template."""
    return template_warnings(manifest, old, names_pods=True)


RULES = Rules(
    group="apps", complete=_complete, status={}, check=_check, check_update=_check_update, warnings=_warnings
)

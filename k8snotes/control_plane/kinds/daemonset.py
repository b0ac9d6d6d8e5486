"""DaemonSet: one Pod on each Node that its template may run on.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/ and
`ValidateDaemonSet` in k8s.io/kubernetes/pkg/apis/apps/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.label_selector import validate_label_selector
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import complete_template, set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.pod_warnings import template_warnings
from k8snotes.control_plane.validation.wording import (
    Path,
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
    percent_value,
    selected,
    template_of,
)
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES", "TEMPLATE_GENERATION"]

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"

SPEC = Path("spec")


def _complete(manifest: Manifest) -> None:
    """Fill in the defaults of a DaemonSet.

    Source of the rule: `SetDefaults_DaemonSet` in k8s.io/kubernetes/pkg/apis/apps/v1
    """
    complete_template(manifest)
    spec = manifest["spec"]
    strategy = spec.setdefault("updateStrategy", {})
    set_missing(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        for field, value in (("maxUnavailable", 1), ("maxSurge", 0)):
            if rolling.get(field) is None:
                rolling[field] = value
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10


def _prepare(manifest: Manifest) -> None:
    """Note that its template is the first; the annotation is all that is left of an old field."""
    manifest["metadata"].setdefault("annotations", {})[TEMPLATE_GENERATION] = "1"


def _prepare_update(new: Manifest, old: Manifest) -> None:
    """Count the templates that it had."""
    before = mapping(old["metadata"].get("annotations")).get(TEMPLATE_GENERATION)
    if before is None:
        return
    changed = new["spec"].get("template") != old["spec"].get("template")
    number = int(before) + changed if before.isdecimal() else 1
    new["metadata"].setdefault("annotations", {})[TEMPLATE_GENERATION] = str(number)


def _check(manifest: Manifest) -> list[Cause]:
    """Check a DaemonSet."""
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    return causes + _spec(manifest["spec"])


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a DaemonSet that replaces another: its selector stays."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _spec(new["spec"])
    return causes + immutable(SPEC / "selector", new["spec"].get("selector"), old["spec"].get("selector"))


def _spec(spec: Manifest) -> list[Cause]:
    """Check selector, template and update strategy (ValidateDaemonSetSpec)."""
    selector = spec.get("selector")
    causes = validate_label_selector(selector, SPEC / "selector")
    wrong, readable = selected(spec, "")
    causes += wrong if readable else []
    if selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions"):
        detail = "empty selector is invalid for daemonset"
        causes.append(invalid_value(SPEC / "selector", selector, detail, "empty-selector"))
    causes += template_of("DaemonSet", spec["template"], SPEC / "template")
    causes += not_negative(SPEC / "minReadySeconds", spec.get("minReadySeconds", 0))
    causes += _strategy(mapping(spec.get("updateStrategy")), SPEC / "updateStrategy")
    return causes + not_negative(SPEC / "revisionHistoryLimit", spec.get("revisionHistoryLimit", 0))


def _strategy(strategy: Manifest, path: Path) -> list[Cause]:
    """Check how old Pods are replaced: exactly one of maxUnavailable and maxSurge is not 0."""
    type_, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if type_ == "OnDelete":
        return []
    if type_ != "RollingUpdate":
        value = internal_strategy(type_, rolling, maxUnavailable=0, maxSurge=0)
        return [not_supported(path, value, ("RollingUpdate", "OnDelete"))]
    path = path / "rollingUpdate"
    if rolling is None:
        return [required(path)]
    down, up = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    causes = int_or_percent(down, path / "maxUnavailable") + int_or_percent(up, path / "maxSurge")
    causes += at_most_all(down, path / "maxUnavailable") + at_most_all(up, path / "maxSurge")
    if percent_value(down) and percent_value(up):
        causes.append(invalid_value(path / "maxSurge", up, "may not be set when maxUnavailable is non-zero"))
    elif not percent_value(down) and not percent_value(up):
        causes.append(required(path / "maxUnavailable", "cannot be 0 when maxSurge is 0"))
    return causes


def _warnings(manifest: Manifest, old: Manifest | None) -> list[ApiWarning]:
    """Warn of what is odd in the template."""
    return template_warnings(manifest, old, names_pods=False)


_STATUS = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
RULES = Rules(
    group="apps",
    complete=_complete,
    status=dict.fromkeys(_STATUS, 0),
    prepare=_prepare,
    prepare_update=_prepare_update,
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
)

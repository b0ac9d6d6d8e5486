"""Rules for what keeps Pods running: ReplicationController, ReplicaSet, Deployment, StatefulSet, DaemonSet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from k8snotes.api.label_selector import validate_label_selector
from k8snotes.api.selector import Selector
from k8snotes.control_plane.validation.meta import metadata, metadata_update, name_rule
from k8snotes.control_plane.validation.pod import template
from k8snotes.control_plane.validation.wording import (
    GoStruct,
    Path,
    forbidden_field,
    immutable,
    invalid_value,
    not_negative,
    not_supported,
    required,
)
from k8snotes.errors import LabelSelectorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from k8snotes.errors import Cause

    Manifest = Mapping[str, Any]

__all__ = [
    "deployment",
    "deployment_update",
    "int_or_percent",
    "internal_strategy",
    "percent_value",
    "replica_set",
    "replica_set_update",
    "replication_controller",
    "replication_controller_update",
    "selector",
    "template_of",
]

SPEC = Path("spec")
_PERCENT = re.compile(r"[0-9]+%", re.ASCII)
_PERCENT_DETAIL = (
    "a valid percent string must be a numeric string followed by an ending '%' "
    "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
)
NO_MATCH = "`selector` does not match template `labels`"


def replication_controller(manifest: Manifest) -> list[Cause]:
    """Check a ReplicationController."""
    causes = metadata(manifest["metadata"], name_rule("v1", "ReplicationController"), namespaced=True)
    return causes + _replication_controller_spec(manifest["spec"])


def replication_controller_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a ReplicationController that replaces another: even its selector may change."""
    return metadata_update(new["metadata"], old["metadata"]) + _replication_controller_spec(new["spec"])


def _replication_controller_spec(spec: Mapping[str, Any]) -> list[Cause]:
    causes = not_negative(SPEC / "minReadySeconds", spec.get("minReadySeconds", 0))
    wanted = spec.get("selector") or {}
    if not wanted:
        causes.append(required(SPEC / "selector"))
    causes += not_negative(SPEC / "replicas", spec.get("replicas", 0))
    found = spec.get("template")
    if found is None:
        return [*causes, required(SPEC / "template")]
    have = (found.get("metadata") or {}).get("labels")
    if any((have or {}).get(key) != value for key, value in wanted.items()):
        causes.append(
            invalid_value(SPEC / "template" / "metadata" / "labels", have, NO_MATCH, "template-labels")
        )
    return causes + template_of("ReplicationController", found, SPEC / "template")


def template_of(kind: str, found: Manifest, path: Path) -> list[Cause]:
    """Check a template whose Pods are always restarted."""
    spec = found.get("spec") or {}
    causes = template(found, path)
    policy = spec.get("restartPolicy", "")
    if policy != "Always":
        causes.append(not_supported(path / "spec" / "restartPolicy", policy, ("Always",)))
    if spec.get("activeDeadlineSeconds") is not None:
        detail = f"activeDeadlineSeconds in {kind} is not Supported"
        causes.append(forbidden_field(path / "spec" / "activeDeadlineSeconds", detail))
    return causes


def selector(spec: Mapping[str, Any], word: str) -> list[Cause]:
    """Check the selector of a workload: there, valid and not empty."""
    found = spec.get("selector")
    if found is None:
        return [required(SPEC / "selector")]
    causes = validate_label_selector(found, SPEC / "selector")
    if not found.get("matchLabels") and not found.get("matchExpressions"):
        detail = f"empty selector is invalid for {word}"
        causes.append(invalid_value(SPEC / "selector", found, detail, "empty-selector"))
    return causes


def selected(spec: Mapping[str, Any], unreadable: str) -> tuple[list[Cause], bool]:
    """Check that the template's labels match the selector; says also whether the selector can be read."""
    found = spec.get("selector")
    have = (spec["template"].get("metadata") or {}).get("labels")
    try:
        wanted = Selector.from_label_selector(found)
    except LabelSelectorError:
        return [invalid_value(SPEC / "selector", found, unreadable, "label")], False
    if wanted.matches(have or {}):
        return [], True
    return [invalid_value(SPEC / "template" / "metadata" / "labels", have, NO_MATCH, "template-labels")], True


def replica_set(manifest: Manifest) -> list[Cause]:
    """Check a ReplicaSet."""
    causes = metadata(manifest["metadata"], name_rule("apps/v1", "ReplicaSet"), namespaced=True)
    return causes + _replica_set_spec(manifest["spec"])


def replica_set_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a ReplicaSet that replaces another: its selector stays."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _replica_set_spec(new["spec"])
    return causes + immutable(SPEC / "selector", new["spec"].get("selector"), old["spec"].get("selector"))


def _replica_set_spec(spec: Mapping[str, Any]) -> list[Cause]:
    causes = not_negative(SPEC / "replicas", spec.get("replicas", 0))
    causes += not_negative(SPEC / "minReadySeconds", spec.get("minReadySeconds", 0))
    # "deployment" is what Kubernetes says of a ReplicaSet, too
    causes += selector(spec, "deployment")
    return causes + _matched_template(spec)


def _matched_template(spec: Mapping[str, Any]) -> list[Cause]:
    causes, readable = selected(spec, "invalid label selector")
    return causes + (template_of("ReplicaSet", spec["template"], SPEC / "template") if readable else [])


def deployment(manifest: Manifest) -> list[Cause]:
    """Check a Deployment."""
    causes = metadata(manifest["metadata"], name_rule("apps/v1", "Deployment"), namespaced=True)
    return causes + _deployment_spec(manifest["spec"])


def deployment_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a Deployment that replaces another: its selector stays."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _deployment_spec(new["spec"])
    return causes + immutable(SPEC / "selector", new["spec"].get("selector"), old["spec"].get("selector"))


def _deployment_spec(spec: Mapping[str, Any]) -> list[Cause]:
    causes = not_negative(SPEC / "replicas", spec.get("replicas", 0))
    causes += selector(spec, "deployment")
    causes += _matched_template(spec)
    causes += _strategy(spec.get("strategy") or {}, SPEC / "strategy")
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


def _strategy(strategy: Mapping[str, Any], path: Path) -> list[Cause]:
    # ValidateDeploymentStrategy
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


def internal_strategy(type_: str, rolling: Mapping[str, Any] | None, **fields: Any) -> GoStruct:
    """Return an update strategy as messages show it; `fields` are those of rollingUpdate, with their zeros."""
    shown = None
    if rolling is not None:
        shown = GoStruct(
            {name[0].upper() + name[1:]: rolling.get(name, zero) for name, zero in fields.items()}
        )
    return GoStruct(Type=type_, RollingUpdate=shown)


def int_or_percent(value: int | str, path: Path) -> list[Cause]:
    """Check a count that may be a share ("25%")."""
    if isinstance(value, int):
        return not_negative(path, value)
    return [] if _PERCENT.fullmatch(value) else [invalid_value(path, value, _PERCENT_DETAIL)]


def percent_value(value: int | str) -> int:
    """Return the number in a count or share, 0 if there is none."""
    if isinstance(value, int):
        return value
    digits = value.removesuffix("%")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0


def at_most_all(value: int | str, path: Path) -> list[Cause]:
    """Check that a share is no more than everything."""
    if isinstance(value, int) or not _PERCENT.fullmatch(value) or percent_value(value) <= 100:
        return []
    return [invalid_value(path, value, "must not be greater than 100%")]

"""Rules for StatefulSets, whose Pods keep their names, and DaemonSets, which run on every Node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.api.label_selector import validate_label_selector
from k8snotes.api.names import dns1123_label
from k8snotes.control_plane.validation.meta import metadata, metadata_update, name_rule
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    immutable,
    invalid_value,
    invalid_values,
    not_negative,
    not_supported,
    required,
)
from k8snotes.control_plane.validation.workloads import (
    at_most_all,
    int_or_percent,
    internal_strategy,
    percent_value,
    selected,
    selector,
    template_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from k8snotes.errors import Cause

    Manifest = Mapping[str, Any]

__all__ = ["daemon_set", "daemon_set_update", "stateful_set", "stateful_set_update"]

SPEC = Path("spec")
_POD_MANAGEMENT = ("OrderedReady", "Parallel")
_CLAIM_POLICIES = ("Retain", "Delete")
_CHANGEABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)


def stateful_set(manifest: Manifest) -> list[Cause]:
    """Check a StatefulSet, whose name becomes part of its Pods' host names."""
    return metadata(manifest["metadata"], dns1123_label, namespaced=True) + _stateful_set_spec(
        manifest["spec"]
    )


def stateful_set_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a StatefulSet that replaces another: little of it may change."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _stateful_set_spec(new["spec"])
    fixed = [{k: v for k, v in m["spec"].items() if k not in _CHANGEABLE} for m in (new, old)]
    if fixed[0] != fixed[1]:
        names = ", ".join(f"'{name}'" for name in _CHANGEABLE[:-1]) + f" and '{_CHANGEABLE[-1]}'"
        detail = f"updates to statefulset spec for fields other than {names} are forbidden"
        causes.append(forbidden_field(SPEC, detail))
    return causes


def _stateful_set_spec(spec: Mapping[str, Any]) -> list[Cause]:
    causes: list[Cause] = []
    policy = spec.get("podManagementPolicy", "")
    if not policy:
        causes.append(required(SPEC / "podManagementPolicy"))
    elif policy not in _POD_MANAGEMENT:
        causes.append(
            invalid_value(SPEC / "podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")
        )
    causes += _stateful_set_strategy(spec.get("updateStrategy") or {}, SPEC / "updateStrategy")
    retention = spec.get("persistentVolumeClaimRetentionPolicy")
    if retention is not None:
        causes += [
            not_supported(
                SPEC / "persistentVolumeClaimRetentionPolicy" / name, retention.get(name, ""), _CLAIM_POLICIES
            )
            for name in ("whenDeleted", "whenScaled")
            if retention.get(name, "") not in _CLAIM_POLICIES
        ]
    causes += not_negative(SPEC / "replicas", spec.get("replicas", 0))
    causes += not_negative(SPEC / "minReadySeconds", spec.get("minReadySeconds", 0))
    if spec.get("ordinals"):
        causes += not_negative(SPEC / "ordinals.start", spec["ordinals"].get("start", 0))
    if spec.get("serviceName"):
        causes += invalid_values(
            SPEC / "serviceName", spec["serviceName"], dns1123_label(spec["serviceName"])
        )
    causes += selector(spec, "statefulset")
    wrong, readable = selected(spec, "")
    causes += wrong
    if readable:
        causes += template_of("StatefulSet", _with_claims(spec), SPEC / "template")
    return causes


def _with_claims(spec: Mapping[str, Any]) -> dict[str, Any]:
    # containers may mount the claims that each Pod gets, as if they were volumes
    template = dict(spec["template"])
    pod = dict(template.get("spec") or {})
    names = [
        (claim.get("metadata") or {}).get("name", "") for claim in spec.get("volumeClaimTemplates") or ()
    ]
    own = {volume.get("name") for volume in pod.get("volumes") or ()}
    claims = [{"name": n, "persistentVolumeClaim": {"claimName": n}} for n in names if n and n not in own]
    pod["volumes"] = [*(pod.get("volumes") or []), *claims]
    return template | {"spec": pod}


def _stateful_set_strategy(strategy: Mapping[str, Any], path: Path) -> list[Cause]:
    type_, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if not type_:
        return [required(path)]
    shown = internal_strategy(type_, rolling, partition=0, maxUnavailable=None)
    if type_ == "OnDelete":
        detail = "only allowed for updateStrategy 'RollingUpdate'"
        return (
            [] if rolling is None else [invalid_value(path / "rollingUpdate", shown["RollingUpdate"], detail)]
        )
    if type_ != "RollingUpdate":
        return [invalid_value(path, shown, "must be 'RollingUpdate' or 'OnDelete'")]
    if rolling is None:
        return []
    path = path / "rollingUpdate"
    causes = not_negative(path / "partition", rolling.get("partition", 0))
    down = rolling.get("maxUnavailable")
    if down is not None:
        causes += int_or_percent(down, path / "maxUnavailable")
        if percent_value(down) == 0:
            causes.append(invalid_value(path / "maxUnavailable", down, "cannot be 0"))
        causes += at_most_all(down, path / "maxUnavailable")
    return causes


def daemon_set(manifest: Manifest) -> list[Cause]:
    """Check a DaemonSet."""
    causes = metadata(manifest["metadata"], name_rule("apps/v1", "DaemonSet"), namespaced=True)
    return causes + _daemon_set_spec(manifest["spec"])


def daemon_set_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a DaemonSet that replaces another: its selector stays."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _daemon_set_spec(new["spec"])
    return causes + immutable(SPEC / "selector", new["spec"].get("selector"), old["spec"].get("selector"))


def _daemon_set_spec(spec: Mapping[str, Any]) -> list[Cause]:
    found = spec.get("selector")
    causes = validate_label_selector(found, SPEC / "selector")
    wrong, readable = selected(spec, "")
    causes += wrong if readable else []
    if found is not None and not found.get("matchLabels") and not found.get("matchExpressions"):
        detail = "empty selector is invalid for daemonset"
        causes.append(invalid_value(SPEC / "selector", found, detail, "empty-selector"))
    causes += template_of("DaemonSet", spec["template"], SPEC / "template")
    causes += not_negative(SPEC / "minReadySeconds", spec.get("minReadySeconds", 0))
    causes += _daemon_set_strategy(spec.get("updateStrategy") or {}, SPEC / "updateStrategy")
    return causes + not_negative(SPEC / "revisionHistoryLimit", spec.get("revisionHistoryLimit", 0))


def _daemon_set_strategy(strategy: Mapping[str, Any], path: Path) -> list[Cause]:
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

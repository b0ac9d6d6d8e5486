"""StatefulSet: Pods that keep their names, their numbers and their storage.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/ and
`ValidateStatefulSet` in k8s.io/kubernetes/pkg/apis/apps/validation
"""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import dns1123_label
from k8snotes.control_plane.defaulting import complete_replicas, complete_template, set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.pod_warnings import claim_warnings, template_warnings
from k8snotes.control_plane.validation.storage import claim_spec
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    invalid_value,
    invalid_values,
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
    selector,
    template_of,
)
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

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


def _complete(manifest: Manifest) -> None:
    """Fill in the defaults of a StatefulSet and of its claims.

    Source of the rule: `SetDefaults_StatefulSet` in k8s.io/kubernetes/pkg/apis/apps/v1
    """
    complete_template(manifest)
    complete_replicas(manifest["spec"])
    spec = manifest["spec"]
    set_missing(spec, podManagementPolicy="OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    set_missing(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        if rolling.get("partition") is None:
            rolling["partition"] = 0
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    set_missing(retention, whenDeleted="Retain", whenScaled="Retain")
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10
    for claim in sequence(spec.get("volumeClaimTemplates")):
        set_missing(claim, apiVersion="v1", kind="PersistentVolumeClaim")
        set_missing(claim.setdefault("spec", {}), volumeMode="Filesystem")
        set_missing(claim.setdefault("status", {}), phase="Pending")


def _prepare(manifest: Manifest) -> None:
    """Drop maxUnavailable without a word: v1.36 has the feature MaxUnavailableStatefulSet off."""
    rolling = mapping(manifest["spec"].get("updateStrategy")).get("rollingUpdate")
    if rolling:
        rolling.pop("maxUnavailable", None)


def _prepare_update(new: Manifest, _old: Manifest) -> None:
    """Drop maxUnavailable, as for a new StatefulSet."""
    _prepare(new)


def _check(manifest: Manifest) -> list[Cause]:
    """Check a StatefulSet, whose name becomes part of its Pods' host names."""
    causes = metadata(manifest["metadata"], dns1123_label, namespaced=True) + _spec(manifest["spec"])
    for i, claim in enumerate(sequence(manifest["spec"].get("volumeClaimTemplates"))):
        causes += claim_spec(mapping(claim.get("spec")), SPEC / "volumeClaimTemplates" @ i / "spec")
    return causes


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a StatefulSet that replaces another: little of it may change."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _spec(new["spec"])
    fixed = [{k: v for k, v in m["spec"].items() if k not in _CHANGEABLE} for m in (new, old)]
    if fixed[0] != fixed[1]:
        names = ", ".join(f"'{name}'" for name in _CHANGEABLE[:-1]) + f" and '{_CHANGEABLE[-1]}'"
        detail = f"updates to statefulset spec for fields other than {names} are forbidden"
        causes.append(forbidden_field(SPEC, detail))
    return causes


def _spec(spec: Manifest) -> list[Cause]:
    """Check policies, selector and template (ValidateStatefulSetSpec)."""
    causes: list[Cause] = []
    policy = spec.get("podManagementPolicy", "")
    if not policy:
        causes.append(required(SPEC / "podManagementPolicy"))
    elif policy not in _POD_MANAGEMENT:
        causes.append(
            invalid_value(SPEC / "podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")
        )
    causes += _strategy(mapping(spec.get("updateStrategy")), SPEC / "updateStrategy")
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


def _with_claims(spec: Manifest) -> dict[str, Any]:
    """Return the template with its claims as volumes: containers may mount the claims that each Pod gets."""
    template = dict(spec["template"])
    pod = dict(mapping(template.get("spec")))
    names = [
        mapping(claim.get("metadata")).get("name", "") for claim in sequence(spec.get("volumeClaimTemplates"))
    ]
    claims = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in names]
    own = [volume for volume in sequence(pod.get("volumes")) if volume.get("name") not in names]
    pod["volumes"] = [*own, *claims]
    return template | {"spec": pod}


def _strategy(strategy: Manifest, path: Path) -> list[Cause]:
    """Check how old Pods are replaced."""
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


def _warnings(manifest: Manifest, old: Manifest | None) -> list[ApiWarning]:
    """Warn of what is odd in the template, and in the templates of claims."""
    warnings = template_warnings(manifest, old, names_pods=False)
    if old is None:
        for i, claim in enumerate(sequence(mapping(manifest.get("spec")).get("volumeClaimTemplates"))):
            here = SPEC / "volumeClaimTemplates" @ i / "spec"
            warnings += claim_warnings(mapping(claim.get("spec")), here)
    return warnings


RULES = Rules(
    group="apps",
    complete=_complete,
    status={"replicas": 0, "availableReplicas": 0},
    prepare=_prepare,
    prepare_update=_prepare_update,
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
)

"""Rules for Jobs and CronJobs, whose Pods are meant to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.api.label_selector import validate_label_selector
from k8snotes.api.names import dns1123_label
from k8snotes.api.selector import Selector
from k8snotes.control_plane.validation.meta import metadata, metadata_update, name_rule
from k8snotes.control_plane.validation.pod import template
from k8snotes.control_plane.validation.wording import (
    Path,
    immutable,
    invalid_value,
    not_negative,
    not_supported,
    required,
)
from k8snotes.control_plane.validation.workloads import NO_MATCH
from k8snotes.errors import LabelSelectorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from k8snotes.errors import Cause

    Manifest = Mapping[str, Any]

__all__ = ["cron_job", "cron_job_update", "job", "job_update"]

SPEC = Path("spec")
_COUNTS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)
_MODES = ("NonIndexed", "Indexed")
_CONCURRENCY = ("Allow", "Forbid", "Replace")
_MOST_INDEXED = 100_000
_CRON_NAME = 52
_NOT_INDEXED = "requires indexed completion mode"
_NOT_GENERATED = "`selector` not auto-generated"


def job(manifest: Manifest) -> list[Cause]:
    """Check a Job; its selector is made by the API server unless `manualSelector` is set."""
    meta, spec = manifest["metadata"], manifest["spec"]
    causes = metadata(meta, name_rule("batch/v1", "Job"), namespaced=True)
    causes += _generated_selector(meta, spec) + _selected_spec(spec)
    completions = spec.get("completions") or 0
    if spec.get("completionMode") == "Indexed" and completions > 0:
        # the Pods' host names end in their index
        last = f"{meta.get('name', '')}-{completions - 1}"
        if dns1123_label(last):
            detail = f"will not able to create pod with invalid DNS label: {last}"
            causes.append(invalid_value("metadata.name", meta.get("name", ""), detail))
    return causes


def _generated_selector(meta: Manifest, spec: Manifest) -> list[Cause]:
    # validateGeneratedSelector: what the API server set is still what it set
    found = spec.get("selector")
    if spec.get("manualSelector") or found is None:
        return []
    causes: list[Cause] = []
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    expected = {
        f"{prefix}{key}": value
        for prefix in ("batch.kubernetes.io/", "")
        for key, value in (("controller-uid", meta.get("uid", "")), ("job-name", meta.get("name", "")))
    }
    for key, value in expected.items():
        path = (SPEC / "template" / "metadata" / "labels").key(key)
        if key not in labels:
            causes.append(required(path, f"must be '{value}'"))
        elif labels[key] != value:
            causes.append(invalid_value(path, labels, f"must be '{value}'"))
    try:
        generated = Selector.from_label_selector(found).matches(expected)
    except LabelSelectorError:
        return causes
    return causes if generated else [*causes, invalid_value(SPEC / "selector", found, _NOT_GENERATED)]


def job_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a Job that replaces another: what it runs stays."""
    causes = metadata_update(new["metadata"], old["metadata"]) + _selected_spec(new["spec"])
    before, after = old["spec"], new["spec"]
    if after.get("completionMode") != "Indexed" or after.get("completions") != after.get("parallelism"):
        causes += immutable(SPEC / "completions", after.get("completions"), before.get("completions"))
    for name in ("selector", "template", "completionMode", "podFailurePolicy", "backoffLimitPerIndex"):
        if name == "template" and before.get("suspend"):
            continue
        causes += immutable(SPEC / name, after.get(name), before.get(name))
    return causes


def _selected_spec(spec: Mapping[str, Any]) -> list[Cause]:
    causes = _spec(spec, SPEC)
    found = spec.get("selector")
    if found is None:
        causes.append(required(SPEC / "selector"))
    else:
        causes += validate_label_selector(found, SPEC / "selector")
    have = (spec["template"].get("metadata") or {}).get("labels")
    try:
        matches = Selector.from_label_selector(found).matches(have or {})
    except LabelSelectorError:
        return causes
    if not matches:
        causes.append(invalid_value(SPEC / "template" / "metadata" / "labels", have, NO_MATCH))
    return causes


def _spec(spec: Mapping[str, Any], path: Path) -> list[Cause]:
    causes: list[Cause] = []
    for name in _COUNTS:
        causes += not_negative(path / name, spec.get(name) or 0)
    causes += _indexes(spec, path)
    if spec.get("successPolicy") is not None and spec.get("completionMode") != "Indexed":
        causes.append(invalid_value(path / "successPolicy", spec["successPolicy"], _NOT_INDEXED))
    causes += _replacement(spec, path / "podReplacementPolicy")
    causes += template(spec["template"], path / "template")
    return causes + _restart_policy(spec, path / "template" / "spec" / "restartPolicy")


def _indexes(spec: Mapping[str, Any], path: Path) -> list[Cause]:
    causes: list[Cause] = []
    mode, failed = spec.get("completionMode"), spec.get("maxFailedIndexes")
    if failed is not None and spec.get("backoffLimitPerIndex") is None:
        causes.append(required(path / "backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    if mode is not None and mode not in _MODES:
        causes.append(not_supported(path / "completionMode", mode, _MODES))
    if mode == "Indexed":
        if spec.get("completions") is None:
            causes.append(required(path / "completions", "when completion mode is Indexed"))
        if (spec.get("parallelism") or 0) > _MOST_INDEXED:
            detail = f"must be less than or equal to {_MOST_INDEXED} when completion mode is Indexed"
            causes.append(invalid_value(path / "parallelism", spec["parallelism"], detail))
        if failed is not None and spec.get("completions") is not None and failed > spec["completions"]:
            detail = "must be less than or equal to completions"
            causes.append(invalid_value(path / "maxFailedIndexes", failed, detail))
    elif mode in (None, "NonIndexed"):
        causes += [
            invalid_value(path / name, spec[name], _NOT_INDEXED)
            for name in ("backoffLimitPerIndex", "maxFailedIndexes")
            if spec.get(name) is not None
        ]
    return causes


def _replacement(spec: Mapping[str, Any], path: Path) -> list[Cause]:
    policy = spec.get("podReplacementPolicy")
    options = ("Failed",) if spec.get("podFailurePolicy") is not None else ("Failed", "TerminatingOrFailed")
    return [] if policy is None or policy in options else [not_supported(path, policy, options)]


def _restart_policy(spec: Mapping[str, Any], path: Path) -> list[Cause]:
    policy = (spec["template"].get("spec") or {}).get("restartPolicy", "")
    if policy in ("Always", ""):
        # what a Pod gets by default is no choice for a Job
        return [required(path, 'valid values: "OnFailure", "Never"')]
    if policy not in ("OnFailure", "Never"):
        return [not_supported(path, policy, ("OnFailure", "Never"))]
    if spec.get("podFailurePolicy") is not None and policy != "Never":
        return [invalid_value(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    return []


def cron_job(manifest: Manifest) -> list[Cause]:
    """Check a CronJob, which makes Jobs at set times."""
    causes = metadata(manifest["metadata"], name_rule("batch/v1", "CronJob"), namespaced=True)
    causes += _cron_spec(manifest["spec"])
    name = manifest["metadata"].get("name", "")
    if len(name) > _CRON_NAME:
        # its Jobs are called by it and eleven characters more
        detail = f"must be no more than {_CRON_NAME} characters"
        causes.append(invalid_value(Path("metadata") / "name", name, detail))
    return causes


def cron_job_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a CronJob that replaces another."""
    return metadata_update(new["metadata"], old["metadata"]) + _cron_spec(new["spec"])


def _cron_spec(spec: Mapping[str, Any]) -> list[Cause]:
    causes = [] if spec.get("schedule") else [required(SPEC / "schedule")]
    causes += not_negative(SPEC / "startingDeadlineSeconds", spec.get("startingDeadlineSeconds") or 0)
    policy = spec.get("concurrencyPolicy", "")
    if not policy:
        causes.append(required(SPEC / "concurrencyPolicy"))
    elif policy not in _CONCURRENCY:
        causes.append(not_supported(SPEC / "concurrencyPolicy", policy, _CONCURRENCY))
    for name in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        causes += not_negative(SPEC / name, spec.get(name) or 0)
    made = (spec.get("jobTemplate") or {}).get("spec") or {"template": {}}
    causes += _spec(made, SPEC / "jobTemplate" / "spec")
    if made.get("selector") is not None:
        here = SPEC / "jobTemplate" / "spec" / "selector"
        causes.append(invalid_value(here, made["selector"], "`selector` will be auto-generated"))
    return causes

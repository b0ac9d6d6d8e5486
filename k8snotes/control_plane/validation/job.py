"""Rules for Jobs and CronJobs, whose Pods are meant to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.api.label_selector import validate_label_selector
from k8snotes.api.labels import Selector
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


def job(manifest: Manifest) -> list[Cause]:
    """Check a Job; its selector is made by the API server unless `manualSelector` is set."""
    causes = metadata(manifest["metadata"], name_rule("batch/v1", "Job"), namespaced=True)
    return causes + _selected_spec(manifest["spec"])


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
    mode = spec.get("completionMode")
    if mode is not None and mode not in _MODES:
        causes.append(not_supported(path / "completionMode", mode, _MODES))
    if mode == "Indexed":
        if spec.get("completions") is None:
            causes.append(required(path / "completions", "when completion mode is Indexed"))
        if (spec.get("parallelism") or 0) > _MOST_INDEXED:
            detail = f"must be less than or equal to {_MOST_INDEXED} when completion mode is Indexed"
            causes.append(invalid_value(path / "parallelism", spec["parallelism"], detail))
    elif spec.get("backoffLimitPerIndex") is not None:
        detail = "requires indexed completion mode"
        causes.append(invalid_value(path / "backoffLimitPerIndex", spec["backoffLimitPerIndex"], detail))
    causes += template(spec["template"], path / "template")
    policy = (spec["template"].get("spec") or {}).get("restartPolicy", "")
    if policy in ("Always", ""):
        # what a Pod gets by default is no choice for a Job
        here = path / "template" / "spec" / "restartPolicy"
        causes.append(required(here, 'valid values: "OnFailure", "Never"'))
    elif policy not in ("OnFailure", "Never"):
        here = path / "template" / "spec" / "restartPolicy"
        causes.append(not_supported(here, policy, ("OnFailure", "Never")))
    return causes


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

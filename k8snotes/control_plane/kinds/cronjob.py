"""CronJob: a template of Jobs, and the times at which they are made.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ and
`ValidateCronJobCreate` in k8s.io/kubernetes/pkg/apis/batch/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.defaulting import complete_template, set_missing
from k8snotes.control_plane.kinds.job import job_spec
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation import cron
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.pod_warnings import pod_name_warning, pod_warnings
from k8snotes.control_plane.validation.wording import (
    Path,
    invalid_value,
    not_negative,
    one_of,
    required,
)
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

SPEC = Path("spec")
_CONCURRENCY = ("Allow", "Forbid", "Replace")
_CRON_NAME = 52


def _complete(manifest: Manifest) -> None:
    """Fill in the defaults of a CronJob, and of the Pods of its Jobs; those of a Job come when it is made.

    Source of the rule: `SetDefaults_CronJob` in k8s.io/kubernetes/pkg/apis/batch/v1
    """
    spec = manifest["spec"]
    set_missing(spec, concurrencyPolicy="Allow")
    for field, value in (
        ("suspend", False),
        ("successfulJobsHistoryLimit", 3),
        ("failedJobsHistoryLimit", 1),
    ):
        if spec.get(field) is None:
            spec[field] = value
    # a template of Jobs gets the defaults of its Pods; those of the Job come when it is made
    complete_template({"spec": (spec.setdefault("jobTemplate", {})).setdefault("spec", {})})


def _check(manifest: Manifest) -> list[Cause]:
    """Check a CronJob, which makes Jobs at set times."""
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True)
    causes += _spec(manifest["spec"])
    name = manifest["metadata"].get("name", "")
    if len(name) > _CRON_NAME:
        # its Jobs are called by it and eleven characters more
        detail = f"must be no more than {_CRON_NAME} characters"
        causes.append(invalid_value(Path("metadata") / "name", name, detail))
    return causes


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a CronJob that replaces another; a time zone that was taken once stays good."""
    return metadata_update(new["metadata"], old["metadata"]) + _spec(new["spec"], old["spec"])


def _spec(spec: Manifest, old: Manifest | None = None) -> list[Cause]:
    """Check schedule, policies, the template of Jobs and histories (validateCronJobSpec)."""
    before = mapping(old)
    zone = spec.get("timeZone")
    if spec.get("schedule"):
        causes = cron.schedule(spec["schedule"], SPEC / "schedule", zone=zone, old=before.get("schedule", ""))
    else:
        causes = [required(SPEC / "schedule")]
    causes += not_negative(SPEC / "startingDeadlineSeconds", spec.get("startingDeadlineSeconds") or 0)
    if old is None or zone != before.get("timeZone"):
        causes += cron.time_zone(zone, SPEC / "timeZone")
    policy = spec.get("concurrencyPolicy", "")
    causes += one_of(policy, SPEC / "concurrencyPolicy", _CONCURRENCY, needed=True)
    made = mapping(spec.get("jobTemplate")).get("spec") or {"template": {}}
    causes += job_spec(made, SPEC / "jobTemplate" / "spec")
    if made.get("selector") is not None:
        here = SPEC / "jobTemplate" / "spec" / "selector"
        causes.append(invalid_value(here, made["selector"], "`selector` will be auto-generated"))
    for name in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        causes += not_negative(SPEC / name, spec.get(name) or 0)
    return causes


def _warnings(manifest: Manifest, old: Manifest | None) -> list[ApiWarning]:
    """Warn of a name that makes bad host names, and of what is odd in the template of the Pods."""
    spec = mapping(manifest.get("spec"))
    warnings: list[ApiWarning] = []
    if old is None:
        warnings += pod_name_warning(manifest["metadata"].get("name", ""), "Pod names and hostnames")
    if old is not None and mapping(old.get("spec")).get("jobTemplate") == spec.get("jobTemplate"):
        return warnings
    template = mapping(mapping(mapping(spec.get("jobTemplate")).get("spec")).get("template"))
    path = SPEC / "jobTemplate.spec.template"
    return warnings + pod_warnings(mapping(template.get("spec")), mapping(template.get("metadata")), path)


RULES = Rules(
    group="batch",
    complete=_complete,
    status={},
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
)

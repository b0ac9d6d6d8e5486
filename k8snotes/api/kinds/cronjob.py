"""CronJob: makes a Job at the times that its schedule names."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind(
    "CronJob",
    "cronjobs",
    "batch",
    short=("cj",),
    removed=(("batch/v1beta1", "1.25"), ("batch/v2alpha1", "1.21")),
    in_all=True,
    pod_spec=("spec", "jobTemplate", "spec", "template", "spec"),
    makes="Job",
    runs_to_end=True,
    status=True,
    counts_generation=True,
)

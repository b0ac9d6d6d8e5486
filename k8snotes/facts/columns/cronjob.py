"""CronJob: what `kubectl get cronjobs` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.facts.columns.cells import NONE, Row, age, containers

__all__ = ["NAMES", "WIDE", "row_at"]


NAMES = ("NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST SCHEDULE", "AGE")
WIDE = (*NAMES, "CONTAINERS", "IMAGES", "SELECTOR")


def row_at(cron_job: KubeObject, now: str) -> Row:
    """Return the cells of a CronJob; LAST SCHEDULE is how long ago it last made a Job."""
    spec = cron_job.spec
    last = text(cron_job.status.get("lastScheduleTime"))
    return {
        "SCHEDULE": text(spec.get("schedule")),
        "TIMEZONE": text(spec.get("timeZone")) or NONE,
        "SUSPEND": "True" if spec.get("suspend") is True else "False",
        "ACTIVE": len(mappings(cron_job.status.get("active"))),
        "LAST SCHEDULE": age(last, now) if last else NONE,
        **containers(mapping(cron_job.resource.pod_spec_of(cron_job.raw))),
    }

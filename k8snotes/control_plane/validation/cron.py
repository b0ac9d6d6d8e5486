"""Schedules of CronJobs: five fields, or a word for them, in the words of the library that reads them.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax and
`ParseStandard` in github.com/robfig/cron
"""

from __future__ import annotations

from k8snotes.control_plane.schedule import ScheduleError, parse, zone_fault
from k8snotes.control_plane.validation.wording import Path, invalid_value
from k8snotes.errors import Cause

__all__ = ["schedule", "schedule_fault", "time_zone"]


def schedule(text: str, path: Path, *, zone: str | None, old: str = "") -> list[Cause]:
    """Check the schedule of a CronJob (validateScheduleFormat).

    Args:
        text: the schedule.
        path: its path in the manifest.
        zone: the CronJob's time zone, which a schedule may not name a second time.
        old: the schedule that it replaces; one that named a zone may go on to do so.

    >>> [cause.message for cause in schedule("0 9 * *", Path("spec.schedule"), zone=None)]
    ['Invalid value: "0 9 * *": expected exactly 5 fields, found 4: [0 9 * *]']
    """
    fault = schedule_fault(text)
    causes = [invalid_value(path, text, fault)] if fault else []
    if "TZ" not in text:
        return causes
    if "TZ" not in old:
        detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        return [*causes, invalid_value(path, text, detail)]
    if zone is not None:
        detail = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
        causes.append(invalid_value(path, text, detail))
    return causes


def time_zone(zone: str | None, path: Path) -> list[Cause]:
    """Check a time zone by its name in the IANA's list (validateTimeZone).

    >>> [cause.message for cause in time_zone("Mars/Base", Path("spec.timeZone"))]
    ['Invalid value: "Mars/Base": unknown time zone Mars/Base']
    """
    if zone is None:
        return []
    if not zone:
        return [invalid_value(path, zone, "timeZone must be nil or non-empty string")]
    detail = ""
    if zone.lower() == "local":
        detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
    elif fault := zone_fault(zone):
        detail = fault
    return [invalid_value(path, zone, detail)] if detail else []


def schedule_fault(text: str) -> str:
    """Say what is wrong with a schedule, in cron's own words; "" if it is one.

    Args:
        text: minute, hour, day of the month, month, day of the week; or "@hourly" and its like.

    >>> schedule_fault("*/5 8-18 * * mon-fri"), schedule_fault("0 0 * * 7")
    ('', 'end of range (7) above maximum (6): 7')
    >>> schedule_fault("every day")
    'expected exactly 5 fields, found 2: [every day]'
    """
    try:
        parse(text)
    except ScheduleError as error:
        return str(error)
    return ""

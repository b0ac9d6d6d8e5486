"""Schedules of CronJobs: five fields, or a word for them, in the words of the library that reads them.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax and
`ParseStandard` in github.com/robfig/cron
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path as File

from k8snotes.api.go_text import quoted
from k8snotes.control_plane.validation.wording import Path, invalid_value
from k8snotes.errors import Cause

__all__ = ["schedule", "schedule_fault", "time_zone"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# each field: the least and the most, and the names of numbers
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    (0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_WORDS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = "@every "
_DURATION = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_ZONES = File(__file__).with_name("time_zones.txt")


class _CronError(ValueError):
    """What is wrong with a schedule."""


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
    elif fault := _zone_fault(zone):
        detail = fault
    return [invalid_value(path, zone, detail)] if detail else []


def _zone_fault(zone: str) -> str:
    """Say why a time zone is not known, "" if it is."""
    if ".." in zone or zone[:1] in ("/", "\\"):
        return "time: invalid location name"
    return "" if zone in _zones() else f"unknown time zone {zone}"


@cache
def _zones() -> frozenset[str]:
    return frozenset(_ZONES.read_text(encoding="utf-8").split())


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
        _read(text)
    except _CronError as error:
        return str(error)
    return ""


def _read(text: str) -> None:
    if not text:
        raise _CronError("empty spec string")
    if text.startswith(("TZ=", "CRON_TZ=")):
        head, _, text = text.partition(" ")
        zone = head.partition("=")[2]
        if fault := _zone_fault(zone):
            raise _CronError(f"provided bad location {zone}: {fault}")
        text = text.strip()
    if text.startswith("@"):
        _read_word(text)
        return
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise _CronError(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    for field, (least, most, names) in zip(fields, _FIELDS, strict=True):
        for part in filter(None, field.split(",")):
            _read_range(part, least, most, names)


def _read_word(text: str) -> None:
    if text in _WORDS:
        return
    if not text.startswith(_EVERY):
        raise _CronError(f"unrecognized descriptor: {text}")
    duration = text.removeprefix(_EVERY)
    pieces = duration.lstrip("-+")
    if duration in ("0", "+0", "-0"):
        return
    while pieces and (match := _DURATION.match(pieces)):
        pieces = pieces[match.end() :]
    if pieces or not duration:
        missing = bool(re.fullmatch(r"[-+]?[0-9]+\.?[0-9]*", duration))
        what = "missing unit in duration" if missing else "invalid duration"
        raise _CronError(f"failed to parse duration {text}: time: {what} {quoted(duration)}")


def _read_range(text: str, least: int, most: int, names: dict[str, int]) -> None:
    """Read one part of a field: "5", "1-5", "*/15", "mon" (getRange)."""
    whole, *steps = text.split("/")
    ends = whole.split("-")
    start, end, step = least, most, 1
    if ends[0] not in ("*", "?"):
        start = _number(ends[0], names)
        if len(ends) > 2:
            raise _CronError(f"too many hyphens: {text}")
        end = _number(ends[1], names) if len(ends) == 2 else start
    if len(steps) > 1:
        raise _CronError(f"too many slashes: {text}")
    if steps:
        step = _number(steps[0], {})
        if len(ends) == 1:
            end = most
    if start < least:
        raise _CronError(f"beginning of range ({start}) below minimum ({least}): {text}")
    if end > most:
        raise _CronError(f"end of range ({end}) above maximum ({most}): {text}")
    if start > end:
        raise _CronError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise _CronError(f"step of range should be a positive number: {text}")


def _number(text: str, names: dict[str, int]) -> int:
    """Return a number, or what a name such as "mon" stands for."""
    if text.lower() in names:
        return names[text.lower()]
    if not re.fullmatch(r"[-+]?[0-9]+", text, re.ASCII):
        raise _CronError(
            f"failed to parse int from {text}: strconv.Atoi: parsing {quoted(text)}: invalid syntax"
        )
    if len(text.lstrip("-+0")) > 18:
        raise _CronError(
            f"failed to parse int from {text}: strconv.Atoi: parsing {quoted(text)}: value out of range"
        )
    number = int(text)
    if number < 0:
        raise _CronError(f"negative number ({number}) not allowed: {text}")
    return number

"""Schedules of CronJobs: five fields, or a word for them, and the moments that they name.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax and
`ParseStandard` and `SpecSchedule.Next` in github.com/robfig/cron
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from k8snotes.api.go_text import quoted

__all__ = ["Schedule", "ScheduleError", "parse", "zone_fault", "zone_named"]

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
_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY = "@every "
_DURATION = re.compile(r"([0-9]*\.?[0-9]*)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_ZONES = Path(__file__).parent / "validation" / "time_zones.txt"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = 5  # a schedule that names no moment within so many years names none


class ScheduleError(ValueError):
    """What is wrong with a schedule, in cron's own words."""


class Schedule:
    """A schedule that was read: which minutes, hours, days and months it names, or every how many seconds.

    Args:
        fields: of each of the five fields the numbers that it names; () for a schedule of `every`.
        any_day: whether the day of the month or the day of the week is `*`: then both have to fit, else one of them.
        every: a number of seconds, for `@every 90s`.
        zone: the time zone in which the fields are read.

    >>> schedule = parse("30 6-16/4 * * mon-fri")
    >>> [schedule.following(moment) for moment in (0, 23_400)]
    [23400, 37800]

    Source of the rule: `SpecSchedule` and `ConstantDelaySchedule` in github.com/robfig/cron
    """

    __slots__ = ("_any_day", "_every", "_fields", "_zone")

    def __init__(
        self, fields: tuple[frozenset[int], ...], *, any_day: bool = False, every: int = 0, zone: tzinfo = UTC
    ) -> None:
        self._fields, self._any_day, self._every, self._zone = fields, any_day, every, zone

    def following(self, moment: int) -> int | None:
        """Return the first moment after another that the schedule names, None if there is none within five years.

        A time of day that the clocks skip in spring does not come, and one that comes twice in autumn comes
        twice only for schedules of every hour: the hours are gone through as they pass, as the library does.

        Args:
            moment: seconds since 1970-01-01T00:00:00Z.

        Source of the rule: `SpecSchedule.Next` in github.com/robfig/cron
        """
        if self._every:
            return moment + self._every
        minutes, hours, _days, months, _weekdays = self._fields
        moment += 1
        now = self._local(moment)
        last_year = now.year + _YEARS
        begun = False  # whether the smaller fields were set back to their beginning
        while now.year <= last_year:
            # each field is looked at again only if a greater one has gone on: the library does not do it otherwise
            wrapped = False
            while not wrapped and now.month not in months:
                first = now if begun else now.replace(day=1, hour=0, minute=0, second=0)
                begun = True
                now = self._at(first.year + first.month // 12, first.month % 12 + 1, first)
                wrapped = now.month == 1
            while not wrapped and not self._fits_day(now):
                first = now if begun else now.replace(hour=0, minute=0, second=0)
                begun = True
                now = self._next_day(first)
                wrapped = now.day == 1
            while not wrapped and now.hour not in hours:
                if not begun:
                    now = self._at(now.year, now.month, now.replace(minute=0, second=0))
                begun = True
                now = self._local(_seconds(now) + 3600)
                wrapped = now.hour == 0
            while not wrapped and now.minute not in minutes:
                begun = True
                now = self._local(_seconds(now) // 60 * 60 + 60)
                wrapped = now.minute == 0
            if now.second and not wrapped:
                now, begun, wrapped = self._local(_seconds(now) // 60 * 60 + 60), True, True
            if not wrapped:
                return _seconds(now)
        return None

    def _fits_day(self, now: datetime) -> bool:
        """Whether a day is named: by both of its fields if one of them is `*`, else by one (dayMatches)."""
        by_month, by_week = now.day in self._fields[2], now.isoweekday() % 7 in self._fields[4]
        return by_month and by_week if self._any_day else by_month or by_week

    def _next_day(self, now: datetime) -> datetime:
        """Return the same time on the next day; where that is skipped, the hour that the library takes for midnight."""
        day = now.date() + timedelta(days=1)
        at = self._at(day.year, day.month, now.replace(year=day.year, month=day.month, day=day.day))
        if at.hour:
            at = self._local(_seconds(at) + (24 - at.hour if at.hour > 12 else -at.hour) * 3600)
        return at

    def _local(self, moment: int) -> datetime:
        return (_EPOCH + timedelta(seconds=moment)).astimezone(self._zone)

    def _at(self, year: int, month: int, rest: datetime) -> datetime:
        """Return the moment of a day and a time of day, also of one that the clocks skip (`time.Date` in Go)."""
        days = timedelta(days=rest.day - 1, hours=rest.hour, minutes=rest.minute, seconds=rest.second)
        as_utc = _seconds(datetime(year, month, 1, tzinfo=UTC) + days)
        return self._local(as_utc - self._offset(as_utc - self._offset(as_utc)))

    def _offset(self, moment: int) -> int:
        offset = self._local(moment).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0


def _seconds(moment: datetime) -> int:
    """Return a moment in seconds since 1970; of a time that comes twice the one that is meant."""
    return int((moment - _EPOCH).total_seconds())


@lru_cache(maxsize=1024)
def parse(text: str) -> Schedule:
    """Read a schedule.

    Args:
        text: minute, hour, day of the month, month, day of the week; or "@hourly" and its like; "TZ=Asia/Tokyo "
            may stand before them.

    Raises:
        ScheduleError: it is none.

    >>> parse("@hourly").following(1)
    3600
    >>> parse("TZ=Asia/Tokyo 0 9 * * *").following(1)
    86400
    >>> parse("0 0 31 2 *").following(0) is None
    True
    """
    if not text:
        raise ScheduleError("empty spec string")
    zone: tzinfo = UTC
    if text.startswith(("TZ=", "CRON_TZ=")):
        head, _, text = text.partition(" ")
        name = head.partition("=")[2]
        if fault := zone_fault(name):
            raise ScheduleError(f"provided bad location {name}: {fault}")
        zone = zone_named(name) or UTC
        text = text.strip()
    if text.startswith("@"):
        if text not in _WORDS:
            return Schedule((), every=_every(text))
        text = _WORDS[text]
    written = text.split()
    if len(written) != len(_FIELDS):
        raise ScheduleError(f"expected exactly 5 fields, found {len(written)}: [{' '.join(written)}]")
    read = [_field(field, *bounds) for field, bounds in zip(written, _FIELDS, strict=True)]
    any_day = read[2][1] or read[4][1]
    return Schedule(tuple(numbers for numbers, _star in read), any_day=any_day, zone=zone)


def zone_fault(zone: str) -> str:
    """Say why a time zone is not known, "" if it is.

    >>> zone_fault("Europe/Berlin"), zone_fault("Mars/Base")
    ('', 'unknown time zone Mars/Base')
    """
    if zone in ("", "UTC", "Local"):
        return ""
    if ".." in zone or zone[:1] in ("/", "\\"):
        return "time: invalid location name"
    return "" if zone in _zones() else f"unknown time zone {zone}"


def zone_named(zone: str) -> tzinfo | None:
    """Return a time zone by its name, None if it is not known here; the control plane's own is UTC."""
    if zone in ("", "UTC", "Local"):
        return UTC
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def _zones() -> frozenset[str]:
    return frozenset(_ZONES.read_text(encoding="utf-8").split())


def _every(text: str) -> int:
    """Return the seconds of "@every 1h30m": whole ones, at least one (`Every` of the library)."""
    if not text.startswith(_EVERY):
        raise ScheduleError(f"unrecognized descriptor: {text}")
    duration = text.removeprefix(_EVERY)
    sign, pieces = (duration[0], duration[1:]) if duration[:1] in ("-", "+") else ("", duration)
    if pieces == "0":
        return 1
    seconds, rest = 0.0, pieces
    while rest and (match := _DURATION.match(rest)) and match[1].strip("."):
        seconds += float(match[1]) * _SECONDS[match[2]]
        rest = rest[match.end() :]
    if rest or not pieces:
        missing = bool(re.fullmatch(r"[0-9]+\.?[0-9]*", pieces))
        what = "missing unit in duration" if missing else "invalid duration"
        raise ScheduleError(f"failed to parse duration {text}: time: {what} {quoted(duration)}")
    return max(1, int(seconds)) if sign != "-" else 1


def _field(text: str, least: int, most: int, names: dict[str, int]) -> tuple[frozenset[int], bool]:
    """Return the numbers that a field names, and whether it has a `*` that takes them all (getField)."""
    parts = [_range(part, least, most, names) for part in filter(None, text.split(","))]
    return frozenset().union(*(numbers for numbers, _star in parts)), any(star for _numbers, star in parts)


def _range(text: str, least: int, most: int, names: dict[str, int]) -> tuple[range, bool]:
    """Read one part of a field: "5", "1-5", "*/15", "mon" (getRange)."""
    whole, *steps = text.split("/")
    ends = whole.split("-")
    start, end, step = least, most, 1
    star = ends[0] in ("*", "?")
    if not star:
        start = _number(ends[0], names)
        if len(ends) > 2:
            raise ScheduleError(f"too many hyphens: {text}")
        end = _number(ends[1], names) if len(ends) == 2 else start
    if len(steps) > 1:
        raise ScheduleError(f"too many slashes: {text}")
    if steps:
        step = _number(steps[0], {})
        if len(ends) == 1:
            end = most
        star = star and step <= 1
    if start < least:
        raise ScheduleError(f"beginning of range ({start}) below minimum ({least}): {text}")
    if end > most:
        raise ScheduleError(f"end of range ({end}) above maximum ({most}): {text}")
    if start > end:
        raise ScheduleError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ScheduleError(f"step of range should be a positive number: {text}")
    return range(start, end + 1, step), star


def _number(text: str, names: dict[str, int]) -> int:
    """Return a number, or what a name such as "mon" stands for."""
    if text.lower() in names:
        return names[text.lower()]
    if not re.fullmatch(r"[-+]?[0-9]+", text, re.ASCII):
        raise ScheduleError(
            f"failed to parse int from {text}: strconv.Atoi: parsing {quoted(text)}: invalid syntax"
        )
    if len(text.lstrip("-+0")) > 18:
        raise ScheduleError(
            f"failed to parse int from {text}: strconv.Atoi: parsing {quoted(text)}: value out of range"
        )
    number = int(text)
    if number < 0:
        raise ScheduleError(f"negative number ({number}) not allowed: {text}")
    return number

"""Schedules: which moment comes next, as github.com/robfig/cron finds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8snotes.control_plane.schedule import ScheduleError, parse

NEW_YORK = "TZ=America/New_York "


def seconds(moment):
    return int(datetime.fromisoformat(moment).timestamp())


def following(schedule, moment):
    found = parse(schedule).following(seconds(moment))
    return None if found is None else datetime.fromtimestamp(found, UTC).isoformat()


# the cases of the library's own tests that five fields can say (spec_test.go in github.com/robfig/cron)
NEXT = [
    ("0/15 * * * *", "2012-07-09T14:45:00Z", "2012-07-09T15:00:00"),
    ("0/15 * * * *", "2012-07-09T14:59:59Z", "2012-07-09T15:00:00"),
    ("5/15 * * * *", "2012-07-09T15:05:00Z", "2012-07-09T15:20:00"),
    ("20-35/15 * * * *", "2012-07-09T15:45:00Z", "2012-07-09T16:20:00"),
    ("*/15 * * * *", "2012-07-09T23:46:00Z", "2012-07-10T00:00:00"),
    ("20-35/15 * * * *", "2012-07-09T23:45:00Z", "2012-07-10T00:20:00"),
    ("20-35/15 1/2 * * *", "2012-07-09T23:35:51Z", "2012-07-10T01:20:00"),
    ("20-35/15 10-12 * * *", "2012-07-09T23:35:51Z", "2012-07-10T10:20:00"),
    ("20-35/15 1/2 */2 * *", "2012-07-09T23:35:51Z", "2012-07-11T01:20:00"),
    ("20-35/15 * 9-20 Jul *", "2012-07-09T23:35:51Z", "2012-07-10T00:20:00"),
    ("0 0 9 Apr-Oct ?", "2012-07-09T23:35:00Z", "2012-08-09T00:00:00"),
    ("0 0 * Feb Mon", "2012-07-09T23:35:00Z", "2013-02-04T00:00:00"),
    ("0 0 * Feb Mon/2", "2012-07-09T23:35:00Z", "2013-02-01T00:00:00"),
    ("* * * * *", "2012-12-31T23:59:45Z", "2013-01-01T00:00:00"),
    ("0 0 29 Feb ?", "2012-07-09T23:35:00Z", "2016-02-29T00:00:00"),
    ("0 0 30 Feb ?", "2012-07-09T23:35:00Z", None),
    ("0 0 31 Apr ?", "2012-07-09T23:35:00Z", None),
    ("@hourly", "2012-07-09T15:00:00Z", "2012-07-09T16:00:00"),
    ("@daily", "2012-07-09T00:00:00Z", "2012-07-10T00:00:00"),
    ("@midnight", "2012-07-09T00:00:00Z", "2012-07-10T00:00:00"),
    ("@weekly", "2012-07-09T00:00:00Z", "2012-07-15T00:00:00"),
    ("@monthly", "2012-07-09T00:00:00Z", "2012-08-01T00:00:00"),
    ("@yearly", "2012-07-09T00:00:00Z", "2013-01-01T00:00:00"),
    ("@annually", "2012-07-09T00:00:00Z", "2013-01-01T00:00:00"),
    ("@every 1h30m", "2012-07-09T00:00:10Z", "2012-07-09T01:30:10"),
    ("@every 10ms", "2012-07-09T00:00:10Z", "2012-07-09T00:00:11"),
    ("@every -5m", "2012-07-09T00:00:10Z", "2012-07-09T00:00:11"),
    # two restricted fields of days: one has to fit; a step above 1 restricts, too
    ("0 0 1,15 * Sun", "2012-07-09T00:00:00Z", "2012-07-15T00:00:00"),
    ("0 0 1,15 * Sun", "2012-07-15T00:00:00Z", "2012-07-22T00:00:00"),
    ("0 0 */10 * Sun", "2012-07-12T00:00:00Z", "2012-07-15T00:00:00"),
    # with a `*` both have to fit
    ("0 0 * * Mon", "2012-07-09T00:00:00Z", "2012-07-16T00:00:00"),
    ("0 0 1,15 * *", "2012-07-09T00:00:00Z", "2012-07-15T00:00:00"),
    ("0 0 */1 * Mon", "2012-07-09T00:00:00Z", "2012-07-16T00:00:00"),
    # in New York: 02:30 is skipped on 2012-03-11; 01:30 comes twice on 2012-11-04
    (f"{NEW_YORK}30 2 11 Mar ?", "2012-03-11T05:00:00Z", "2013-03-11T06:30:00"),
    (f"{NEW_YORK}30 2 4 Nov ?", "2012-11-04T04:00:00Z", "2012-11-04T07:30:00"),
    (f"{NEW_YORK}30 1 4 Nov ?", "2012-11-04T05:45:00Z", "2012-11-04T06:30:00"),
    (f"{NEW_YORK}0 9 * * *", "2012-07-09T00:00:00Z", "2012-07-09T13:00:00"),
    ("CRON_TZ=Asia/Kolkata 0 9 * * *", "2012-07-09T00:00:00Z", "2012-07-09T03:30:00"),
    # in Sao Paulo there was no midnight on 2018-11-04
    ("TZ=America/Sao_Paulo 0 1 4 11 *", "2018-11-01T00:00:00Z", "2018-11-04T03:00:00"),
]


@pytest.mark.parametrize(("schedule", "moment", "expected"), NEXT)
def test_the_next_moment_of_a_schedule(schedule, moment, expected):
    """Days, steps, names and time zones lead to the moment that the library finds."""
    assert following(schedule, moment) == (expected and f"{expected}+00:00")


def test_what_is_no_schedule_is_refused():
    """The last day of a month has no letter, and a Sunday is 0."""
    for text, fault in (
        ("0 0 L * *", 'failed to parse int from L: strconv.Atoi: parsing "L": invalid syntax'),
        ("0 0 * * 7", "end of range (7) above maximum (6): 7"),
        ("@sometimes", "unrecognized descriptor: @sometimes"),
    ):
        with pytest.raises(ScheduleError) as refused:
            parse(text)
        assert str(refused.value) == fault


def values(least, most):
    number = st.integers(least, most)
    ranges = st.tuples(number, number).map(lambda two: f"{min(two)}-{max(two)}")
    steps = st.tuples(st.one_of(st.just("*"), number.map(str), ranges), st.integers(1, 9)).map(
        lambda two: f"{two[0]}/{two[1]}"
    )
    one = st.one_of(st.just("*"), number.map(str), ranges, steps)
    return st.lists(one, min_size=1, max_size=2).map(",".join)


FIELDS = st.tuples(values(0, 59), values(0, 23), values(1, 31), values(1, 12), values(0, 6))


def named(field, least, most):
    """The numbers of a field, and whether it has a star; read apart from the package."""
    numbers, star = set(), False
    for part in field.split(","):
        whole, _, step = part.partition("/")
        first, _, last = whole.partition("-")
        star |= first == "*" and step in ("", "1")
        low = least if first == "*" else int(first)
        high = int(last) if last else most if first == "*" or step else low
        numbers |= set(range(low, high + 1, int(step or 1)))
    return numbers, star


@settings(deadline=None, max_examples=60)
@given(FIELDS, st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))  # noqa: DTZ001  # naive ones are drawn
def test_no_moment_between_is_named(fields, start):
    """The next moment fits all fields, and no minute between does (looked at for some days, minute by minute)."""
    read = [
        named(field, *bounds)
        for field, bounds in zip(fields, ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6)), strict=True)
    ]

    def fits(moment):
        days = [moment.day in read[2][0], moment.isoweekday() % 7 in read[4][0]]
        by_day = all(days) if read[2][1] or read[4][1] else any(days)
        return (
            moment.minute in read[0][0]
            and moment.hour in read[1][0]
            and moment.month in read[3][0]
            and by_day
        )

    start = start.replace(tzinfo=UTC, microsecond=0)
    found = parse(" ".join(fields)).following(int(start.timestamp()))
    moment = start.replace(second=0) + timedelta(minutes=1)
    until = start + timedelta(days=3)
    while moment < until and not fits(moment):
        moment += timedelta(minutes=1)
    if moment < until:
        assert found == int(moment.timestamp())
    else:
        assert found is None or (
            found >= int(until.timestamp()) - 60 and fits(datetime.fromtimestamp(found, UTC))
        )

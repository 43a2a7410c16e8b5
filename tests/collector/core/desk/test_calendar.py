"""Working time against a reckoning that asks the wall clock minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay_collector.core.desk.calendar import (
    Calendar,
    Interval,
    after,
    is_open,
    spans,
    worked,
)

MINUTE = timedelta(minutes=1)
# Clocks are put forward at 02:00, at midnight, by half an hour, and once over a whole day.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Asuncion", "Australia/Lord_Howe")
BERLIN = ZoneInfo("Europe/Berlin")


def calendar(
    zone: str = "Europe/Berlin",
    *,
    week: dict[int, list[tuple[int, int]]],
    off: tuple[date, ...] = (),
) -> Calendar:
    """Return a calendar of intervals in minutes by weekday, 0 for Monday."""
    return Calendar(
        calendar_id="own",
        zone_name=zone,
        zone=ZoneInfo(zone),
        week=tuple(
            tuple(Interval(begin_min=begin, end_min=end) for begin, end in week.get(day, []))
            for day in range(7)
        ),
        holidays=dict.fromkeys(off, "off"),
    )


OFFICE = {day: [(8 * 60, 12 * 60), (13 * 60, 17 * 60)] for day in range(5)}
NIGHT = {day: [(60, 210)] for day in range(7)}


def local(*moment: int, fold: int = 0) -> datetime:
    return datetime(*moment, tzinfo=BERLIN, fold=fold).astimezone(UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        pytest.param(local(2026, 11, 20, 16), 1, local(2026, 11, 20, 17), id="to the day's end"),
        pytest.param(local(2026, 11, 20, 16), 2, local(2026, 11, 23, 9), id="over a weekend"),
        pytest.param(local(2026, 11, 21, 3), 1, local(2026, 11, 23, 9), id="from a weekend"),
        pytest.param(local(2026, 11, 19, 11), 2, local(2026, 11, 19, 14), id="over lunch"),
        pytest.param(local(2026, 12, 24, 16), 2, local(2026, 12, 28, 9), id="over a holiday"),
        pytest.param(local(2026, 3, 27, 16), 2, local(2026, 3, 30, 9), id="over a clock change"),
        pytest.param(local(2026, 11, 20, 16), 0, local(2026, 11, 20, 16), id="no time"),
    ],
)
def test_due_time_in_an_office(since: datetime, hours: int, due: datetime) -> None:
    office = calendar(week=OFFICE, off=(date(2026, 12, 25),))

    assert due == after(office, since, timedelta(hours=hours))


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(date(2026, 3, 28), 2.5, id="an ordinary night"),
        pytest.param(date(2026, 3, 29), 1.5, id="the hour that is left out"),
        pytest.param(date(2026, 10, 25), 3.5, id="the hour that comes twice"),
    ],
)
def test_night_shift_works_what_the_clock_shows(day: date, hours: float) -> None:
    """From 01:00 to 03:30."""
    begin = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)

    found = worked(calendar(week=NIGHT), begin, begin + timedelta(hours=12))

    assert timedelta(hours=hours) == found


def test_interval_inside_of_the_missing_hour_is_empty() -> None:
    night = calendar(week={day: [(135, 165)] for day in range(7)})
    begin = local(2026, 3, 29, 0)

    assert list(spans(night, begin, begin + timedelta(hours=12))) == []


def test_day_that_a_zone_leaves_out_is_empty() -> None:
    """Samoa had no 30 December 2011."""
    apia = calendar("Pacific/Apia", week={4: [(0, 1440)]})
    since = datetime(2011, 12, 26, tzinfo=UTC)

    assert worked(apia, since, since + timedelta(days=7)) == timedelta(0)


def test_calendar_that_never_works_is_an_error() -> None:
    with pytest.raises(ValueError, match="less than 1:00:00"):
        after(calendar(week={}), local(2026, 1, 1), timedelta(hours=1))


def open_minutes(own: Calendar, since: datetime, minutes: int) -> list[bool]:
    """Return of each minute whether the wall clock shows working time.

    Intervals of these tests begin and end at hours that no zone of ours repeats.
    """
    found = []
    for minute in range(minutes):
        wall = (since + minute * MINUTE).astimezone(own.zone)
        at = wall.hour * 60 + wall.minute
        shut = wall.date() in own.holidays
        day = own.week[wall.weekday()]
        found.append(not shut and any(one.begin_min <= at < one.end_min for one in day))
    return found


MOMENTS = st.one_of(
    st.integers(0, 2 * 365 * 1440).map(lambda one: datetime(2026, 1, 1, tzinfo=UTC) + one * MINUTE),
    # Around the changes of 2026.
    st.sampled_from(
        [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 4), date(2026, 10, 25)]
    ).map(lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)),
)
CALENDARS = st.builds(
    lambda zone, parts, days, off: calendar(
        zone,
        week={day: [part for part, used in parts if used] for day in days},
        off=tuple(date(2026, 1, 1) + timedelta(days=one) for one in off),
    ),
    st.sampled_from(ZONES),
    st.tuples(
        *(
            st.tuples(st.just(part), st.booleans())
            for part in ((180, 480), (485, 720), (780, 1020), (1020, 1320))
        )
    ),
    st.sets(st.integers(0, 6)),
    st.sets(st.integers(0, 700), max_size=30),
)


@settings(max_examples=60)
@given(own=CALENDARS, since=MOMENTS, minutes=st.integers(0, 3 * 1440))
def test_working_time_is_that_of_the_wall_clock(
    own: Calendar, since: datetime, minutes: int
) -> None:
    expected = sum(open_minutes(own, since, minutes)) * MINUTE

    assert expected == worked(own, since, since + minutes * MINUTE)


@settings(max_examples=100)
@given(
    own=CALENDARS.filter(lambda one: one.week_minutes > 0),
    since=MOMENTS,
    amount=st.integers(1, 72 * 3_600_000_000).map(lambda us: timedelta(microseconds=us)),
)
def test_due_time_is_the_first_with_that_much_work(
    own: Calendar, since: datetime, amount: timedelta
) -> None:
    due = after(own, since, amount)

    assert worked(own, since, due) == amount
    assert worked(own, since, due - timedelta(microseconds=1)) < amount


@settings(max_examples=200)
@given(own=CALENDARS, since=MOMENTS, minute=st.integers(0, 3 * 1440))
def test_open_says_what_spans_say(own: Calendar, since: datetime, minute: int) -> None:
    at = since + minute * MINUTE

    assert bool(list(spans(own, at, at + at.resolution))) == is_open(own, at)

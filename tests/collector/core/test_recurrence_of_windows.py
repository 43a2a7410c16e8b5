"""Windows come at their local time, also over clock changes, and always find their next date."""

from datetime import UTC, datetime

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.recurrence import (
    checked_rule,
    checked_zone,
    starts,
)
from sickbay_collector.core.recurrence_grammar import RULE_LIMIT

BERLIN = "Europe/Berlin"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_weekly_window_over_the_change_to_summer_time() -> None:
    """02:00 of 2026-03-29 does not exist there: it begins when the clock jumps to 03:00."""
    found = starts(datetime(2026, 3, 22, 2), BERLIN, "FREQ=WEEKLY", utc(2026, 4, 6))  # noqa: DTZ001

    assert list(found) == [utc(2026, 3, 22, 1), utc(2026, 3, 29, 1), utc(2026, 4, 5, 0)]


def test_window_in_the_hour_that_is_left_out_begins_when_the_clock_jumps() -> None:
    """02:30 does not exist there either; it is not 03:30."""
    start = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001 - local time of the zone

    assert list(starts(start, BERLIN, "", utc(2026, 4, 1))) == [utc(2026, 3, 29, 1)]
    assert next(starts(start, BERLIN, "FREQ=DAILY", utc(2026, 4, 1))) == utc(2026, 3, 29, 1)


def test_weekly_window_over_the_change_to_winter_time() -> None:
    """02:00 of 2026-10-25 comes twice there: it begins the first time."""
    found = starts(datetime(2026, 10, 18, 2), BERLIN, "FREQ=WEEKLY", utc(2026, 11, 2))  # noqa: DTZ001

    assert list(found) == [utc(2026, 10, 18, 0), utc(2026, 10, 25, 0), utc(2026, 11, 1, 1)]


def test_once_without_a_rule() -> None:
    start = datetime(2026, 3, 22, 2)  # noqa: DTZ001 - local time of the zone

    assert list(starts(start, BERLIN, "", utc(2026, 4, 1))) == [utc(2026, 3, 22, 1)]
    assert list(starts(start, BERLIN, "", utc(2026, 3, 22, 1))) == []


def test_last_friday_of_each_month() -> None:
    rule = checked_rule("rrule:freq=monthly;byday=-1fr")
    found = starts(datetime(2026, 1, 1, 22), "UTC", rule, utc(2026, 4, 1))  # noqa: DTZ001

    assert [one.day for one in found] == [30, 27, 27]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=2",
        "FREQ=WEEKLY;BYDAY=MO,TH;WKST=MO",
        "FREQ=MONTHLY;BYMONTHDAY=1,-1",
        "FREQ=MONTHLY;BYDAY=2TU;INTERVAL=3",
    ],
)
def test_takes(rule: str) -> None:
    assert checked_rule(rule) == rule


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=YEARLY",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=100",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;UNTIL=20261201",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;BYDAY=2MO",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=1MO",
        "FREQ=WEEKLY;FREQ=WEEKLY",
        "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=WEEKLY;INTERVAL=\u0661",
        "BYDAY=MO",
        "weekly",
        "FREQ=WEEKLY;BYDAY=" + "MO," * RULE_LIMIT,
    ],
)
def test_refuses_what_may_never_come(rule: str) -> None:
    with pytest.raises(InvalidError, match="rrule"):
        checked_rule(rule)


@pytest.mark.parametrize("zone", ["", "Berlin", "../etc/passwd", "Europe/Berlin\0"])
def test_refuses_an_unknown_zone(zone: str) -> None:
    with pytest.raises(InvalidError, match="no time zone"):
        checked_zone(zone)

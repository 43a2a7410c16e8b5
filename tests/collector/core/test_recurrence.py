"""Rules of iCalendar within bounds, on the wall clock."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.wall_clock import wall_moment
from tests.collector.roster_builders import every

START = datetime.fromisoformat("2026-01-05T09:00")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        pytest.param(
            "FREQ=SECONDLY", "FREQ is one of DAILY, WEEKLY, MONTHLY, YEARLY", id="secondly"
        ),
        pytest.param("FREQ=MINUTELY", "FREQ is one of", id="minutely"),
        pytest.param("FREQ=HOURLY", "BYHOUR names several times of a day", id="hourly"),
        pytest.param("", "is no part of a rule", id="empty"),
        pytest.param("BYDAY=MO", "needs a FREQ", id="no frequency"),
        pytest.param("FREQ=DAILY;FREQ=DAILY", "FREQ is there twice", id="a part twice"),
        pytest.param("FREQ=DAILY;BYEASTER=0", "'BYEASTER=0' is no part", id="unknown part"),
        pytest.param("FREQ=DAILY;INTERVAL=0", "INTERVAL is from 1 to 366", id="interval 0"),
        pytest.param("FREQ=DAILY;INTERVAL=367", "INTERVAL is from 1 to 366", id="interval 367"),
        pytest.param(
            "FREQ=DAILY;INTERVAL=7;BYDAY=TU", "use FREQ=WEEKLY", id="days that never meet"
        ),
        pytest.param("FREQ=WEEKLY;BYMONTHDAY=3", "needs FREQ=MONTHLY", id="day of month in a week"),
        pytest.param("FREQ=WEEKLY;BYDAY=2MO", "needs FREQ=MONTHLY", id="second monday in a week"),
        pytest.param("FREQ=DAILY;BYSETPOS=2", "needs FREQ=MONTHLY", id="second of one"),
        pytest.param("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "does not occur", id="30 february"),
        pytest.param(
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "does not occur", id="30 february a year"
        ),
        pytest.param("FREQ=DAILY;UNTIL=20250101", "does not occur", id="ends before it begins"),
        pytest.param("FREQ=DAILY;UNTIL=20260201T000000Z", "on the wall clock", id="end in UTC"),
        pytest.param("FREQ=DAILY;COUNT=2;UNTIL=20270101", "do not go together", id="two ends"),
        pytest.param("FREQ=DAILY;BYHOUR=24", "hour must be in 0..23", id="24 o'clock"),
        pytest.param("FREQ=MONTHLY;BYMONTH=13", "BYMONTH has a value", id="13th month"),
        pytest.param("FREQ=DAILY;BYHOUR=0,4,8,12,16,20", "more than 2,000 times", id="six a day"),
        pytest.param("FREQ=DAILY;BYDAY=" + "MO," * 70 + "MO", "at most 200 characters", id="long"),
    ],
)
def test_rule_that_is_refused(rule: str, said: str) -> None:
    with pytest.raises(InvalidError) as refused:
        every(rule, START)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("FREQ=DAILY;BYHOUR=0,4,8,12,16", id="five a day"),
        pytest.param("FREQ=DAILY;INTERVAL=366", id="interval 366"),
        pytest.param("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", id="leap day"),
        pytest.param("FREQ=MONTHLY;BYDAY=-1FR", id="last friday"),
        pytest.param("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", id="first working day"),
        pytest.param("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU;COUNT=5", id="five times"),
    ],
)
def test_rule_that_is_taken(rule: str) -> None:
    assert list(islice(every(rule, START).walls(datetime(2036, 1, 1, tzinfo=UTC)), 1))


@pytest.mark.parametrize("year", [pytest.param(1999, id="before"), pytest.param(2101, id="after")])
def test_begin_out_of_range_is_refused(year: int) -> None:
    with pytest.raises(InvalidError, match="2000 to 2100"):
        every("FREQ=DAILY", START.replace(year=year))


def test_nine_o_clock_stays_nine_o_clock() -> None:
    """Over the change of 29 March the moment in UTC moves, and the wall clock's time does not."""
    rule = every("FREQ=DAILY", datetime.fromisoformat("2026-03-28T09:00"), "Europe/Berlin")

    found = [wall_moment(rule.zone, wall).hour for wall in rule.walls(START_OF_APRIL)]

    assert found == [8, 7, 7, 7]


START_OF_APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def test_moments_end_before_the_time_that_is_asked_for() -> None:
    rule = every("FREQ=DAILY", START, "Pacific/Auckland")

    until = wall_moment(rule.zone, datetime.fromisoformat("2026-01-08T09:00"))

    assert [wall.day for wall in rule.walls(until)] == [5, 6, 7]

"""Erlang's C against published figures and against a queue that is played."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.desk.staffing import (
    DEFAULT_HANDLING_MIN,
    MAX_LOAD,
    Arrival,
    HourLoad,
    ShiftStaff,
    Target,
    agents_needed,
    answered_ratio,
    hour_loads,
    shift_staff,
    staff_by_hour,
    waiting_ratio,
)
from tests.collector.roster_builders import WORKDAYS, a_shift, hours

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
# A third of a minute: 80 % in 20 seconds.
CALLS = Target(ratio=0.8, within_min=1 / 3)


@pytest.mark.parametrize(
    ("agents", "erlangs", "waiting"),
    [
        pytest.param(1, 0.5, 0.5, id="one person waits as often as they are busy"),
        pytest.param(2, 1.0, 1 / 3, id="two, by hand"),
        pytest.param(14, 10.0, 0.1741, id="published: ten erlangs and fourteen people"),
        pytest.param(3, 0.0, 0.0, id="nothing comes"),
        pytest.param(10, 10.0, 1.0, id="no slack"),
        pytest.param(0, 1.0, 1.0, id="nobody"),
    ],
)
def test_share_that_waits(agents: int, erlangs: float, waiting: float) -> None:
    assert pytest.approx(waiting, abs=5e-5) == waiting_ratio(agents, erlangs)


def test_two_hundred_calls_an_hour_of_three_minutes_need_fourteen_people() -> None:
    """The usual textbook case: 80 % in 20 s takes 14, who answer 88.8 %."""
    assert agents_needed(200, 3, CALLS) == 14
    answered = answered_ratio(14, arrivals=200, handling_min=3, within_min=1 / 3)
    assert pytest.approx(0.888, abs=5e-4) == answered


def test_hour_without_arrivals_needs_nobody() -> None:
    assert agents_needed(0, 20, Target()) == 0
    assert answered_ratio(0, arrivals=0, handling_min=20, within_min=1) == 1.0


def test_overload_answers_nobody_in_time() -> None:
    assert answered_ratio(3, arrivals=9, handling_min=20, within_min=15) == 0.0


def test_load_past_the_limit_is_refused() -> None:
    assert agents_needed(MAX_LOAD, 60, Target()) > MAX_LOAD
    with pytest.raises(ValueError, match="at most 5,000"):
        agents_needed(MAX_LOAD + 1, 60, Target())


@given(
    arrivals=st.floats(0.01, 300),
    handling=st.floats(0.5, 120),
    ratio=st.floats(0.05, 0.99),
    within=st.floats(0.1, 120),
)
def test_needed_people_reach_the_target_and_one_less_does_not(
    arrivals: float, handling: float, ratio: float, within: float
) -> None:
    found = agents_needed(arrivals, handling, Target(ratio=ratio, within_min=within))

    def answered(agents: int) -> float:
        return answered_ratio(agents, arrivals=arrivals, handling_min=handling, within_min=within)

    assert answered(found) >= ratio > answered(found - 1)


def test_history_is_sorted_into_hours_of_the_wall_clock() -> None:
    """In Berlin it is an hour later; two weeks with one arrival each are one a week."""
    at = MONDAY + timedelta(hours=8, minutes=59)
    arrivals = [Arrival(at=at + n * timedelta(days=7), handling_min=None) for n in range(2)]

    found = [load for load in hour_loads(arrivals, BERLIN, weeks=2) if load.arrivals]

    assert [HourLoad(weekday=0, hour=9, arrivals=1.0, handling_min=DEFAULT_HANDLING_MIN)] == found


@pytest.mark.parametrize(
    ("own", "handling"),
    [pytest.param(4, 30.0, id="few: the mean of all"), pytest.param(5, 10.0, id="five: their own")],
)
def test_handling_time_of_an_hour(own: int, handling: float) -> None:
    """The others took as long as makes the mean of all thirty minutes."""
    rest = [Arrival(at=MONDAY + timedelta(hours=9), handling_min=30.0 + 5.0 * own)] * 4
    arrivals = [Arrival(at=MONDAY, handling_min=10.0)] * own + rest
    mean = sum(one.handling_min or 0 for one in arrivals) / len(arrivals)

    found = hour_loads(arrivals, UTC, weeks=1)[0].handling_min

    assert pytest.approx(handling if own == 5 else mean) == found


def test_shift_needs_what_its_busiest_hour_needs() -> None:
    busy = [Arrival(at=MONDAY + timedelta(hours=10), handling_min=30.0)] * 6
    night = [Arrival(at=MONDAY + timedelta(hours=22), handling_min=30.0)] * 60
    staff = staff_by_hour(hour_loads(busy + night, UTC, weeks=1), Target())
    shifts = {
        "day": a_shift("day", hours((9, 17), days=WORKDAYS), "ada", "bob"),
        "early": a_shift("early", hours((5, 9)), "cas"),
    }

    found = shift_staff(shifts, staff, UTC, MONDAY)

    peak = HourLoad(weekday=0, hour=10, arrivals=6.0, handling_min=30.0)
    assert (
        ShiftStaff(shift="day", assigned=2, needed=agents_needed(6, 30, Target()), busiest=peak),
        ShiftStaff(shift="early", assigned=1, needed=0, busiest=None),
    ) == found

"""Who is on shift: hours of a week or of a rule, absences taken out."""

from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.desk.attendance import on_shift, worked_spans
from sickbay_collector.core.desk.shift import Recurring, shift_spans
from tests.collector.roster_builders import (
    WORKDAYS,
    a_book,
    a_shift,
    a_technician,
    away,
    every,
    hours,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
OFFICE = a_shift("office", hours((9, 12), (13, 17), days=WORKDAYS), "ada", "bob")


@pytest.mark.parametrize(
    ("login", "at", "expected"),
    [
        pytest.param("ada", MONDAY + timedelta(hours=9), True, id="at the begin"),
        pytest.param("ada", MONDAY + timedelta(hours=12), False, id="at the end"),
        pytest.param("ada", MONDAY + 5 * DAY + timedelta(hours=10), False, id="on a Saturday"),
        pytest.param("bob", MONDAY + timedelta(hours=10), False, id="away"),
        pytest.param("eve", MONDAY, True, id="without a shift"),
        pytest.param("nobody", MONDAY, False, id="unknown"),
    ],
)
def test_on_shift(login: str, at: datetime, *, expected: bool) -> None:
    people = [a_technician("ada"), a_technician("bob", away(MONDAY, MONDAY + DAY))]
    book = a_book(*people, a_technician("eve"), shifts=[OFFICE])

    assert expected == on_shift(book, login, at)


def test_absence_inside_of_a_shift_parts_it() -> None:
    doctor = away(MONDAY + timedelta(hours=10), MONDAY + timedelta(hours=11))
    book = a_book(a_technician("ada", doctor), a_technician("bob"), shifts=[OFFICE])

    found = [
        span.begin.hour for who, span in worked_spans(book, MONDAY, MONDAY + DAY) if who == "ada"
    ]

    assert found == [9, 11, 13]


@pytest.mark.parametrize(
    ("day", "elapsed_h"),
    [
        pytest.param(datetime.fromisoformat("2026-03-28T22:00"), 7, id="the night that is short"),
        pytest.param(datetime.fromisoformat("2026-10-24T22:00"), 9, id="the night that is long"),
        pytest.param(datetime.fromisoformat("2026-05-02T22:00"), 8, id="any other night"),
    ],
)
def test_night_of_a_rule_keeps_its_end_on_the_wall_clock(day: datetime, elapsed_h: int) -> None:
    """So that the shift that follows at six begins where the night ends."""
    night = Recurring(begins=every("FREQ=DAILY", day, "Europe/Berlin"), length_min=8 * 60)
    shift = a_shift("night", night, "ada")
    begin = day.replace(tzinfo=UTC) - DAY

    first = next(shift_spans(shift, begin, begin + 4 * DAY))

    assert timedelta(hours=elapsed_h) == first.length


def test_occurrence_that_began_before_is_cut() -> None:
    night = Recurring(
        begins=every("FREQ=DAILY", datetime.fromisoformat("2026-01-01T22:00")), length_min=480
    )

    found = list(shift_spans(a_shift("night", night), MONDAY, MONDAY + DAY))

    assert [(span.begin.hour, span.end.hour) for span in found] == [(0, 6), (22, 0)]

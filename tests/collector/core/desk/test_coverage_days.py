"""Coverage by the day, on the wall clock of a zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sickbay_collector.core.desk.coverage import coverage
from sickbay_collector.core.desk.coverage_days import cover_days, day_begin, day_spans
from tests.collector.roster_builders import (
    WORKDAYS,
    a_book,
    a_requirement,
    a_shift,
    a_technician,
    hours,
)

OSLO = ZoneInfo("Europe/Oslo")


def test_days_say_what_is_required_and_what_is_short() -> None:
    """A Friday half covered, and a Saturday without demand."""
    wanted = a_requirement("r", hours((8, 16), days=WORKDAYS))
    book = a_book(
        a_technician("ann"),
        shifts=[a_shift("s", hours((8, 12)), "ann")],
        requirements=[wanted],
    )
    friday = date(2026, 3, 6)
    since = datetime(2026, 3, 6, tzinfo=UTC)
    gaps = coverage(book, since, since + timedelta(days=2))

    found = cover_days(wanted, gaps, day_spans([friday, friday + timedelta(days=1)], UTC))

    assert [(one.needed_min, one.short_min, len(one.gaps)) for one in found] == [
        (480.0, 240.0, 1),
        (0.0, 0.0, 0),
    ]


def test_day_in_which_clocks_are_put_forward_is_shorter() -> None:
    wanted = a_requirement("r", hours((0, 24), zone="Europe/Oslo"))
    day = date(2026, 3, 29)
    since = day_begin(OSLO, day)
    gaps = coverage(a_book(requirements=[wanted]), since, since + timedelta(days=3))

    (found,) = cover_days(wanted, gaps, day_spans([day], OSLO))

    assert (found.needed_min, found.short_min) == (23 * 60.0, 23 * 60.0)


def test_gap_over_midnight_counts_on_both_days() -> None:
    wanted = a_requirement("r", hours((0, 6), (18, 24)))
    since = datetime(2026, 3, 6, tzinfo=UTC)
    gaps = coverage(a_book(requirements=[wanted]), since, since + timedelta(days=2))
    days = [since.date(), since.date() + timedelta(days=1)]

    found = cover_days(wanted, gaps, day_spans(days, UTC))

    assert [(one.short_min, len(one.gaps)) for one in found] == [(720.0, 2), (720.0, 2)]
    assert cover_days(wanted, gaps, ()) == ()

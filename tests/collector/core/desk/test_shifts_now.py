from datetime import UTC, datetime
from types import MappingProxyType

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.calendar import Calendar, Interval
from sickbay_collector.core.desk.shift import Shift
from sickbay_collector.core.desk.shifts_now import shifts_now


def _shift(name: str, hour: int, *logins: str) -> Shift:
    day = (Interval(begin_min=hour * 60, end_min=(hour + 8) * 60),)
    hours = Calendar(
        calendar_id=name, zone_name="UTC", zone=UTC, week=(day,) * 7, holidays=MappingProxyType({})
    )
    return Shift(id=name, name=name, technicians=logins, hours=hours)


def test_who_has_a_shift_that_covers_the_moment() -> None:
    """One of several is enough; who has no shift is not in it."""
    early, late = _shift("early", 6, "ann", "ben"), _shift("late", 14, "ben", "cleo")
    book = DeskBook(shifts={"early": early, "late": late})

    assert shifts_now(book, datetime(2026, 3, 2, 15, tzinfo=UTC)) == {
        "ann": False,
        "ben": True,
        "cleo": True,
    }

"""Who of a tier is there as time goes on."""

from datetime import UTC, datetime, timedelta

from sickbay_collector.core.desk.calendar import Span
from sickbay_collector.core.desk.crowd import NOBODY, crowds
from tests.collector.roster_builders import (
    a_book,
    a_layer,
    a_rota,
    a_shift,
    a_technician,
    every,
    hours,
)

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEKLY = every("FREQ=WEEKLY", datetime.fromisoformat("2026-01-05T09:00"))
BOOK = a_book(
    a_technician("ada"),
    a_technician("bob", tiers=("L1", "L2")),
    shifts=[a_shift("day", hours((8, 16)), "ada"), a_shift("noon", hours((12, 14)), "bob")],
    rotas=[a_rota("eve", a_layer("e", WEEKLY, "ada", during=hours((16, 20))))],
)
(CROWD,) = crowds(BOOK, {"L1"}, MONDAY, MONDAY + 24 * HOUR).values()


def seen(mask: int, *, since: int = 0, until: int = 24) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return hours of the Monday with who is there of a mask."""
    time = Span(begin=MONDAY + since * HOUR, end=MONDAY + until * HOUR)
    return [
        ((part.begin - MONDAY) // HOUR, (part.end - MONDAY) // HOUR, CROWD.members(people))
        for part, people in CROWD.within(time, mask)
    ]


def test_shift_and_call_that_follow_each_other_are_one_stay() -> None:
    ada, both = ("ada",), ("ada", "bob")

    assert [(0, 8, ()), (8, 12, ada), (12, 14, both), (14, 20, ada), (20, 24, ())] == seen(
        CROWD.everybody
    )


def test_who_is_not_looked_at_divides_nothing() -> None:
    assert seen(0b01, since=9, until=23) == [(9, 20, ("ada",)), (20, 23, ())]


def test_nobody_there_differs_from_nobody_of_the_mask() -> None:
    time = Span(begin=MONDAY, end=MONDAY + 13 * HOUR)

    assert [people for _, people in CROWD.within(time, 0b10)] == [NOBODY, 0, 0b10]


def test_of_a_tier_without_anybody_nobody_is_there() -> None:
    (crowd,) = crowds(BOOK, {"L3"}, MONDAY, MONDAY + HOUR).values()
    time = Span(begin=MONDAY, end=MONDAY + HOUR)

    assert [(time, NOBODY)] == list(crowd.within(time, crowd.everybody))

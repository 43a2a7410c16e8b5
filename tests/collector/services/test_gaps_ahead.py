"""Gaps that are kept by the day and cut to what is asked for."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.coverage import Gap, coverage
from sickbay_collector.core.desk.coverage_days import day_begin
from sickbay_collector.services.gaps_ahead import GapsAhead
from tests.collector.roster_builders import (
    a_book,
    a_layer,
    a_requirement,
    a_rota,
    a_shift,
    a_technician,
    every,
    hours,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEKLY = every("FREQ=WEEKLY", datetime.fromisoformat("2026-01-05T09:00"))
BOOK = a_book(
    a_technician("ada", languages=("en", "de")),
    a_technician("bob"),
    shifts=[a_shift("day", hours((8, 16), zone="Europe/Berlin"), "ada")],
    rotas=[a_rota("eve", a_layer("e", WEEKLY, "ada", "bob", during=hours((15, 23))))],
    requirements=[
        a_requirement("one"),
        a_requirement("two", hours((7, 19)), minimum=2, languages=("de",)),
    ],
)


class Reckoner:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, book: DeskBook, since: datetime, until: datetime) -> Sequence[Gap]:
        self.asked += 1
        return coverage(book, since, until)


@settings(max_examples=50)
@given(
    stretches=st.lists(
        st.tuples(st.integers(-3000, 30_000), st.integers(1, 20_000)), min_size=1, max_size=12
    )
)
def test_gaps_are_those_of_the_stretch_alone(stretches: list[tuple[int, int]]) -> None:
    ahead = GapsAhead(coverage)
    for begin_min, length_min in stretches:
        since = MONDAY + timedelta(minutes=begin_min)
        until = since + timedelta(minutes=length_min)

        assert coverage(BOOK, since, until) == ahead.of(BOOK, since, until)


def test_later_moments_of_a_day_are_cut_from_what_is_known() -> None:
    reckoner = Reckoner()
    ahead = GapsAhead(reckoner)
    for hour in range(24):
        ahead.of(BOOK, MONDAY + hour * HOUR, MONDAY + hour * HOUR + 28 * DAY)

    assert reckoner.asked == 1


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"])
def test_the_weeks_that_pages_show_are_ready(zone: str) -> None:
    """From Monday on, wherever that begins, and from now on; on every hour of a week."""
    reckoner = Reckoner()
    for hour in range(7 * 24):
        now = MONDAY + hour * HOUR
        ahead = GapsAhead(reckoner)
        ahead.get_ready(BOOK, now)
        today = now.astimezone(ZoneInfo(zone)).date()
        monday = day_begin(ZoneInfo(zone), today - today.weekday() * DAY)
        ahead.of(BOOK, monday, monday + 28 * DAY)
        ahead.of(BOOK, now, now + 28 * DAY)

    assert reckoner.asked == 7 * 24


def test_what_is_ready_is_reckoned_once_a_day_and_book() -> None:
    reckoner = Reckoner()
    ahead = GapsAhead(reckoner)
    other = a_book(requirements=[a_requirement("other")])
    for book, now in (
        (BOOK, MONDAY),
        (BOOK, MONDAY + HOUR),
        (other, MONDAY),
        (other, MONDAY + DAY),
    ):
        ahead.get_ready(book, now)

    assert reckoner.asked == 3


def test_another_book_is_reckoned_anew() -> None:
    ahead = GapsAhead(coverage)
    ahead.of(BOOK, MONDAY, MONDAY + DAY)
    other = a_book(requirements=[a_requirement("other")])

    assert [gap.requirement for gap in ahead.of(other, MONDAY, MONDAY + DAY)] == ["other"]


@pytest.mark.parametrize(
    ("between", "expected"),
    [pytest.param(7, 8, id="still kept"), pytest.param(8, 10, id="dropped for later ones")],
)
def test_eight_stretches_are_kept(between: int, expected: int) -> None:
    reckoner = Reckoner()
    ahead = GapsAhead(reckoner)
    for day in [*range(between + 1), 0]:
        ahead.of(BOOK, MONDAY + day * DAY, MONDAY + (day + 1) * DAY)

    assert reckoner.asked == expected


def test_very_many_gaps_are_not_kept() -> None:
    (gap,) = coverage(a_book(requirements=[a_requirement("r")]), MONDAY, MONDAY + DAY)
    asked: list[datetime] = []

    def many(book: DeskBook, since: datetime, until: datetime) -> Sequence[Gap]:
        del book, until
        asked.append(since)
        return (gap,) * 10_001

    ahead = GapsAhead(many)
    for _ in range(2):
        ahead.of(BOOK, MONDAY, MONDAY + DAY)

    assert asked == [MONDAY, MONDAY]

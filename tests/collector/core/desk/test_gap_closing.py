"""Who could close a gap, and how."""

from datetime import UTC, datetime, timedelta

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.coverage import coverage
from sickbay_collector.core.desk.gap_closing import MOST_NAMED, Bench, Closing
from tests.collector.roster_builders import (
    ALWAYS,
    WORKDAYS,
    a_book,
    a_layer,
    a_requirement,
    a_rota,
    a_shift,
    a_technician,
    away,
    every,
    hours,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
OFFICE = hours((9, 17), days=WORKDAYS)
NIGHTS = a_layer("l", every("FREQ=WEEKLY", datetime(2026, 1, 5)), "eve", during=hours((0, 1)))  # noqa: DTZ001 - a wall clock
ROTA = a_rota("desk", NIGHTS)


def first(book: DeskBook) -> Closing:
    """Return what would close the first gap of a Monday."""
    return Bench(book).closing(coverage(book, MONDAY, TUESDAY)[0])


def test_somebody_stands_in_where_nobody_is_on_call() -> None:
    book = a_book(a_technician("ann"), rotas=[ROTA], requirements=[a_requirement("r", OFFICE)])

    assert first(book) == Closing(
        people=("ann",), whole=True, rota="desk", words="let Ann stand in on rota desk"
    )


def test_shift_is_the_way_where_somebody_is_there() -> None:
    """Who stands in for everybody would take the place of who is there."""
    book = a_book(
        a_technician("ann"),
        a_technician("bob"),
        shifts=[a_shift("s", OFFICE, "ann")],
        rotas=[ROTA],
        requirements=[a_requirement("r", OFFICE, minimum=3)],
    )

    found = first(book)

    assert (found.people, found.whole, found.rota) == (("bob",), False, "")
    assert found.words == "plan a shift for Bob, which closes a part of it"


def test_who_brings_most_stands_first() -> None:
    wanted = a_requirement("r", OFFICE, languages=("de",), locations=("oslo",))
    book = a_book(
        a_technician("ann"),
        a_technician("bob", languages=("de",)),
        a_technician("cleo", languages=("de",), sites=("rome",)),
        a_technician("dan", tiers=("L2",), languages=("de",)),
        requirements=[wanted],
    )

    found = first(book)

    assert found.people == ("bob", "ann", "cleo")
    assert (found.whole, found.words) == (True, "plan a shift for Bob")


def test_who_is_away_or_brings_nothing_is_left_out() -> None:
    wanted = a_requirement("r", OFFICE, languages=("fr",))
    book = a_book(
        a_technician("ann"),
        a_technician("bob"),
        a_technician("cleo", away(MONDAY, TUESDAY), languages=("fr",)),
        shifts=[a_shift("s", OFFICE, "ann")],
        requirements=[wanted],
    )

    found = first(book)

    assert found.people == ()
    assert found.words == "nobody else of tier L1 is free then: the tier needs more people"


def test_names_are_few() -> None:
    people = [a_technician(f"t{number}") for number in range(MOST_NAMED + 1)]

    found = first(a_book(*people, requirements=[a_requirement("r", ALWAYS)]))

    assert found.people == ("t0", "t1", "t2", "t3", "t4")

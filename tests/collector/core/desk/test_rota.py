"""Who is on call: turns, hours, absences, overrides, layers, and clocks that change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.calendar import Span
from sickbay_collector.core.desk.rota import Duty, duties, next_in_turn, on_call
from sickbay_collector.core.desk.rota_plan import Override
from sickbay_collector.core.desk.stretches import joined
from sickbay_collector.core.desk.technician import Absence
from tests.collector.roster_builders import (
    WORKDAYS,
    a_book,
    a_layer,
    a_rota,
    a_technician,
    an_override,
    away,
    every,
    hours,
)

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WEEKLY = every("FREQ=WEEKLY", datetime.fromisoformat("2026-03-02T09:00"))
DESK = a_rota("desk", a_layer("week", WEEKLY, "ada", "bob", "cas"))
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Asuncion", "Australia/Lord_Howe")


def desk(*absences: tuple[str, Absence], overrides: tuple[Override, ...] = ()) -> DeskBook:
    """Return a book of the weekly rota of three."""
    people = [
        a_technician(login, *(one for who, one in absences if who == login))
        for login in ("ada", "bob", "cas")
    ]
    return a_book(*people, rotas=[DESK], overrides=overrides)


def told(book: DeskBook, at: datetime, rota: str = "desk") -> list[str]:
    return [one.login for one in on_call(book, rota, at)]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(MONDAY - HOUR, [], id="before it begins"),
        pytest.param(MONDAY, ["ada"], id="at the first handover"),
        pytest.param(MONDAY + WEEK - HOUR, ["ada"], id="before the second"),
        pytest.param(MONDAY + WEEK, ["bob"], id="at the second"),
        pytest.param(MONDAY + 3 * WEEK, ["ada"], id="round again"),
        pytest.param(MONDAY + 520 * WEEK, ["bob"], id="ten years on"),
    ],
)
def test_turns_go_round(at: datetime, expected: list[str]) -> None:
    assert expected == told(desk(), at)


def test_rota_is_found_by_its_tier() -> None:
    assert told(desk(), MONDAY, "L1") == ["ada"]
    assert told(desk(), MONDAY, "L2") == []


def test_answer_says_why_and_until_when() -> None:
    (found,) = on_call(desk(), "desk", MONDAY + DAY)

    assert found.reason == "ada's turn in week"
    assert found.until == MONDAY + WEEK


def test_next_participant_takes_over_from_who_is_away_and_gives_back() -> None:
    book = desk(("ada", away(MONDAY + DAY, MONDAY + 2 * DAY)))

    (found,) = on_call(book, "desk", MONDAY + DAY)

    assert (found.login, found.until) == ("bob", MONDAY + 2 * DAY)
    assert found.reason == "ada is away (holiday); bob is next"
    assert told(book, MONDAY + 2 * DAY) == ["ada"]


def test_nobody_is_on_call_while_all_are_away() -> None:
    book = desk(*((login, away(MONDAY, MONDAY + DAY)) for login in ("ada", "bob", "cas")))

    assert told(book, MONDAY) == []


def test_override_for_one_counts_while_that_one_has_the_turn() -> None:
    swap = an_override("swap", "cas", MONDAY + DAY, MONDAY + 2 * WEEK, instead_of="ada")
    book = desk(overrides=(swap,))

    (found,) = on_call(book, "desk", MONDAY + DAY)

    assert (found.login, found.until) == ("cas", MONDAY + WEEK)
    assert found.reason == "cas stands in for ada (swap)"
    assert told(book, MONDAY + WEEK) == ["bob"]


def test_override_for_everybody_counts_where_nobody_is_on_call_too() -> None:
    office = a_rota("desk", a_layer("a", WEEKLY, "ada", during=hours((9, 17), days=WORKDAYS)))
    night = MONDAY + 12 * HOUR
    stand_in = an_override("night", "cas", MONDAY + HOUR, night + HOUR)
    book = a_book(a_technician("ada"), a_technician("cas"), rotas=[office], overrides=[stand_in])

    assert [told(book, at) for at in (MONDAY, MONDAY + HOUR, night, night + HOUR)] == [
        ["ada"],
        ["cas"],
        ["cas"],
        [],
    ]


def test_override_by_somebody_who_is_away_is_passed_over() -> None:
    stand_in = an_override("o", "cas", MONDAY, MONDAY + WEEK)
    book = desk(("cas", away(MONDAY, MONDAY + DAY)), overrides=(stand_in,))

    assert [told(book, MONDAY), told(book, MONDAY + DAY)] == [["ada"], ["cas"]]


def test_override_that_began_last_wins() -> None:
    first = an_override("z", "bob", MONDAY, MONDAY + WEEK)
    second = an_override("a", "cas", MONDAY + DAY, MONDAY + 2 * DAY)
    book = desk(overrides=(first, second))

    found = [told(book, MONDAY + days * DAY) for days in (0, 1, 2)]

    assert found == [["bob"], ["cas"], ["bob"]]


def test_all_layers_that_have_somebody_are_on_call_first_layer_first() -> None:
    second = a_layer("second", WEEKLY, "bob", "cas")
    book = a_book(
        *map(a_technician, ("ada", "bob", "cas")),
        rotas=[a_rota("desk", a_layer("first", WEEKLY, "ada"), second)],
    )

    assert [told(book, MONDAY), told(book, MONDAY + WEEK)] == [["ada", "bob"], ["ada", "cas"]]


def test_who_could_be_told_next_is_there_and_not_told_already() -> None:
    book = desk(("bob", away(MONDAY, MONDAY + DAY)))

    assert next_in_turn(book, DESK, MONDAY) == ("cas",)
    assert next_in_turn(book, DESK, MONDAY + DAY) == ("bob", "cas")


def test_rota_that_follows_the_sun_has_one_person_at_any_time_over_a_year() -> None:
    """Eight hours each in three zones that never change their clocks against UTC."""
    zones = {"Asia/Tokyo": (9, 17), "Africa/Lagos": (9, 17), "America/Panama": (11, 19)}
    layers = [
        a_layer(
            zone,
            every("FREQ=WEEKLY", datetime.fromisoformat("2026-01-01T00:00"), zone),
            zone,
            during=hours(t, zone=zone),
        )
        for zone, t in zones.items()
    ]
    rota = a_rota("sun", *layers)
    book = a_book(*map(a_technician, zones), rotas=[rota])
    begin = datetime(2026, 1, 5, tzinfo=UTC)

    found = sorted(duties(book, rota, begin, begin + 365 * DAY), key=lambda duty: duty.begin)

    assert sum((duty.end - duty.begin for duty in found), timedelta()) == 365 * DAY
    assert all(one.end == two.begin for one, two in pairwise(found))


CHANGES = st.sampled_from(
    [
        datetime(2026, 3, 29, tzinfo=UTC),
        datetime(2026, 10, 25, tzinfo=UTC),
        datetime(2026, 3, 8, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 4, 5, tzinfo=UTC),
        datetime(2026, 10, 4, tzinfo=UTC),
    ]
)


@settings(max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    change=CHANGES,
    minute=st.integers(0, 24 * 60 - 1),
    days=st.integers(1, 3),
    count=st.integers(1, 4),
)
def test_clock_changes_leave_no_hole_and_no_double(
    zone: str, change: datetime, minute: int, days: int, count: int
) -> None:
    """Handovers at any minute, also at one that the wall clock leaves out or shows twice."""
    start = datetime.fromisoformat("2026-01-01") + timedelta(minutes=minute)
    people = [f"p{number}" for number in range(count)]
    layer = a_layer("l", every(f"FREQ=DAILY;INTERVAL={days}", start, zone), *people)
    rota = a_rota("desk", layer)
    book = a_book(*map(a_technician, people), rotas=[rota])
    begin, end = change - 5 * DAY, change + 5 * DAY

    found = list(duties(book, rota, begin, end))

    assert (begin, end) == (found[0].begin, found[-1].end)
    assert all(one.end == two.begin for one, two in pairwise(found))


@settings(max_examples=60)
@given(zone=st.sampled_from(ZONES), change=CHANGES, cut=st.integers(1, 24 * 60 - 1))
def test_two_layers_that_share_the_day_meet_when_clocks_change(
    zone: str, change: datetime, cut: int
) -> None:
    start = every("FREQ=WEEKLY", datetime.fromisoformat("2026-01-01T00:00"), zone)
    early = a_layer("early", start, "ada", during=hours((0, cut / 60), zone=zone))
    late = a_layer("late", start, "bob", during=hours((cut / 60, 24), zone=zone))
    rota = a_rota("desk", early, late)
    book = a_book(a_technician("ada"), a_technician("bob"), rotas=[rota])
    begin, end = change - 3 * DAY, change + 3 * DAY

    found = sorted(duties(book, rota, begin, end), key=lambda duty: duty.begin)

    assert (begin, end) == (found[0].begin, found[-1].end)
    assert all(one.end == two.begin for one, two in pairwise(found))


HOURS = st.integers(0, 14 * 24)
LOGINS = st.sampled_from(["ada", "bob", "cas"])


@st.composite
def books(draw: st.DrawFn) -> DeskBook:
    """Return a book with absences and overrides in the fortnight from Monday."""
    stretches = st.tuples(LOGINS, HOURS, st.integers(1, 100))
    absences = [
        (who, away(MONDAY + b * HOUR, MONDAY + (b + n) * HOUR))
        for who, b, n in draw(st.lists(stretches, max_size=4))
    ]
    overrides = [
        an_override(f"o{i}", who, MONDAY + b * HOUR, MONDAY + (b + n) * HOUR, instead_of=instead)
        for i, ((who, b, n), instead) in enumerate(
            draw(
                st.lists(
                    st.tuples(stretches, st.sampled_from(["ada", "bob", "everybody"])), max_size=4
                )
            )
        )
    ]
    return desk(*absences, overrides=tuple(overrides))


@settings(max_examples=60)
@given(book=books(), probes=st.lists(st.integers(0, 14 * 48 - 1), min_size=5, max_size=5))
def test_intervals_say_the_same_as_moments_do(book: DeskBook, probes: list[int]) -> None:
    found = list(duties(book, DESK, MONDAY, MONDAY + 14 * DAY))

    for probe in probes:
        at = MONDAY + probe * HOUR / 2
        covering = [duty for duty in found if duty.begin <= at < duty.end]
        answers = on_call(book, "desk", at)
        assert [(one.login, one.reason) for one in covering] == [
            (one.login, one.reason) for one in answers
        ]
        assert all(at < one.until for one in answers)


@given(book=books())
def test_nobody_is_on_call_twice_or_while_away(book: DeskBook) -> None:
    found = list(duties(book, DESK, MONDAY, MONDAY + 14 * DAY))

    assert _length(found) == sum((span.length for span in joined(_spans(found))), timedelta())
    assert not any(
        max(duty.begin, gone.since) < min(duty.end, gone.until)
        for duty in found
        for gone in book.technicians[duty.login].absences
    )


def _length(found: list[Duty]) -> timedelta:
    return sum((duty.end - duty.begin for duty in found), timedelta())


def _spans(found: list[Duty]) -> list[Span]:
    return [Span(begin=duty.begin, end=duty.end) for duty in found]

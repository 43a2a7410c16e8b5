"""Gaps: requirements less who is there, against a reckoning that asks moment by moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay_collector.core.desk.attendance import on_shift
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.coverage import Gap, coverage, gap_minutes
from sickbay_collector.core.desk.requirement import Requirement
from sickbay_collector.core.desk.rota import on_call
from tests.collector.core.desk.plain_coverage import plain_coverage
from tests.collector.roster_builders import (
    ALWAYS,
    WORKDAYS,
    a_book,
    a_layer,
    a_requirement,
    a_rota,
    a_shift,
    a_technician,
    an_override,
    away,
    every,
    hours,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TUESDAY = MONDAY + DAY
OFFICE = hours((9, 17), days=WORKDAYS)
WEEKLY = every("FREQ=WEEKLY", datetime.fromisoformat("2026-01-05T09:00"))


def said(gaps: tuple[Gap, ...]) -> list[tuple[int, int, str, tuple[str, ...]]]:
    """Return gaps of a Monday as hours with what is missing, in words, and who is there."""
    return [
        (
            (gap.begin - MONDAY) // HOUR,
            (gap.end - MONDAY) // HOUR,
            "; ".join(one.words for one in gap.missing),
            gap.present,
        )
        for gap in gaps
    ]


def test_nothing_is_missing_where_nothing_is_asked_for() -> None:
    assert coverage(a_book(), MONDAY, TUESDAY) == ()


def test_desk_without_people_misses_everything() -> None:
    wanted = a_requirement("r", OFFICE, minimum=2, languages=("de",), locations=("oslo",))

    found = said(coverage(a_book(requirements=[wanted]), MONDAY, TUESDAY))

    missing = "nobody of tier L1; 2 more staff; nobody for site oslo; nobody who speaks de"
    assert [(9, 17, missing, ())] == found


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(
            {"minimum": 2},
            [(8, 9, "nobody of tier L1; 2 more staff", ()), (9, 12, "1 more staff", ("ada",))],
            id="staff",
        ),
        pytest.param(
            {"languages": ("de",)},
            [
                (8, 9, "nobody of tier L1; 1 more staff; nobody who speaks de", ()),
                (9, 12, "nobody who speaks de", ("ada",)),
            ],
            id="language",
        ),
        pytest.param(
            {"locations": ("oslo", "rome")},
            [
                (
                    8,
                    9,
                    "nobody of tier L1; 1 more staff; nobody for site oslo; nobody for site rome",
                    (),
                ),
                (9, 12, "nobody for site rome", ("ada",)),
            ],
            id="site",
        ),
        pytest.param(
            {"tier": "L3"},
            [(8, 17, "nobody of tier L3; 1 more staff", ())],
            id="tier",
        ),
    ],
)
def test_gap_says_what_is_missing_and_who_is_there(
    wanted: dict[str, object], expected: list[tuple[int, int, str, tuple[str, ...]]]
) -> None:
    book = a_book(
        a_technician("ada", sites=("oslo",)),
        a_technician("bob", languages=("en", "de")),
        shifts=[a_shift("early", hours((9, 17)), "ada"), a_shift("late", hours((12, 20)), "bob")],
        requirements=[a_requirement("r", hours((8, 17)), **wanted)],
    )

    assert expected == said(coverage(book, MONDAY, TUESDAY))


def test_somebody_on_call_counts_for_the_tier_of_the_rota() -> None:
    night = a_rota("night", a_layer("n", WEEKLY, "ada", during=hours((0, 8))), tier="L2")
    wanted = [a_requirement("two", tier="L2"), a_requirement("one", tier="L1")]
    book = a_book(a_technician("ada"), rotas=[night], requirements=wanted)

    found = said(coverage(book, MONDAY + 7 * DAY, MONDAY + 8 * DAY))

    missing = "nobody of tier {}; 1 more staff"
    assert [
        (176, 192, missing.format("L2"), ()),
        (176, 192, missing.format("L1"), ()),
    ] == found


def test_one_who_is_on_shift_and_on_call_is_one_person() -> None:
    book = a_book(
        a_technician("ada"),
        shifts=[a_shift("day", ALWAYS, "ada"), a_shift("again", ALWAYS, "ada")],
        rotas=[a_rota("desk", a_layer("w", WEEKLY, "ada"))],
        requirements=[a_requirement("r", minimum=2)],
    )

    assert said(coverage(book, MONDAY, TUESDAY)) == [(0, 24, "1 more staff", ("ada",))]


def test_shifts_that_hand_over_at_one_moment_leave_no_gap() -> None:
    book = a_book(
        a_technician("ada"),
        a_technician("bob"),
        shifts=[a_shift("a", hours((0, 12)), "ada"), a_shift("b", hours((12, 24)), "bob")],
        requirements=[a_requirement("r")],
    )

    assert coverage(book, MONDAY, MONDAY + 28 * DAY) == ()


def test_minutes_of_a_tier_count_once_where_requirements_overlap() -> None:
    wanted = [
        a_requirement("a", hours((8, 10))),
        a_requirement("b", hours((9, 12))),
        a_requirement("c", hours((1, 2)), tier="L2"),
        a_requirement("d", OFFICE, tier="L3"),
    ]
    covered = a_technician("eve", tiers=("L3",))
    book = a_book(covered, shifts=[a_shift("o", OFFICE, "eve")], requirements=wanted)

    found = gap_minutes(book, coverage(book, MONDAY, TUESDAY), MONDAY, TUESDAY)

    assert found == {"L1": 240.0, "L2": 60.0, "L3": 0.0}


LOGINS = ("ada", "bob", "cas", "dan")
TIMES = st.tuples(st.integers(0, 22), st.integers(1, 12)).map(
    lambda t: (float(t[0]), float(min(24, t[0] + t[1])))
)


@st.composite
def books(draw: st.DrawFn) -> DeskBook:
    """Return a small desk of four with anything that can happen in a week."""
    people = [
        a_technician(
            login,
            *(
                away(MONDAY + begin * HOUR, MONDAY + (begin + length) * HOUR)
                for begin, length in draw(
                    st.lists(st.tuples(st.integers(0, 160), st.integers(1, 40)), max_size=1)
                )
            ),
            languages=draw(st.sampled_from([("en",), ("de",), ("en", "de")])),
            sites=draw(st.sampled_from([(), ("oslo",), ("rome", "oslo")])),
            tiers=draw(st.sampled_from([("L1",), ("L2",), ("L1", "L2")])),
        )
        for login in LOGINS
    ]
    chosen = st.lists(st.sampled_from(LOGINS), min_size=1, max_size=3, unique=True)
    zones = st.sampled_from(["UTC", "Europe/Berlin"])
    shifts = [
        a_shift(f"s{number}", hours(draw(TIMES), zone=draw(zones)), *draw(chosen))
        for number in range(draw(st.integers(0, 3)))
    ]
    # Who has no shift counts as there for tickets, but not for coverage.
    shifts.append(a_shift("all", hours((3, 4)), *LOGINS))
    rota = a_rota(
        "desk",
        *(
            a_layer(f"l{number}", WEEKLY, *draw(chosen), during=hours(draw(TIMES)))
            for number in range(draw(st.integers(1, 2)))
        ),
        tier=draw(st.sampled_from(["L1", "L2"])),
    )
    begin = draw(st.integers(0, 160))
    overrides = [an_override("o", draw(st.sampled_from(LOGINS)), MONDAY, MONDAY + begin * HOUR)]
    wanted = [
        a_requirement(
            name,
            hours(draw(TIMES), zone=draw(zones)),
            minimum=draw(st.integers(1, 3)),
            languages=draw(st.sampled_from([(), ("de",)])),
            locations=draw(st.sampled_from([(), ("oslo", "rome")])),
            tier=draw(st.sampled_from(["L1", "L2"])),
        )
        for name in ("r", "s")
    ]
    return a_book(
        *people,
        shifts=shifts,
        rotas=[rota],
        overrides=overrides if begin else [],
        requirements=wanted,
    )


def is_met(book: DeskBook, wanted: Requirement, at: datetime) -> bool:
    """Return whether a requirement is met at a moment, from the definitions alone."""
    called = {one.login for one in on_call(book, "desk", at)}
    own_tier = book.rotas["desk"].tier
    there = [
        person
        for login, person in book.technicians.items()
        if (wanted.tier in person.tiers and (login in called or on_shift(book, login, at)))
        or (login in called and own_tier == wanted.tier)
    ]
    serving = [
        one
        for one in there
        if not wanted.locations or not one.sites or set(one.sites) & set(wanted.locations)
    ]
    return (
        len(serving) >= wanted.minimum
        and all(any(lang in one.languages for one in serving) for lang in wanted.languages)
        and all(any(not one.sites or s in one.sites for one in serving) for s in wanted.locations)
    )


@settings(max_examples=50)
@given(book=books(), probes=st.lists(st.integers(0, 7 * 48 - 1), min_size=12, max_size=12))
def test_gaps_are_the_moments_at_which_a_requirement_is_not_met(
    book: DeskBook, probes: list[int]
) -> None:
    found = coverage(book, MONDAY, MONDAY + 7 * DAY)
    wanted = book.requirements["r"]
    # Asked in the middle of half hours, so that no probe lies on an edge.
    for probe in probes:
        at = MONDAY + (probe + 0.5) * HOUR / 2
        local = at.astimezone(wanted.hours.zone)
        minute = local.hour * 60 + local.minute
        demanded = any(
            part.begin_min <= minute < part.end_min for part in wanted.hours.week[local.weekday()]
        )
        gap = [one for one in found if one.requirement == "r" and one.begin <= at < one.end]
        assert bool(gap) == (demanded and not is_met(book, wanted, at))


@settings(max_examples=100)
@given(book=books())
def test_gaps_are_those_of_each_requirement_on_its_own(book: DeskBook) -> None:
    until = MONDAY + 9 * DAY

    assert plain_coverage(book, MONDAY, until) == coverage(book, MONDAY, until)

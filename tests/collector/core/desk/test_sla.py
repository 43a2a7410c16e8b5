"""Clocks: what a ledger comes to, and what the writes of a ticket add to it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay_collector.core.desk.calendar import Calendar, Interval, worked
from sickbay_collector.core.desk.sla import (
    Reckoning,
    SlaClock,
    SlaEvent,
    SlaEventKind,
    SlaState,
    SlaTarget,
    around_the_clock,
    clock_of,
    reckon,
)
from sickbay_collector.core.desk.sla_ledger import additions
from sickbay_collector.core.desk.sla_lines import length_words, lines
from sickbay_collector.core.desk.sla_policy import PENDING, SlaBook, SlaPolicy, SlaTerm
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus
from tests.collector.desk_builders import TICKET_ID, a_ticket

# A Friday, one hour before the office closes in Berlin.
FRIDAY = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OFFICE = Calendar(
    calendar_id="office",
    zone_name="Europe/Berlin",
    zone=ZoneInfo("Europe/Berlin"),
    week=(
        *((Interval(begin_min=480, end_min=720), Interval(begin_min=780, end_min=1020)),) * 5,
        (),
        (),
    ),
    holidays={date(2026, 4, 3): "Good Friday", date(2026, 4, 6): "Easter"},
)
CALENDARS = MappingProxyType({"office": OFFICE, "always": around_the_clock()})


def a_policy(
    name: str, priority: Priority, response_h: float | None, resolution_h: float, calendar: str
) -> SlaPolicy:
    terms = {SlaTarget.RESOLUTION: SlaTerm(within_s=resolution_h * 3600, calendar=calendar)}
    if response_h is not None:
        terms[SlaTarget.RESPONSE] = SlaTerm(within_s=response_h * 3600, calendar=calendar)
    return SlaPolicy(
        policy_id=name,
        priorities=frozenset({priority}),
        terms=terms,
        pauses=frozenset(PENDING.values()),
    )


BOOK = SlaBook(
    policies=(
        a_policy("urgent", Priority.URGENT, 0.25, 4, "always"),
        a_policy("high", Priority.HIGH, 1, 8, "office"),
        a_policy("medium", Priority.MEDIUM, 4, 24, "office"),
    ),
    calendars=CALENDARS,
    version="1",
)
NEW = a_ticket(priority=Priority.HIGH, opened_at=FRIDAY)


def written(target: SlaTarget, *writes: tuple[timedelta, Ticket]) -> list[SlaEvent]:
    """Return the ledger after these writes, each so long after the opening."""
    ledger: list[SlaEvent] = []
    before = None
    for later, ticket in writes:
        ledger += additions(ledger, before, ticket, target, BOOK, at=FRIDAY + later)
        before = ticket
    return ledger


def reckoned(ledger: list[SlaEvent], later: timedelta) -> Reckoning:
    found = reckon(ledger, CALENDARS, now=FRIDAY + later)
    assert found is not None
    return found


def kinds(ledger: list[SlaEvent]) -> list[str]:
    return [event.kind.value for event in ledger]


OPENED = (timedelta(0), NEW)
TAKEN = replace(NEW, status=TicketStatus.IN_PROGRESS, acknowledged_at=FRIDAY + MINUTE)
WAITING = replace(NEW, status=TicketStatus.PENDING_USER)
RESOLVED = replace(TAKEN, status=TicketStatus.RESOLVED)
REOPENED = replace(TAKEN, status=TicketStatus.REOPENED)


@pytest.mark.parametrize(
    ("target", "writes", "expected", "state"),
    [
        pytest.param("response", [OPENED], ["start"], "running", id="opened"),
        pytest.param(
            "response", [OPENED, (MINUTE, TAKEN)], ["start", "stop"], "met", id="acknowledged"
        ),
        pytest.param(
            "response",
            [OPENED, (HOUR + MINUTE * 61 * 60, TAKEN)],
            ["start", "stop"],
            "breached",
            id="acknowledged on Monday, an hour was promised",
        ),
        pytest.param(
            "resolution", [OPENED, (MINUTE, TAKEN)], ["start"], "running", id="only acknowledged"
        ),
        pytest.param(
            "resolution",
            [OPENED, (MINUTE, WAITING), (2 * MINUTE, WAITING), (3 * MINUTE, TAKEN)],
            ["start", "pause", "resume"],
            "running",
            id="waited for the user",
        ),
        pytest.param(
            "resolution",
            [OPENED, (MINUTE, TAKEN), (HOUR, RESOLVED), (2 * HOUR, REOPENED)],
            ["start", "stop", "resume"],
            "running",
            id="reopened",
        ),
        pytest.param(
            "response",
            [OPENED, (MINUTE, TAKEN), (HOUR, RESOLVED), (2 * HOUR, REOPENED)],
            ["start", "stop"],
            "met",
            id="reopened after it was answered",
        ),
        pytest.param(
            "response",
            [OPENED, (MINUTE, replace(NEW, status=TicketStatus.RESOLVED))],
            ["start", "stop"],
            "cancelled",
            id="over by itself before anybody had to answer",
        ),
        pytest.param(
            "resolution",
            [OPENED, (MINUTE, replace(NEW, status=TicketStatus.CANCELLED))],
            ["start", "stop"],
            "cancelled",
            id="no fault",
        ),
        pytest.param(
            "resolution",
            [OPENED, (MINUTE, replace(NEW, priority=Priority.LOW))],
            ["start", "stop"],
            "cancelled",
            id="nothing is promised any more",
        ),
        pytest.param(
            "resolution",
            [OPENED, (MINUTE, replace(NEW, priority=Priority.LOW)), (HOUR, TAKEN)],
            ["start", "stop", "resume"],
            "running",
            id="the same is promised again",
        ),
        pytest.param(
            "resolution",
            [
                OPENED,
                (MINUTE, replace(NEW, priority=Priority.LOW)),
                (HOUR, replace(TAKEN, priority=Priority.URGENT)),
            ],
            ["start", "stop", "retarget", "resume"],
            "running",
            id="something else is promised again",
        ),
        pytest.param(
            "resolution",
            [(MINUTE, replace(NEW, priority=Priority.LOW)), (HOUR, TAKEN)],
            ["start"],
            "running",
            id="something is promised later",
        ),
    ],
)
def test_ledger_follows_the_ticket(
    target: str, writes: list[tuple[timedelta, Ticket]], expected: list[str], state: str
) -> None:
    ledger = written(SlaTarget(target), *writes)

    assert expected == kinds(ledger)
    assert state == reckoned(ledger, writes[-1][0]).state


@pytest.mark.parametrize(
    ("late", "outcome"),
    [
        pytest.param(timedelta(0), SlaState.MET, id="at the due time"),
        pytest.param(timedelta(microseconds=1), SlaState.BREACHED, id="a microsecond later"),
    ],
)
def test_the_due_time_itself_is_in_time(late: timedelta, outcome: SlaState) -> None:
    ledger = written(SlaTarget.RESPONSE, OPENED, (HOUR + late, TAKEN))

    assert outcome == ledger[-1].outcome


def test_other_terms_keep_pauses_and_what_was_used() -> None:
    """Half an hour of the office's time was used; then 4 h run around the clock."""
    raised = replace(TAKEN, priority=Priority.URGENT)
    ledger = written(
        SlaTarget.RESOLUTION,
        OPENED,
        (30 * MINUTE, WAITING),
        (90 * MINUTE, TAKEN),
        (HOUR * 24, raised),
    )
    found = reckoned(ledger, HOUR * 25)

    assert kinds(ledger) == ["start", "pause", "resume", "retarget"]
    assert ledger[-1].reason == "priority high -> urgent"
    assert found.used == 90 * MINUTE
    assert found.due_at == FRIDAY + HOUR * 24 + 210 * MINUTE
    assert found.policy == "urgent"


def test_other_terms_while_it_waits_leave_it_waiting() -> None:
    ledger = written(
        SlaTarget.RESOLUTION,
        OPENED,
        (MINUTE, WAITING),
        (HOUR, replace(WAITING, priority=Priority.URGENT)),
    )
    found = reckoned(ledger, 100 * HOUR)

    assert (found.state, found.used, found.due_at) == (SlaState.PAUSED, MINUTE, None)


def test_more_urgent_than_what_is_used_is_late_at_once() -> None:
    """Its due time is the moment at which that much was used."""
    low = replace(NEW, priority=Priority.MEDIUM)
    ledger = written(
        SlaTarget.RESPONSE,
        (timedelta(0), low),
        (90 * MINUTE, replace(low, priority=Priority.URGENT)),
    )
    found = reckoned(ledger, 90 * MINUTE + timedelta(seconds=1))

    assert (found.state, found.due_at) == (SlaState.BREACHED, FRIDAY + 15 * MINUTE)


def test_reopened_clock_goes_on_with_what_was_used() -> None:
    ledger = written(
        SlaTarget.RESOLUTION, OPENED, (40 * MINUTE, RESOLVED), (HOUR * 65 - 2 * HOUR, REOPENED)
    )
    found = reckoned(ledger, HOUR * 64)

    # The clocks were put forward over the weekend: Monday's office opens at 06:00 UTC.
    assert found.used == 40 * MINUTE + HOUR
    assert found.stopped_at is None


def test_policies_that_changed_leave_tickets_their_terms() -> None:
    changed = replace(BOOK, policies=(a_policy("high", Priority.HIGH, 9, 99, "always"),))
    ledger = written(SlaTarget.RESOLUTION, OPENED)

    assert additions(ledger, NEW, TAKEN, SlaTarget.RESOLUTION, changed, at=FRIDAY) == ()


def test_calendar_that_is_gone_counts_around_the_clock() -> None:
    ledger = written(SlaTarget.RESPONSE, OPENED)

    found = reckon(ledger, {}, now=FRIDAY + 30 * MINUTE)

    assert found is not None
    assert found.due_at == FRIDAY + HOUR
    assert "not there any more" in lines(found, {}, now=FRIDAY + MINUTE)[0].text


def test_announcements_are_kept_until_terms_give_more_time() -> None:
    ledger = written(SlaTarget.RESPONSE, OPENED)
    now = FRIDAY + 64 * HOUR
    late = replace(
        _clock(ledger, None, now), warned_at=FRIDAY + HOUR, breached_at=now, next_at=None
    )
    same = _clock(ledger, late, now)
    ledger += additions(
        ledger, NEW, replace(NEW, priority=Priority.MEDIUM), SlaTarget.RESPONSE, BOOK, at=now
    )
    eased = _clock(ledger, late, now)

    assert (same.breached_at, same.next_at, same.state) == (now, None, SlaState.BREACHED)
    assert (eased.breached_at, eased.warned_at) == (None, None)
    assert eased.next_at is not None
    assert eased.next_at > now


def _clock(ledger: list[SlaEvent], before: SlaClock | None, at: datetime) -> SlaClock:
    return clock_of(TICKET_ID, reckoned(ledger, at - FRIDAY), before, at=at, book="1")


def test_empty_ledger_comes_to_nothing() -> None:
    assert reckon([], CALENDARS, now=FRIDAY) is None


@pytest.mark.parametrize(
    ("length", "words"),
    [
        pytest.param(timedelta(0), "0 min", id="none"),
        pytest.param(timedelta(minutes=15), "15 min", id="minutes"),
        pytest.param(timedelta(hours=72), "72 h", id="hours"),
        pytest.param(timedelta(seconds=5425), "1 h 30 min 25 s", id="all"),
    ],
)
def test_lengths_in_words(length: timedelta, words: str) -> None:
    assert words == length_words(length)


STATUSES = st.sampled_from(
    [
        TicketStatus.ASSIGNED,
        TicketStatus.IN_PROGRESS,
        *PENDING.values(),
        TicketStatus.RESOLVED,
        TicketStatus.REOPENED,
    ]
)
STORMS = st.lists(
    st.tuples(
        # Microseconds up to four days, some of them none.
        st.one_of(st.just(0), st.integers(1, 4 * 86_400_000_000)),
        STATUSES,
        st.sampled_from([Priority.URGENT, Priority.HIGH, Priority.MEDIUM]),
    ),
    max_size=25,
)


def _stormy(storm: list[tuple[int, TicketStatus, Priority]]) -> tuple[list[SlaEvent], timedelta]:
    """Return the ledger of a ticket that these writes follow each other on."""
    writes, at = [OPENED], timedelta(0)
    for later, status, priority in storm:
        at += timedelta(microseconds=later)
        writes.append((at, replace(NEW, status=status, priority=priority)))
    return written(SlaTarget.RESOLUTION, *writes), at


def _independently(ledger: list[SlaEvent], until: datetime) -> timedelta:
    """Return what was used by a walk of its own through the ledger."""

    def step(
        so_far: tuple[timedelta, datetime, bool, str], event: SlaEvent
    ) -> tuple[timedelta, datetime, bool, str]:
        used, since, runs, name = so_far
        if runs:
            used += worked(CALENDARS[name], since, event.at)
        moves = {"start": True, "resume": True, "pause": False, "stop": False}
        return used, event.at, moves.get(event.kind, runs), event.calendar or name

    end = SlaEvent(
        ticket_id=TICKET_ID,
        target=SlaTarget.RESOLUTION,
        at=until,
        kind=SlaEventKind.STOP,
        reason="",
        priority=Priority.HIGH,
        policy="",
        calendar="",
        within_s=None,
        outcome=None,
    )
    return reduce(step, [*ledger, end], (timedelta(0), FRIDAY, False, ""))[0]


@settings(max_examples=150)
@given(storm=STORMS, later_us=st.integers(0, 20 * 86_400_000_000))
def test_lines_add_up_in_any_storm_of_pauses(
    storm: list[tuple[int, TicketStatus, Priority]], later_us: int
) -> None:
    """Over weekends, a clock change and holidays, with pauses, other terms and reopenings."""
    ledger, at = _stormy(storm)
    now = at + timedelta(microseconds=later_us)
    found = reckoned(ledger, now)
    shown = lines(found, CALENDARS, now=FRIDAY + now)

    assert found.used == sum((line.counted for line in shown), timedelta(0))
    assert found.used == _independently(ledger, FRIDAY + now)
    assert [line.end for line in shown[:-1]] == [line.begin for line in shown[1:]]
    if shown:
        assert (shown[0].begin, shown[-1].used) == (FRIDAY, found.used)


@settings(max_examples=100)
@given(storm=STORMS, later_us=st.integers(0, 20 * 86_400_000_000))
def test_due_time_does_not_move_while_nothing_happens(
    storm: list[tuple[int, TicketStatus, Priority]], later_us: int
) -> None:
    """And a clock that runs is late exactly when it is past."""
    ledger, at = _stormy(storm)
    one = reckoned(ledger, at)
    other = reckoned(ledger, at + timedelta(microseconds=later_us))

    assert (one.due_at, one.warn_at) == (other.due_at, other.warn_at)
    if other.state is SlaState.RUNNING:
        assert other.used <= other.within
    if other.due_at is not None and other.warn_at is not None:
        assert other.warn_at <= other.due_at

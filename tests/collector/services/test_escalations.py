"""Escalations follow their ticket: they start, page, stop, pause and end with it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.escalation import (
    Audience,
    EscalationPolicy,
    Step,
    StepKind,
)
from sickbay_collector.core.desk.escalation_run import EscalationRun, RunState
from sickbay_collector.core.desk.events import TicketEventKind
from sickbay_collector.core.desk.message import MessageState
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus
from sickbay_collector.core.desk.tier_spec import TierSpec
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.migrate import upgrade
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services import desk as technician
from sickbay_collector.services.acts import Act
from sickbay_collector.services.book.load import load_book
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_attention import MAX_SNOOZE, acknowledge, snooze
from sickbay_collector.services.ticket_writes import insert_ticket, write_ticket
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.timers import Ran, run_due
from tests.collector.desk_builders import NOW, TICKET_ID, a_device, a_ticket
from tests.collector.desk_fakes import FakeDesk
from tests.collector.roster_builders import a_book, a_layer, a_rota, a_technician, every

ON_CALL = Step(kind=StepKind.NOTIFY, audience=Audience.ON_CALL)
MANAGER = Step(kind=StepKind.TELL_MANAGER)
RAISE = Step(kind=StepKind.RAISE_TIER)
ASSIGN = Step(kind=StepKind.ASSIGN, audience=Audience.ON_CALL)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def wait(count: float) -> Step:
    return Step(kind=StepKind.WAIT, wait_s=60 * count)


URGENT = EscalationPolicy(
    id="urgent",
    priorities=frozenset({Priority.URGENT}),
    steps=(ON_CALL, wait(5), ON_CALL, wait(10), MANAGER, wait(15), RAISE, ON_CALL),
)
CALM = EscalationPolicy(id="calm", steps=(wait(60), ON_CALL))


def a_tier(name: str, following: str) -> TierSpec:
    return TierSpec(
        id=name,
        name=name,
        responsibilities=(),
        allowed_actions=(),
        time_limit_s=None,
        next=following,
        queue=f"queue-{name.lower()}",
        triggers=(),
    )


def the_book(*policies: EscalationPolicy) -> DeskBook:
    """Return a desk: ann is on call for L1, cas for L2, and bob is ann's manager."""
    always = every("FREQ=WEEKLY", datetime.fromisoformat("2026-01-01T00:00"))
    book = a_book(
        a_technician("ann", manager="bob"),
        a_technician("bob"),
        a_technician("cas", tiers=("L2",)),
        rotas=[
            a_rota("one", a_layer("week", always, "ann")),
            a_rota("two", a_layer("week", always, "cas"), tier="L2"),
        ],
    )
    return replace(
        book,
        escalations={one.id: one for one in policies},
        tiers={"L1": a_tier("L1", "L2"), "L2": a_tier("L2", "")},
    )


@pytest.fixture
def desk() -> FakeDesk:
    """A desk without tickets."""
    desk = FakeDesk()
    desk.database.book = the_book(URGENT, CALM)
    return desk


def opened(desk: FakeDesk, **fields: object) -> Ticket:
    fields = {"priority": Priority.URGENT, **fields}
    with desk.open() as uow:
        event = insert_ticket(uow, a_ticket(**fields), actor="sickbay", text="opened")
        uow.commit()
    assert event is not None
    return event.after


def play(desk: FakeDesk, at: datetime) -> list[Ran]:
    told: list[Ran] = []
    run_due(desk.database.read, desk.open, HANDLERS, at, lambda _: False, told=told.append)
    assert all(one.ok for one in told)
    return told


def pages(desk: FakeDesk) -> list[tuple[str, datetime]]:
    """Return who was told and when."""
    told = [one for one in desk.messages if one.payload.get("event") == "escalation"]
    return [(one.recipient.partition(":")[2], one.created_at) for one in told]


def the_run(desk: FakeDesk) -> EscalationRun:
    with desk.open() as uow:
        run = uow.escalations.current(TICKET_ID)
    assert run is not None
    return run


def act(desk: FakeDesk, at: datetime = NOW, *, user: str = "mia") -> Act:
    return Act(ticket_id=TICKET_ID, user=user, expected_version=desk.ticket.version, now=at)


def ack(desk: FakeDesk, at: datetime = NOW, *, user: str = "mia") -> Ticket:
    return acknowledge(desk.open, TICKET_ID, user=user, now=at)


def put_off(desk: FakeDesk, until: datetime, *, at: datetime = NOW) -> Ticket:
    return snooze(desk.open, TICKET_ID, user="mia", until=until, reason="a part comes", now=at)


def test_urgent_ticket_pages_until_the_policy_is_over(desk: FakeDesk) -> None:
    opened(desk)
    for minute in range(31):
        play(desk, NOW + minutes(minute))

    assert pages(desk) == [
        ("ann", NOW),
        ("ann", NOW + minutes(5)),
        ("bob", NOW + minutes(15)),
        ("cas", NOW + minutes(30)),
    ]
    assert (desk.ticket.tier, desk.ticket.queue, desk.ticket.tier_raises) == ("L2", "queue-l2", 1)
    assert the_run(desk).state is RunState.EXHAUSTED
    said = [one.text for one in desk.entries]
    assert "Escalation urgent is over and nobody acknowledged" in said
    with desk.open() as uow:
        steps = uow.escalations.steps(TICKET_ID)
    assert [one.kind for one in steps] == [step.kind for step in URGENT.steps if not step.wait_s]
    before = pages(desk)
    play(desk, NOW + timedelta(days=9))
    assert pages(desk) == before


@pytest.mark.parametrize(
    "do",
    [
        pytest.param(
            lambda desk, one: acknowledge(desk.open, TICKET_ID, user="mia", now=one.now),
            id="acknowledge",
        ),
        pytest.param(lambda desk, one: technician.take(desk.open, one), id="take"),
        pytest.param(
            lambda desk, one: technician.resolve(desk.open, one, resolution="done"), id="resolve"
        ),
        pytest.param(
            lambda desk, one: technician.cancel(desk.open, one, reason="no fault"), id="cancel"
        ),
    ],
)
def test_nobody_is_told_after(desk: FakeDesk, do: Callable[[FakeDesk, Act], Ticket]) -> None:
    opened(desk)
    play(desk, NOW)
    do(desk, act(desk, NOW + minutes(1)))
    before = pages(desk)

    for minute in range(60):
        play(desk, NOW + minutes(minute))

    assert pages(desk) == before == [("ann", NOW)]
    assert the_run(desk).state in {RunState.ACKED, RunState.ENDED}


def test_page_that_did_not_go_out_is_taken_back(desk: FakeDesk) -> None:
    """What waits for a quiet night's end, or for its channel, is not told any more."""
    opened(desk)
    play(desk, NOW)

    ack(desk, NOW + minutes(1))

    (page,) = [one for one in desk.messages if one.payload.get("event") == "escalation"]
    assert page.state is MessageState.WITHDRAWN
    with desk.open() as uow:
        (record,) = uow.deliveries.of_ticket(TICKET_ID)
        claims = uow.outbox.claim(limit=9, now=NOW + minutes(9), until=NOW + minutes(10))
    assert page.key not in {one.message.key for one in claims}
    assert (record.key, record.state) == (page.key, MessageState.WITHDRAWN)
    assert record.reason == "not sent: mia takes care of it"


def test_acknowledgement_is_on_the_ticket(desk: FakeDesk) -> None:
    opened(desk)
    at = NOW + minutes(1)

    ticket = ack(desk, at)

    assert (ticket.acknowledged_at, ticket.acknowledged_by) == (at, "mia")
    assert ticket.status is TicketStatus.NEW
    assert (the_run(desk).acked_by, the_run(desk).acked_at) == ("mia", at)
    assert desk.entries[-1].event == "acknowledged"


def test_second_acknowledgement_is_a_line_in_the_worklog(desk: FakeDesk) -> None:
    opened(desk)
    first = ack(desk)
    second = ack(desk, NOW + minutes(1), user="zoe")

    assert first == second
    assert the_run(desk).acked_by == "mia"
    assert desk.entries[-1].text == "zoe takes care of it"


def test_snooze_holds_the_escalation_and_ends_by_itself(desk: FakeDesk) -> None:
    opened(desk)
    play(desk, NOW)
    until = NOW + minutes(62)
    put_off(desk, until, at=NOW + minutes(2))
    assert desk.ticket.snoozed_until == until
    for minute in range(70):
        play(desk, NOW + minutes(minute))

    assert desk.ticket.snoozed_until is None
    assert pages(desk) == [("ann", NOW), ("ann", NOW + minutes(65))]
    events = [one.event for one in desk.entries]
    assert [one for one in events if "snooze" in one] == ["snoozed", "snooze_over"]


def test_ticket_that_was_snoozed_and_resolved_pages_when_it_is_reopened(desk: FakeDesk) -> None:
    opened(desk)
    put_off(desk, NOW + minutes(600))
    technician.resolve(desk.open, act(desk, NOW + minutes(1)), resolution="Freed space.")
    assert desk.ticket.snoozed_until is None

    technician.reopen(desk.open, act(desk, NOW + minutes(2)), reason="It is back.")
    play(desk, NOW + minutes(2))

    assert pages(desk) == [("ann", NOW + minutes(2))]


def test_later_snooze_replaces_the_first(desk: FakeDesk) -> None:
    opened(desk)
    put_off(desk, NOW + minutes(5))
    put_off(desk, NOW + minutes(9))
    play(desk, NOW + minutes(5))
    assert pages(desk) == []
    play(desk, NOW + minutes(9))

    assert desk.ticket.snoozed_until is None
    assert pages(desk) == [("ann", NOW + minutes(9))]


@pytest.mark.parametrize(
    ("until", "error"),
    [
        pytest.param(NOW + MAX_SNOOZE, None, id="seven days"),
        pytest.param(NOW + MAX_SNOOZE + timedelta(seconds=1), InvalidError, id="longer"),
        pytest.param(NOW, InvalidError, id="now"),
    ],
)
def test_snooze_is_limited(desk: FakeDesk, until: datetime, error: type[Exception] | None) -> None:
    opened(desk)
    if error is None:
        assert put_off(desk, until).snoozed_until == until
        return
    with pytest.raises(error, match="must lie within 7 days"):
        put_off(desk, until)


def test_what_is_over_cannot_be_acknowledged_or_snoozed(desk: FakeDesk) -> None:
    opened(desk)
    technician.resolve(desk.open, act(desk), resolution="done")

    with pytest.raises(ConflictError, match="resolved cannot be acknowledged"):
        ack(desk)
    with pytest.raises(ConflictError, match="resolved cannot be snoozed"):
        put_off(desk, NOW + minutes(1))
    with pytest.raises(NotFoundError, match="there is no ticket 'x'"):
        acknowledge(desk.open, TicketId("x"), user="mia", now=NOW)


def test_change_of_the_policy_changes_nothing_that_runs(desk: FakeDesk) -> None:
    opened(desk)
    desk.database.book = the_book(replace(URGENT, steps=(MANAGER,)))
    for minute in range(6):
        play(desk, NOW + minutes(minute))

    assert pages(desk) == [("ann", NOW), ("ann", NOW + minutes(5))]


def test_higher_priority_starts_its_own_policy(desk: FakeDesk) -> None:
    opened(desk, priority=Priority.MEDIUM)
    with desk.open() as uow:
        before = desk.ticket
        write_ticket(
            uow,
            before,
            replace(before, priority=Priority.URGENT),
            kind=TicketEventKind.NOTE,
            actor="mia",
            text="worse",
            at=NOW + minutes(3),
        )
        uow.commit()
    play(desk, NOW + minutes(3))

    run = the_run(desk)
    assert (run.policy, run.run) == ("urgent", 2)
    assert pages(desk) == [("ann", NOW + minutes(3))]
    assert desk.database.data.runs[TICKET_ID, 1].end_reason == "replaced by urgent"


def test_higher_priority_of_an_acknowledged_ticket_pages_nobody(desk: FakeDesk) -> None:
    opened(desk, priority=Priority.MEDIUM)
    ack(desk)
    with desk.open() as uow:
        before = desk.ticket
        write_ticket(
            uow,
            before,
            replace(before, priority=Priority.URGENT),
            kind=TicketEventKind.NOTE,
            actor="mia",
            text="worse",
            at=NOW,
        )
        uow.commit()

    play(desk, NOW + timedelta(days=1))
    assert pages(desk) == []


def test_reopened_ticket_is_escalated_anew(desk: FakeDesk) -> None:
    opened(desk)
    technician.resolve(desk.open, act(desk), resolution="done")
    technician.reopen(desk.open, act(desk, NOW + minutes(9)), reason="again")
    play(desk, NOW + minutes(9))
    assert pages(desk) == [("ann", NOW + minutes(9))]

    ack(desk, NOW + minutes(10))
    assert (the_run(desk).run, the_run(desk).state) == (2, RunState.ACKED)


def test_policy_without_steps_and_a_book_without_policies_start_nothing(desk: FakeDesk) -> None:
    desk.database.book = the_book(EscalationPolicy(id="low"))
    opened(desk)

    assert desk.database.data.runs == {}
    assert ("escalation", TICKET_ID) not in desk.database.data.timers


def test_where_nobody_is_on_call_the_team_is_told(desk: FakeDesk) -> None:
    desk.database.book = replace(desk.database.book, rotas={})
    opened(desk)
    for minute in range(16):
        play(desk, NOW + minutes(minute))

    with desk.open() as uow:
        told = [step.told for step in uow.escalations.steps(TICKET_ID)]
    assert told == [("team:L1",), ("team:L1",), ()]
    assert "nobody is on call for L1" in desk.entries[1].text
    assert "told nobody: nobody has no manager to tell" in desk.entries[-1].text


def test_assignment_and_last_tier(desk: FakeDesk) -> None:
    desk.database.book = the_book(
        EscalationPolicy(id="p", steps=(ASSIGN, wait(1), ASSIGN, RAISE, wait(1), RAISE))
    )
    opened(desk)
    for minute in range(3):
        play(desk, NOW + minutes(minute))

    assert (desk.ticket.assignee, desk.ticket.status) == ("cas", TicketStatus.ASSIGNED)
    with desk.open() as uow:
        texts = [one.text for one in uow.escalations.steps(TICKET_ID)]
    assert texts == [
        "Assigned to ann by escalation p, step 1 of 6",
        "ann has it already",
        "Raised from L1 to L2: nobody acknowledged it in time",
        "no tier is above L2",
    ]


def test_default_set_pages_somebody_for_urgent_and_lets_low_rest(tmp_path: Path) -> None:
    desk = FakeDesk()
    desk.database.book = load_book([tmp_path])
    opened(desk, priority=Priority.LOW)
    assert desk.database.data.runs == {}

    opened(desk, priority=Priority.URGENT, ticket_id=TicketId("urgent"), family="other")
    for minute in range(31):
        play(desk, NOW + minutes(minute))
    assert [who for who, _ in pages(desk)] == ["L1", "L1", "L2"]


class KilledError(BaseException):
    """The process dies here."""


def _dying(open_uow: OpenUnitOfWork, lives: list[int]) -> OpenUnitOfWork:
    """Return units of work that die at one of their commits, just before or just after it."""

    @contextmanager
    def opened(
        *, within_s: float | None = None, reach: Reach | None = None
    ) -> Iterator[UnitOfWork]:
        with open_uow(within_s=within_s, reach=reach) as uow:
            real = uow.commit

            def commit() -> None:
                lives[0] -= 1
                if lives[0] == 0:
                    raise KilledError
                real()
                lives[0] -= 1
                if lives[0] == 0:
                    raise KilledError

            uow.commit = commit  # type: ignore[method-assign]
            yield uow

    return opened


def _played(empty: Path, kill_at: int) -> list[tuple[str, datetime]]:
    """Play half an hour in a database file; the process dies at that moment and starts again."""
    file = shutil.copy(empty, empty.with_name(f"{kill_at}.db"))
    lives, url = [kill_at], f"sqlite:///{file}"
    engine = open_engine(url)
    with open_unit_of_work(engine, book=lambda: the_book(URGENT))() as uow:
        uow.devices.add(a_device())
        insert_ticket(uow, a_ticket(priority=Priority.URGENT), actor="sickbay", text="opened")
        uow.commit()
    for minute in range(32):
        for _ in range(2):
            open_uow = open_unit_of_work(engine, book=lambda: the_book(URGENT))
            reads = open_read_only(engine, book=lambda: the_book(URGENT))
            at = NOW + minutes(minute)
            try:
                run_due(reads, _dying(open_uow, lives), HANDLERS, at, lambda _: False, told=_ignore)
                break
            except KilledError:
                engine.dispose()
                engine = open_engine(url)
    with open_unit_of_work(engine)() as uow:
        assert [one.position for one in uow.escalations.steps(TICKET_ID)] == [0, 2, 4, 6, 7]
        sent = uow.outbox.claim(limit=1000, now=NOW + timedelta(days=1), until=NOW)
        found = [
            (one.message.recipient, one.message.created_at)
            for one in sent
            if one.message.payload.get("event") == "escalation"
        ]
    engine.dispose()
    return found


def _ignore(_ran: Ran) -> None:
    return None


def test_killed_at_any_moment_every_step_is_done_once(tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    engine = open_engine(f"sqlite:///{empty}")
    upgrade(engine)
    engine.dispose()
    undisturbed = _played(empty, 0)

    assert sorted(undisturbed) == [
        ("technician:ann", NOW),
        ("technician:ann", NOW + minutes(5)),
        ("technician:bob", NOW + minutes(15)),
        ("technician:cas", NOW + minutes(30)),
    ]
    for kill_at in range(1, 10):
        assert _played(empty, kill_at) == undisturbed, kill_at

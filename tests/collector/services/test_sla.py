"""Clocks follow tickets through every use case, and are swept exactly once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sickbay_collector.core.alerts.change import ChangeKind
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.sla import SlaClock, SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import Priority, TicketStatus
from sickbay_collector.core.desk.transitions import TicketAction
from sickbay_collector.services import desk
from sickbay_collector.services.desk import Act
from sickbay_collector.services.sla_files import load_sla
from sickbay_collector.services.sla_lookups import most_pressing, sla_detail
from sickbay_collector.services.sla_sweep import AT_ONCE, recount, sweep
from sickbay_collector.services.ticket_writes import insert_ticket
from sickbay_collector.services.triage import apply_alert_changes
from tests.collector.desk_builders import DEVICE_ID, a_change, a_device, a_rule, a_ticket
from tests.collector.desk_fakes import FakeDesk

# A Monday.
OPENED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bay() -> FakeDesk:
    """A desk with the default promises."""
    made = FakeDesk()
    made.database.book = DeskBook(sla=load_sla([], today=date(2026, 11, 22)))
    return made


def open_ticket(bay: FakeDesk, **fields: object) -> None:
    with bay.open() as uow:
        ticket = a_ticket(opened_at=OPENED, **fields)
        insert_ticket(uow, ticket, actor="sickbay", text="opened")
        uow.commit()


def clocks(bay: FakeDesk) -> dict[SlaTarget, SlaClock]:
    return {target: clock for (_, target), clock in bay.database.data.clocks.items()}


def act(bay: FakeDesk, later: timedelta) -> Act:
    return Act(
        ticket_id=bay.ticket.ticket_id,
        user="ada",
        expected_version=bay.ticket.version,
        now=OPENED + later,
    )


def swept(bay: FakeDesk, later: timedelta) -> int:
    return sweep(bay.database.read, bay.open, OPENED + later, lambda _: False)


def test_alert_that_opens_a_ticket_starts_its_clocks_in_the_same_transaction(
    bay: FakeDesk,
) -> None:
    rule = a_rule()
    with bay.open() as uow:
        changes = [a_change(ChangeKind.OPENED, rule=rule)]
        apply_alert_changes(uow, a_device(), changes, now=OPENED, new_id=bay.new_id)
        uow.commit()

    found = clocks(bay)
    assert bay.ticket.priority is Priority.MEDIUM
    assert found[SlaTarget.RESPONSE].due_at == OPENED + 4 * HOUR
    # Three days of nine hours: 8 on Monday, 9 on Tuesday, 7 on Wednesday.
    assert found[SlaTarget.RESOLUTION].due_at == datetime(2026, 11, 25, 15, tzinfo=UTC)


def test_a_day_at_the_desk(bay: FakeDesk) -> None:
    open_ticket(bay, priority=Priority.HIGH)
    desk.take(bay.open, act(bay, 30 * MINUTE))
    desk.wait(bay.open, act(bay, HOUR), TicketAction.WAIT_FOR_VENDOR, reason="A part.")
    waiting = clocks(bay)[SlaTarget.RESOLUTION]
    desk.take(bay.open, act(bay, 5 * HOUR))
    desk.resolve(bay.open, act(bay, 6 * HOUR), resolution="Changed it.")
    found = clocks(bay)

    assert (waiting.state, waiting.due_at, waiting.next_at) == (SlaState.PAUSED, None, None)
    assert found[SlaTarget.RESPONSE].stopped_at == OPENED + 30 * MINUTE
    assert {clock.state for clock in found.values()} == {SlaState.MET}
    with bay.database.read() as uow:
        detail = sla_detail(uow, bay.ticket.ticket_id, now=OPENED + 99 * HOUR)
    assert detail[1].reckoning.used == 2 * HOUR


def test_warned_at_three_quarters_and_escalated_past_the_due_time_once_each(
    bay: FakeDesk,
) -> None:
    open_ticket(bay, priority=Priority.URGENT)
    early = swept(bay, timedelta(minutes=11, seconds=15))
    warned = swept(bay, timedelta(minutes=11, seconds=16)), swept(bay, 12 * MINUTE)
    at_due = swept(bay, 15 * MINUTE)
    late = swept(bay, 15 * MINUTE + timedelta(seconds=1)), swept(bay, 16 * MINUTE)

    assert (early, warned, at_due, late) == (0, (1, 0), 0, (1, 0))
    assert [entry.event for entry in bay.entries] == ["opened", "sla_warned", "sla_breached"]
    assert bay.entries[1].text == (
        "Response is due by 2026-11-23 09:15 UTC: 75 % of 15 min by policy urgent are used"
    )
    told = [message for message in bay.messages if "target" in message.payload]
    assert [message.payload["event"] for message in told] == ["sla_warned", "sla_breached"]
    assert told[1].payload["due_at"] == "2026-11-23T09:15:00+00:00"
    assert clocks(bay)[SlaTarget.RESPONSE].state is SlaState.BREACHED


def test_collector_that_was_down_over_both_times_tells_only_of_the_breach(bay: FakeDesk) -> None:
    open_ticket(bay, priority=Priority.URGENT)

    count = swept(bay, 9 * HOUR)

    assert count == 2
    assert [entry.event for entry in bay.entries] == ["opened", "sla_breached", "sla_breached"]


def test_sweep_takes_all_that_is_due_in_short_transactions(bay: FakeDesk) -> None:
    with bay.open() as uow:
        for number in range(AT_ONCE + 1):
            ticket = a_ticket(
                ticket_id=f"t{number}", family=None, priority=Priority.URGENT, opened_at=OPENED
            )
            insert_ticket(uow, ticket, actor="sickbay", text="opened")
        uow.commit()

    assert swept(bay, 20 * MINUTE) == AT_ONCE + 1


def test_stopped_and_waiting_clocks_are_left_alone(bay: FakeDesk) -> None:
    open_ticket(bay, priority=Priority.URGENT)
    desk.take(bay.open, act(bay, MINUTE))
    desk.wait(bay.open, act(bay, 2 * MINUTE), TicketAction.WAIT_FOR_USER, reason="Asked her.")

    assert swept(bay, 999 * HOUR) == 0


def test_calendars_that_changed_move_due_times(bay: FakeDesk) -> None:
    open_ticket(bay, priority=Priority.HIGH)
    before = clocks(bay)[SlaTarget.RESOLUTION].due_at
    office = bay.database.book.sla.calendars["business"]
    shut = replace(office, holidays={date(2026, 11, 23): "closed", date(2026, 11, 24): "closed"})
    calendars = {**bay.database.book.sla.calendars, "business": shut}
    changed = replace(bay.database.book.sla, calendars=calendars, version="other")
    bay.database.book = DeskBook(sla=changed)

    counts = [recount(bay.open, OPENED + MINUTE, lambda _: False) for _ in range(2)]

    assert before == OPENED + 8 * HOUR
    assert counts == [2, 0]
    assert clocks(bay)[SlaTarget.RESOLUTION].due_at == datetime(2026, 11, 25, 16, tzinfo=UTC)


def test_desk_that_promises_nothing_keeps_no_clocks() -> None:
    bay = FakeDesk()
    open_ticket(bay)
    desk.take(bay.open, act(bay, MINUTE))

    assert bay.database.data.ledger == ()
    assert clocks(bay) == {}


@pytest.mark.parametrize(
    ("changes", "target", "state"),
    [
        pytest.param([], SlaTarget.RESPONSE, SlaState.RUNNING, id="due first"),
        pytest.param(["take"], SlaTarget.RESOLUTION, SlaState.RUNNING, id="answered"),
        pytest.param(["take", "wait"], SlaTarget.RESOLUTION, SlaState.PAUSED, id="waiting"),
        pytest.param(["take", "resolve"], SlaTarget.RESOLUTION, SlaState.MET, id="resolved"),
    ],
)
def test_the_clock_that_presses_most(
    bay: FakeDesk, changes: list[str], target: SlaTarget, state: SlaState
) -> None:
    open_ticket(bay, priority=Priority.HIGH)
    for change in changes:
        doing = act(bay, MINUTE)
        if change == "take":
            desk.take(bay.open, doing)
        elif change == "wait":
            desk.wait(bay.open, doing, TicketAction.WAIT_FOR_USER, reason="Asked her.")
        else:
            desk.resolve(bay.open, doing, resolution="Done.")

    found = most_pressing(clocks(bay).values())

    assert (found.target, found.state) == (target, state)


def test_ticket_from_before_there_were_clocks_stays_without(bay: FakeDesk) -> None:
    bay.put(a_ticket(status=TicketStatus.NEW, device_id=DEVICE_ID))
    desk.take(bay.open, act(bay, MINUTE))

    assert clocks(bay) == {}

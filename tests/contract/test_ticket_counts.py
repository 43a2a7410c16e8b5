"""Tickets are counted by queue and by status alike, wherever they are kept."""

from datetime import timedelta

import pytest

from sickbay_collector.core.desk.queue_count import QueueCount
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus
from sickbay_collector.core.desk.ticket_search import TicketFilter
from sickbay_collector.core.desk.transitions import ACTIVE, OPEN
from tests.contract.conftest import Stores
from tests.contract.records import NOW, a_clock, a_ticket

_LOOSE = {"device_id": None, "family": None}
_USUAL = {**_LOOSE, "opened_at": NOW, "assignee": "", "tier": "L1", "queue": "service-desk"}


@pytest.fixture
def filled(stores: Stores) -> Stores:
    """Four tickets that wait in two queues, and one that is over."""
    with stores.open() as uow:
        rows: tuple[dict[str, object], ...] = (
            {"assignee": "ada", "priority": Priority.HIGH},
            {"opened_at": NOW - timedelta(hours=5), "priority": Priority.LOW},
            {"status": TicketStatus.RESOLVED, "assignee": "ada"},
            {"tier": "L2", "queue": "hardware", "assignee": "ben"},
            {"status": TicketStatus.CLOSED},
        )
        for number, fields in enumerate(rows):
            plain: dict[str, object] = {**_USUAL, **fields}
            plain.setdefault("priority", Priority.URGENT)
            assert uow.tickets.insert_open(a_ticket(f"00{number}", **plain)) is not None
        uow.commit()
    return stores


def test_what_waits_is_counted_by_queue(filled: Stores) -> None:
    with filled.read() as uow:
        found = uow.ticket_counts.queues(TicketFilter(statuses=ACTIVE), user="ada", now=NOW)

    assert sorted(found, key=lambda one: str(one.tier)) == [
        QueueCount(
            tier="L1",
            queue="service-desk",
            waiting=2,
            unassigned=1,
            mine=1,
            pressing=1,
            late=0,
            oldest_at=NOW - timedelta(hours=5),
        ),
        QueueCount(
            tier="L2",
            queue="hardware",
            waiting=1,
            unassigned=0,
            mine=0,
            pressing=1,
            late=0,
            oldest_at=NOW,
        ),
    ]


def test_tickets_are_counted_by_status_behind_a_filter(filled: Stores) -> None:
    with filled.read() as uow:
        found = uow.ticket_counts.statuses(TicketFilter(statuses=OPEN, assignee="ada"))

        assert found == {TicketStatus.NEW: 1, TicketStatus.RESOLVED: 1}
        assert uow.ticket_counts.statuses(TicketFilter(queues=frozenset({"none"}))) == {}


@pytest.mark.parametrize("stores", ["sqlite", "postgresql"], indirect=True)
def test_a_clock_past_its_due_time_makes_a_ticket_late_once(stores: Stores) -> None:
    """However many clocks are; one that is due right now is not yet."""
    with stores.open() as uow:
        for number, ago in (("001", 1), ("002", 0)):
            stored = uow.tickets.insert_open(a_ticket(number, **_LOOSE))
            assert isinstance(stored, Ticket)
            uow.sla.save(a_clock(stored, due_at=NOW - timedelta(seconds=ago)))
        uow.commit()
    with stores.read() as uow:
        found = uow.ticket_counts.queues(TicketFilter(statuses=ACTIVE), user="", now=NOW)

    assert [one.late for one in found] == [1]

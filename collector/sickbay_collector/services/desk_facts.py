"""Writes down what counts of a ticket, inside the transaction that writes it. Never commits."""

from datetime import datetime

from sickbay_collector.core.desk.events import TicketEvent
from sickbay_collector.core.desk.fact import facts_of
from sickbay_collector.core.desk.sla import SlaTarget, reckon
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.services.ports import UnitOfWork


def keep_facts(uow: UnitOfWork, event: TicketEvent) -> None:
    """Append what counts of an event to the desk's ledger; to be called after the clocks."""
    after = event.after
    sla_s = _used_s(uow, after, event.at) if after.status is TicketStatus.RESOLVED else None
    uow.facts.append(facts_of(event, sla_s=sla_s))


def _used_s(uow: UnitOfWork, ticket: Ticket, now: datetime) -> float | None:
    events = uow.sla.events(ticket.ticket_id)
    mine = [event for event in events if event.target is SlaTarget.RESOLUTION]
    found = reckon(mine, uow.sla.book.calendars, now=now)
    return None if found is None else found.used.total_seconds()

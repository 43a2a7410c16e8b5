"""Tickets like one: how it went the last times.

Alike is what the same family of rules opened, or, where none did, what has the same category and
part of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.ticket_search import FoundTicket, TicketFilter, TicketOrder
from sickbay_collector.services.ports import UnitOfWork

LOOKS_BACK = timedelta(days=90)
"""What is older happened to other devices with other software."""
SHOWN = 20


def similar_tickets(
    uow: UnitOfWork, ticket: Ticket, *, now: datetime, limit: int = SHOWN
) -> Sequence[FoundTicket]:
    """Return tickets of the last 90 days that are like this one, newest first."""
    wanted = TicketFilter(
        family=ticket.family or "",
        categories=frozenset({ticket.category}),
        subcategory="" if ticket.family else ticket.subcategory,
        opened_since=now - LOOKS_BACK,
    )
    found = uow.tickets.search(wanted, TicketOrder.OPENED, limit=limit + 1)
    return [one for one in found if one.ticket.ticket_id != ticket.ticket_id][:limit]

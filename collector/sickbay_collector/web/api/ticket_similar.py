"""`/api/v1/tickets/{ticket}/similar`: how it went the last times."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter

from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.desk.ticket_search import FoundTicket
from sickbay_collector.services.similar import similar_tickets
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.base import Schema
from sickbay_collector.web.api.ticket_answer import READ, Name
from sickbay_collector.web.auth import TicketsRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets", tags=["tickets"])


class SimilarTicket(Schema):
    """A ticket that is like another, and what solved it."""

    ticket_id: str
    number: int
    status: TicketStatus
    title: str
    hostname: str
    """Empty where no device is concerned."""
    assignee: str
    opened_at: datetime
    resolved_at: datetime | None
    resolution: str
    """Empty while it is not resolved."""
    cause_code: str
    resolution_code: str

    @classmethod
    def of(cls, found: FoundTicket) -> Self:
        """Return a ticket as a line."""
        names = [name for name in cls.model_fields if name != "hostname"]
        plain = {name: getattr(found.ticket, name) for name in names}
        return cls.model_validate({**plain, "hostname": found.hostname})


class SimilarTickets(Schema):
    """What is like a ticket, newest first."""

    items: tuple[SimilarTicket, ...]


@router.get("/{ticket}/similar", responses={**READ})
def get_similar_tickets(context: Context, _principal: TicketsRead, ticket: Name) -> SimilarTickets:
    """Show up to 20 tickets of the last 90 days like this one.

    Alike is what has its family and category; without a family, its category and part of it.
    """
    with context.open_reads() as uow:
        found = similar_tickets(uow, find_ticket(uow, ticket), now=context.clock())
    return SimilarTickets(items=tuple(SimilarTicket.of(row) for row in found))

"""`/api/v1/tickets/{ticket}/history`: its evidence over time, before and after."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from sickbay_collector.services.device_history import MAX_POINTS
from sickbay_collector.services.ticket_history import ticket_history
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.base import Body, Schema
from sickbay_collector.web.api.schemas import History
from sickbay_collector.web.api.ticket_answer import READ, Name
from sickbay_collector.web.auth import TicketsRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets", tags=["tickets"])


class TicketHistoryQuery(Body):
    """How finely."""

    points: Annotated[int, Field(ge=1, le=MAX_POINTS)] = 200
    """Points of one series, at most."""


class TicketMark(Schema):
    """A moment of a ticket's life."""

    at: datetime
    what: str
    """`first sign`, `opened` or `resolved`."""


class TicketHistorySchema(History):
    """What a ticket's device measured around it, of what the ticket has evidence of."""

    marks: tuple[TicketMark, ...]
    """In order of time."""


@router.get("/{ticket}/history", responses={**READ})
def get_ticket_history(
    context: Context,
    _principal: TicketsRead,
    ticket: Name,
    query: Annotated[TicketHistoryQuery, Query()],
) -> TicketHistorySchema:
    """Show up to three series of the evidence, from a day before its first sign.

    Until a day after the resolution, or now.
    """
    with context.open_reads() as uow:
        found = ticket_history(
            uow, find_ticket(uow, ticket), now=context.clock(), max_points=query.points
        )
    return TicketHistorySchema.model_validate(found)

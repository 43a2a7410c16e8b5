"""`/api/v1/tickets/{ticket}/presence`: who else has a ticket open."""

from datetime import datetime

from fastapi import APIRouter

from sickbay_collector.services.presence import look, others_at
from sickbay_collector.services.presence_ports import Presence
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.base import Body, Schema
from sickbay_collector.web.api.ticket_answer import ADD, READ, Name
from sickbay_collector.web.auth import TicketsRead, TicketsWork
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets", tags=["tickets"])


class PresenceBody(Body):
    """That somebody looks at a ticket."""

    is_writing: bool = False
    """Whether something is being written that was not sent yet."""


class PresenceSchema(Schema):
    """Somebody who has a ticket open."""

    login: str
    seen_at: datetime
    is_writing: bool


class PresenceList(Schema):
    """Who else has a ticket open, by login."""

    items: tuple[PresenceSchema, ...]


@router.get("/{ticket}/presence", responses={**READ})
def get_presence(context: Context, principal: TicketsRead, ticket: Name) -> PresenceList:
    """Show who else has a ticket open now."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
        others = others_at(uow, found.ticket_id, user=principal.user, now=context.clock())
    return PresenceList(items=tuple(PresenceSchema.model_validate(one) for one in others))


@router.put("/{ticket}/presence", responses={**ADD})
def put_presence(
    context: Context, principal: TicketsWork, ticket: Name, body: PresenceBody
) -> PresenceList:
    """Say for the next minute that one looks at a ticket; the answer is who else does."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
    mine = Presence(
        ticket_id=found.ticket_id,
        login=principal.user,
        seen_at=context.clock(),
        is_writing=body.is_writing,
    )
    others = look(context.open_writes, mine)
    return PresenceList(items=tuple(PresenceSchema.model_validate(one) for one in others))

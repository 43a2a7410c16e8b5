"""`/api/v1/tickets/{ticket}`: who takes care of it, and who is told while nobody does."""

from datetime import timedelta

from fastapi import APIRouter

from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.escalation_lookups import escalation_detail
from sickbay_collector.services.ticket_attention import acknowledge, snooze
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.escalation_schema import SnoozeBody, TicketEscalation
from sickbay_collector.web.api.ticket_answer import ADD, READ, Name
from sickbay_collector.web.auth import TicketsRead, TicketsWork
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/tickets", tags=["tickets"])


@router.get("/{ticket}/escalation", responses={**READ})
def get_ticket_escalation(
    context: Context, _principal: TicketsRead, ticket: Name
) -> TicketEscalation:
    """Show which steps were done for a ticket, and which are to come when."""
    return _answer(context, ticket)


@router.post("/{ticket}/acknowledge", responses={**ADD})
def post_acknowledge(context: Context, principal: TicketsWork, ticket: Name) -> TicketEscalation:
    """Take care of a ticket: nobody is told of it any more. Its ETag is not asked for."""
    acknowledge(
        context.open_writes, _find(context, ticket), user=principal.user, now=context.clock()
    )
    return _answer(context, ticket)


@router.post("/{ticket}/snooze", responses={**ADD})
def post_snooze(
    context: Context, principal: TicketsWork, ticket: Name, body: SnoozeBody
) -> TicketEscalation:
    """Put a ticket off, for seven days at most; its escalation goes on by itself."""
    now = context.clock()
    snooze(
        context.open_writes,
        _find(context, ticket),
        user=principal.user,
        until=body.until or now + timedelta(seconds=body.for_s or 0.0),
        reason=body.reason,
        now=now,
    )
    return _answer(context, ticket)


def _find(context: WebContext, name: str) -> TicketId:
    with context.open_reads() as uow:
        return find_ticket(uow, name).ticket_id


def _answer(context: WebContext, name: str) -> TicketEscalation:
    with context.open_reads() as uow:
        found = find_ticket(uow, name)
        return TicketEscalation.of(found, escalation_detail(uow, found), context.clock())

"""`/api/v1/tickets/{ticket}`: why it is where it is, and handing it on."""

from fastapi import APIRouter

from sickbay_collector.services.hand_over import escalate_ticket, reroute_ticket
from sickbay_collector.services.routing_lookups import routing_detail
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.routing_schema import EscalateBody, RerouteBody, TicketRouting
from sickbay_collector.web.api.ticket_answer import (
    READ,
    WRITE,
    Name,
    Writing,
)
from sickbay_collector.web.api.ticket_schema import TicketDetailSchema
from sickbay_collector.web.auth import TicketsRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets", tags=["tickets"])


@router.get("/{ticket}/routing", responses={**READ})
def get_ticket_routing(context: Context, _principal: TicketsRead, ticket: Name) -> TicketRouting:
    """Show why a ticket is in its tier, and how each technician was weighed or refused."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
        return TicketRouting.of(found, routing_detail(uow, found, now=context.clock()))


@router.post("/{ticket}/escalate", responses={**WRITE})
def post_escalate(write: Writing, body: EscalateBody) -> TicketDetailSchema:
    """Hand a ticket to the next tier, and say whether skill, access or time is missing.

    The whole worklog goes along, and its clocks go on.
    """
    return write.done(
        lambda open_uow, act: (
            escalate_ticket(open_uow, act, missing=body.missing, reason=body.reason)[-1].after
        )
    )


@router.post("/{ticket}/reroute", responses={**WRITE})
def post_reroute(write: Writing, body: RerouteBody) -> TicketDetailSchema:
    """Route a ticket anew, by the rules in force and what is known of it by now."""
    return write.done(
        lambda open_uow, act: reroute_ticket(open_uow, act, reason=body.reason)[-1].after
    )

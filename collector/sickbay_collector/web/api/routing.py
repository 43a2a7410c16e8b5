"""`/api/v1/tickets/{ticket}`: why it is where it is, and handing it on."""

from fastapi import APIRouter, Response

from sickbay_collector.services.hand_over import escalate_ticket, reroute_ticket
from sickbay_collector.services.routing_lookups import routing_detail
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.routing_schema import EscalateBody, RerouteBody, TicketRouting
from sickbay_collector.web.api.ticket_answer import (
    READ,
    WRITE,
    IfMatch,
    Name,
    answer,
    carry_out,
)
from sickbay_collector.web.api.ticket_schema import TicketDetailSchema
from sickbay_collector.web.auth import Reader, Technician
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets", tags=["tickets"])


@router.get("/{ticket}/routing", responses={**READ})
def get_ticket_routing(context: Context, _principal: Reader, ticket: Name) -> TicketRouting:
    """Show why a ticket is in its tier, and how each technician was weighed or refused."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
        return TicketRouting.of(found, routing_detail(uow, found, now=context.clock()))


@router.post("/{ticket}/escalate", responses={**WRITE})
def post_escalate(
    context: Context,
    principal: Technician,
    response: Response,
    ticket: Name,
    body: EscalateBody,
    if_match: IfMatch = None,
) -> TicketDetailSchema:
    """Hand a ticket to the next tier, and say whether skill, access or time is missing.

    The whole worklog goes along, and its clocks go on.
    """
    after = carry_out(
        context,
        principal,
        ticket,
        if_match,
        lambda act: (
            escalate_ticket(context.open_writes, act, missing=body.missing, reason=body.reason)[
                -1
            ].after
        ),
    )
    return answer(context, response, after.ticket_id)


@router.post("/{ticket}/reroute", responses={**WRITE})
def post_reroute(
    context: Context,
    principal: Technician,
    response: Response,
    ticket: Name,
    body: RerouteBody,
    if_match: IfMatch = None,
) -> TicketDetailSchema:
    """Route a ticket anew, by the rules in force and what is known of it by now."""
    after = carry_out(
        context,
        principal,
        ticket,
        if_match,
        lambda act: reroute_ticket(context.open_writes, act, reason=body.reason)[-1].after,
    )
    return answer(context, response, after.ticket_id)

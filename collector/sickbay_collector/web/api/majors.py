"""`/api/v1/tickets/{ticket}`: major incidents, their updates and who hears of them."""

from fastapi import APIRouter

from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.major_acts import subscribe, update
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.major_schema import MajorIncidentSchema, SubscriberBody, UpdateBody
from sickbay_collector.web.api.ticket_answer import ADD, READ, Name
from sickbay_collector.web.auth import TicketsAssign, TicketsRead
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/tickets", tags=["tickets"])


@router.get("/{ticket}/major", responses={**READ})
def get_ticket_major(
    context: Context, _principal: TicketsRead, ticket: Name
) -> MajorIncidentSchema:
    """Show who leads a major incident, when the next update is due and who hears of it."""
    return _answer(context, ticket)


@router.post("/{ticket}/updates", responses={**ADD})
def post_update(
    context: Context, principal: TicketsAssign, ticket: Name, body: UpdateBody
) -> MajorIncidentSchema:
    """Tell everybody how a major incident goes, which sets its clock back."""
    update(
        context.open_writes,
        _find(context, ticket),
        user=principal.user,
        text=body.text,
        now=context.clock(),
    )
    return _answer(context, ticket)


@router.post("/{ticket}/subscribers", responses={**ADD})
def post_subscriber(
    context: Context, _principal: TicketsAssign, ticket: Name, body: SubscriberBody
) -> MajorIncidentSchema:
    """Let somebody hear of a major incident, or hear no more."""
    subscribe(context.open_writes, _find(context, ticket), who=body.who, wanted=body.subscribed)
    return _answer(context, ticket)


def _find(context: WebContext, name: str) -> TicketId:
    with context.open_reads() as uow:
        return find_ticket(uow, name).ticket_id


def _answer(context: WebContext, name: str) -> MajorIncidentSchema:
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
        incident = uow.majors.get(ticket.ticket_id)
        if incident is None:
            raise NotFoundError(f"ticket {ticket.number} is no major incident")
        who = tuple(uow.majors.subscribers(ticket.ticket_id))
        return MajorIncidentSchema.of(ticket, incident, who)

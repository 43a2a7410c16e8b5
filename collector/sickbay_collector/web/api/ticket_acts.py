"""`/api/v1/tickets`: opening tickets by hand, and working on them."""

from http import HTTPStatus
from types import MappingProxyType

from fastapi import APIRouter, Response

from sickbay_collector.core.desk.transitions import TicketAction
from sickbay_collector.services import desk
from sickbay_collector.services.contacts import Intake, open_contact
from sickbay_collector.services.edits import Correction, correct
from sickbay_collector.services.major_acts import declare
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.base import problems
from sickbay_collector.web.api.idempotency import REPLAYED, IdempotencyKey, request_key
from sickbay_collector.web.api.ticket_answer import ADD, WRITE, Assigning, Name, Writing, answer
from sickbay_collector.web.api.ticket_bodies import (
    AssignBody,
    CancelBody,
    ContactBody,
    EditBody,
    MajorBody,
    NoteBody,
    ReasonBody,
    ResolveBody,
    WaitBody,
)
from sickbay_collector.web.api.ticket_schema import TicketDetailSchema
from sickbay_collector.web.auth import ContactsLog, TicketsWork
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets", tags=["tickets"])

_WAITS = MappingProxyType(
    {
        "user": TicketAction.WAIT_FOR_USER,
        "vendor": TicketAction.WAIT_FOR_VENDOR,
        "change": TicketAction.WAIT_FOR_CHANGE,
    }
)
_OPEN = "POST /tickets"


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        **problems(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
        HTTPStatus.OK: {"model": TicketDetailSchema, "description": "Opened before, by this key."},
    },
)
def post_ticket(
    context: Context,
    principal: ContactsLog,
    response: Response,
    body: ContactBody,
    idempotency_key: IdempotencyKey = None,
) -> TicketDetailSchema:
    """Open a ticket for somebody who contacts the desk."""
    key = request_key(principal, _OPEN, idempotency_key, body)
    opened = open_contact(
        context.open_writes,
        Intake(contact=body.contact(), device=body.device, solution=body.solution(), key=key),
        user=principal.user,
        now=context.clock(),
        new_id=context.new_id,
    )
    if opened.is_repeated:
        response.status_code = HTTPStatus.OK
        response.headers[REPLAYED] = "true"
    response.headers["Location"] = f"/api/v1/tickets/{opened.ticket.number}"
    return answer(context, response, opened.ticket.ticket_id)


@router.patch("/{ticket}", responses={**WRITE})
def patch_ticket(write: Writing, body: EditBody) -> TicketDetailSchema:
    """Correct what a ticket is about; its priority follows, and says why."""
    correction = Correction(edit=body.edit(), device=body.device)
    return write.done(lambda open_uow, act: correct(open_uow, act, correction))


@router.post("/{ticket}/take", responses={**WRITE})
def post_take(write: Writing) -> TicketDetailSchema:
    """Begin to work on a ticket: the token's user becomes its assignee."""
    return write.done(desk.take)


@router.post("/{ticket}/assign", responses={**WRITE})
def post_assign(write: Assigning, body: AssignBody) -> TicketDetailSchema:
    """Give a ticket to a technician."""
    return write.done(lambda open_uow, act: desk.assign(open_uow, act, assignee=body.assignee))


@router.post("/{ticket}/wait", responses={**WRITE})
def post_wait(write: Writing, body: WaitBody) -> TicketDetailSchema:
    """Let a ticket wait for its user, a vendor or a change; its clocks pause."""
    action = _WAITS[body.on]
    return write.done(lambda open_uow, act: desk.wait(open_uow, act, action, reason=body.reason))


@router.post("/{ticket}/resolve", responses={**WRITE})
def post_resolve(write: Writing, body: ResolveBody) -> TicketDetailSchema:
    """Resolve a ticket with what was done."""
    return write.done(
        lambda open_uow, act: desk.resolve(
            open_uow, act, resolution=body.resolution, codes=body.codes()
        )
    )


@router.post("/{ticket}/reopen", responses={**WRITE})
def post_reopen(write: Writing, body: ReasonBody) -> TicketDetailSchema:
    """Open a resolved ticket again."""
    return write.done(lambda open_uow, act: desk.reopen(open_uow, act, reason=body.reason))


@router.post("/{ticket}/cancel", responses={**WRITE})
def post_cancel(write: Writing, body: CancelBody) -> TicketDetailSchema:
    """End a ticket that was no fault or is not wanted any more."""
    return write.done(
        lambda open_uow, act: desk.cancel(open_uow, act, reason=body.reason, code=body.code)
    )


@router.post("/{ticket}/major", responses={**WRITE})
def post_major(write: Assigning, body: MajorBody) -> TicketDetailSchema:
    """Make a ticket a major incident, give it another owner or interval, or make it none."""
    return write.done(lambda open_uow, act: declare(open_uow, act, body.declaration()))


@router.post("/{ticket}/notes", status_code=HTTPStatus.CREATED, responses={**ADD})
def post_note(
    context: Context, principal: TicketsWork, response: Response, ticket: Name, body: NoteBody
) -> TicketDetailSchema:
    """Add a note to a ticket's worklog, in any status."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
    desk.note(
        context.open_writes,
        found.ticket_id,
        user=principal.user,
        text=body.text,
        now=context.clock(),
        visibility=body.visibility,
    )
    return answer(context, response, found.ticket_id)

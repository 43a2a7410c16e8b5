"""What a requester sees: own tickets and devices, one ticket, and a new request."""

import hashlib
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.services import own
from sickbay_collector.services.ticket_lookups import TICKET_NAME_LIMIT
from sickbay_collector.services.ticket_parts_ports import RequestKey
from sickbay_collector.web.api.own_schema import CommentBody, WishBody
from sickbay_collector.web.console.allowed import OwnRead, OwnWrite
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/own")

_ROUTE = "console: an own request"
_OVER = frozenset({TicketStatus.CLOSED, TicketStatus.CANCELLED})

Name = Annotated[str, Path(max_length=TICKET_NAME_LIMIT)]


@router.get("")
def get_own(context: Context, pages: Render, viewer: OwnRead) -> Response:
    """Show what somebody asked for, and what is theirs."""
    now, person_id = context.clock(), own.person_of(viewer.principal)
    with context.open_reads() as uow:
        tickets = own.own_tickets(uow, person_id)
        devices = own.own_devices(uow, person_id, now=now)
    values = {
        "tickets": [one for one in tickets if one.status not in _OVER],
        "over": [one for one in tickets if one.status in _OVER],
        "devices": devices,
        "now": now,
    }
    return pages.page("own.html", viewer, values)


@router.get("/new")
def get_own_new(context: Context, pages: Render, viewer: OwnWrite) -> Response:
    """Show the form of a new request."""
    with context.open_reads() as uow:
        devices = own.own_devices(uow, own.person_of(viewer.principal), now=context.clock())
    return pages.page("own_new.html", viewer, {"devices": devices, "key": context.new_id()})


@router.post("/new")
def post_own_new(context: Context, viewer: OwnWrite, fields: Fields) -> Response:
    """Open the ticket, once however often the form is sent, and go to it."""
    said = plain(fields)
    body = body_of(WishBody, said)
    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    key = RequestKey(user=viewer.user, route=_ROUTE, key=said.get("key", ""), body_hash=digest)
    wish = own.Wish(title=body.title, description=body.description, device=body.device, key=key)
    made = own.ask(
        context.open_writes, viewer.principal, wish, now=context.clock(), new_id=context.new_id
    )
    return RedirectResponse(f"/own/tickets/{made.number}", HTTPStatus.SEE_OTHER)


@router.get("/tickets/{name}")
def get_own_ticket(context: Context, pages: Render, viewer: OwnRead, name: Name) -> Response:
    """Show one ticket with what was said in public."""
    with context.open_reads() as uow:
        found = own.own_ticket(uow, own.person_of(viewer.principal), name)
    values = {"ticket": found.ticket, "worklog": found.worklog, "now": context.clock()}
    return pages.page("own_ticket.html", viewer, values)


@router.post("/tickets/{name}/comment")
def post_own_comment(context: Context, viewer: OwnWrite, name: Name, fields: Fields) -> Response:
    """Say something to an own ticket."""
    with context.open_reads() as uow:
        ticket = own.own_ticket(uow, own.person_of(viewer.principal), name).ticket
    body = body_of(CommentBody, plain(fields))
    own.comment(context.open_writes, viewer.principal, ticket, body.text, now=context.clock())
    return RedirectResponse(f"/own/tickets/{ticket.number}", HTTPStatus.SEE_OTHER)

"""Splitting a part of a ticket off: what of its worklog and evidence goes along."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services import desk
from sickbay_collector.services.merges import split
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.ticket_part_schema import SplitBody
from sickbay_collector.web.console.allowed import TicketsAssign
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.console.texts import _
from sickbay_collector.web.console.ticket_acts import back
from sickbay_collector.web.console.ticket_page import Name
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets/{name}")


@router.get("/split")
def get_split(context: Context, pages: Render, viewer: TicketsAssign, name: Name) -> Response:
    """Ask what is split off."""
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
        values = {
            "now": context.clock(),
            "ticket": ticket,
            "worklog": uow.tickets.worklog(ticket.ticket_id),
            "evidence": uow.tickets.evidence(ticket.ticket_id),
        }
    return pages.page("ticket_split.html", viewer, values)


@router.post("/split")
def post_split(
    context: Context,
    viewer: TicketsAssign,
    name: Name,
    version: Annotated[int, Form(ge=1)],
    fields: Fields,
) -> Response:
    """Open a ticket for the part, and go to it."""
    body = body_of(
        SplitBody,
        {
            **plain(fields),
            "worklog": _places(fields.getlist("worklog")),
            "evidence": _places(fields.getlist("evidence")),
        },
    )
    with context.open_reads() as uow:
        ticket_id = find_ticket(uow, name).ticket_id
    act = desk.Act(
        ticket_id=ticket_id, user=viewer.user, expected_version=version, now=context.clock()
    )
    made = split(context.open_writes, act, body.piece(), new_id=context.new_id)
    return back(made.number)


def _places(ticked: Sequence[object]) -> list[int]:
    found = [str(one) for one in ticked]
    if not all(one.isascii() and one.isdigit() and len(one) < 10 for one in found):
        raise InvalidError(_("load the page again and tick what goes along there"))
    return [int(one) for one in found]

"""An open ticket's page says every few seconds that somebody is there, and hears who else is."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from sickbay_collector.services.presence import look
from sickbay_collector.services.presence_ports import Presence
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.console.allowed import TicketsWork
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.ticket_page import Name
from sickbay_collector.web.context import Context

router = APIRouter()


@router.post("/tickets/{name}/here")
def post_here(
    context: Context,
    pages: Render,
    viewer: TicketsWork,
    name: Name,
    is_writing: Annotated[bool, Form()] = False,  # noqa: FBT002 - a field of the form
) -> Response:
    """Note that somebody is there; answer with who else is, as a part of the page."""
    with context.open_reads() as uow:
        ticket_id = find_ticket(uow, name).ticket_id
    mine = Presence(
        ticket_id=ticket_id, login=viewer.user, seen_at=context.clock(), is_writing=is_writing
    )
    return pages.page("ticket_here.html", viewer, {"others": look(context.open_writes, mine)})

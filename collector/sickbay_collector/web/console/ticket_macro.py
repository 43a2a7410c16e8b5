"""What a macro would do to a ticket, before it is pressed."""

from fastapi import APIRouter
from starlette.responses import Response

from sickbay_collector.services.macros import find_macro, plan
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.macros import MacroName
from sickbay_collector.web.console.allowed import TicketsWork
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.ticket_page import Name
from sickbay_collector.web.context import Context

router = APIRouter()


@router.get("/tickets/{name}/macros/{macro}")
def get_macro(
    context: Context, pages: Render, viewer: TicketsWork, name: Name, macro: MacroName
) -> Response:
    """Show each step with its words and changes; nothing is done."""
    now = context.clock()
    with context.open_reads() as uow:
        ticket, found = find_ticket(uow, name), find_macro(uow, macro)
        steps = plan(uow, ticket, found, user=viewer.user, now=now)
    values = {"ticket": ticket, "macro": found, "steps": steps}
    return pages.page("ticket_macro.html", viewer, values)

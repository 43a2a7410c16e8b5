"""Tickets: the queue, one ticket with all that explains it, and what can be done to it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Query
from pydantic import Field
from starlette.responses import Response

from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.desk.ticket_search import TicketFilter
from sickbay_collector.core.desk.transitions import (
    ACTIVE,
)
from sickbay_collector.services.ticket_lookups import (
    TICKET_NAME_LIMIT,
    list_tickets,
)
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.console.parts import Looks, Render
from sickbay_collector.web.context import Context

router = APIRouter()

_PAGE = 100
_TEXT = 4000

Name = Annotated[str, Path(max_length=TICKET_NAME_LIMIT)]
Words = Annotated[str, Form(max_length=_TEXT)]
Version = Annotated[int, Form(ge=1)]


class ListQuery(Body):
    """What the list shows; it stands in the address."""

    show: Annotated[str, Field(pattern="^(active|mine|unassigned|all)$")] = "active"
    priority: frozenset[Priority] = frozenset()
    tier: Annotated[str, Field(max_length=32)] = ""

    def address(self, **changes: object) -> str:
        """Return the list's address with these things changed."""
        plain = {**self.model_dump(mode="json", exclude_defaults=True), **changes}
        pairs = [
            (name, one)
            for name, value in plain.items()
            if value not in (None, "", "active")
            for one in (sorted(value) if isinstance(value, list | frozenset) else [value])
        ]
        return f"/tickets?{urlencode(pairs)}" if pairs else "/tickets"

    def toggled(self, priority: Priority) -> str:
        """Return the list's address with this priority added, or taken away."""
        return self.address(priority=sorted(self.priority ^ {priority}))


@router.get("/tickets")
def get_tickets(
    context: Context, pages: Render, viewer: Looks, query: Annotated[ListQuery, Query()]
) -> Response:
    """List tickets, newest first."""
    wanted = TicketFilter(
        statuses=frozenset() if query.show == "all" else ACTIVE,
        priorities=query.priority,
        tiers=frozenset({query.tier} - {""}),
        assignee=viewer.user if query.show == "mine" else "",
    )
    with context.open_reads() as uow:
        page = list_tickets(uow, wanted, limit=_PAGE, after=None)
        tiers = tuple(uow.book.tiers)
    rows = [row for row in page.rows if query.show != "unassigned" or not row.ticket.assignee]
    return pages.page(
        "tickets.html",
        viewer,
        {
            "now": context.clock(),
            "rows": rows,
            "query": query,
            "tiers": tiers,
            "priorities": tuple(Priority),
            "is_cut": page.next is not None,
        },
    )

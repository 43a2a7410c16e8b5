"""Tickets: the queue, one ticket with all that explains it, and what can be done to it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Query
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.desk.ticket import Priority, Ticket, Visibility
from sickbay_collector.core.desk.ticket_search import TicketFilter
from sickbay_collector.core.desk.transitions import (
    ACTIVE,
    ActorKind,
    TicketAction,
    allowed_actions,
)
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services import desk
from sickbay_collector.services.access import USER_LIMIT
from sickbay_collector.services.sla_lookups import sla_detail
from sickbay_collector.services.ticket_lookups import (
    TICKET_NAME_LIMIT,
    find_ticket,
    list_tickets,
    ticket_detail,
)
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.console.parts import Looks, Render, Works
from sickbay_collector.web.context import Context, WebContext

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


@router.get("/tickets/{name}")
def get_ticket(context: Context, pages: Render, viewer: Looks, name: Name) -> Response:
    """Show one ticket."""
    now = context.clock()
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
        detail = ticket_detail(uow, ticket)
        clocks = sla_detail(uow, ticket.ticket_id, now=now)
    return pages.page(
        "ticket.html",
        viewer,
        {
            "now": now,
            "ticket": ticket,
            "detail": detail,
            "clocks": clocks,
            "allowed": allowed_actions(ticket.status, actor=ActorKind.PERSON),
            "waits": _WAITS,
        },
    )


_WAITS = (
    (TicketAction.WAIT_FOR_USER, "its user"),
    (TicketAction.WAIT_FOR_VENDOR, "a vendor"),
    (TicketAction.WAIT_FOR_CHANGE, "a change"),
)


@router.post("/tickets/{name}/take")
def post_take(context: Context, viewer: Works, name: Name, version: Version) -> Response:
    """Begin to work on a ticket."""
    return _done(
        context, viewer.user, name, version, lambda act: desk.take(context.open_writes, act)
    )


@router.post("/tickets/{name}/resolve")
def post_resolve(
    context: Context, viewer: Works, name: Name, version: Version, text: Words
) -> Response:
    """Resolve a ticket."""
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: desk.resolve(context.open_writes, act, resolution=text),
    )


@router.post("/tickets/{name}/reopen")
def post_reopen(
    context: Context, viewer: Works, name: Name, version: Version, text: Words
) -> Response:
    """Open a ticket again."""
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: desk.reopen(context.open_writes, act, reason=text),
    )


@router.post("/tickets/{name}/assign")
def post_assign(
    context: Context,
    viewer: Works,
    name: Name,
    version: Version,
    assignee: Annotated[str, Form(max_length=USER_LIMIT)],
) -> Response:
    """Give a ticket to somebody."""
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: desk.assign(context.open_writes, act, assignee=assignee),
    )


@router.post("/tickets/{name}/wait")
def post_wait(
    context: Context,
    viewer: Works,
    name: Name,
    version: Version,
    what: Annotated[TicketAction, Form()],
    text: Words,
) -> Response:
    """Let a ticket wait."""
    if what not in dict(_WAITS):
        raise InvalidError(f"a ticket cannot wait by {what}")
    return _done(
        context,
        viewer.user,
        name,
        version,
        lambda act: desk.wait(context.open_writes, act, what, reason=text),
    )


@router.post("/tickets/{name}/note")
def post_note(
    context: Context,
    viewer: Works,
    name: Name,
    text: Words,
    is_public: Annotated[bool, Form()] = False,  # noqa: FBT002 - a box of the form
) -> Response:
    """Add to the worklog."""
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
    desk.note(
        context.open_writes,
        ticket.ticket_id,
        user=viewer.user,
        text=text,
        now=context.clock(),
        visibility=Visibility.PUBLIC if is_public else Visibility.INTERNAL,
    )
    return _back(ticket.number)


def _done(
    context: WebContext, user: str, name: str, version: int, do: Callable[[desk.Act], Ticket]
) -> Response:
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
    act = desk.Act(
        ticket_id=ticket.ticket_id, user=user, expected_version=version, now=context.clock()
    )
    return _back(do(act).number)


def _back(number: int) -> Response:
    return RedirectResponse(f"/tickets/{number}", HTTPStatus.SEE_OTHER)

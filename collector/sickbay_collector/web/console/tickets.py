"""Tickets: the list with its filters, and what is done to several of them at once."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.datastructures import FormData
from starlette.responses import Response

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.ticket import (
    Priority,
    TicketKind,
    TicketSource,
    TicketStatus,
)
from sickbay_collector.core.desk.ticket_search import NOBODY, TicketFilter, TicketOrder
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.services.access import USER_LIMIT
from sickbay_collector.services.bulk import Target, in_bulk
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.services.queues import board, queue_counts
from sickbay_collector.services.ticket_lookups import list_tickets
from sickbay_collector.web.api.base import Body, Cursor, encode_cursor
from sickbay_collector.web.api.ticket_bulk import deed_of
from sickbay_collector.web.api.tickets import ticket_position
from sickbay_collector.web.console.allowed import TicketsAssign, TicketsRead
from sickbay_collector.web.console.parts import Fields, Render, plain
from sickbay_collector.web.console.texts import N_, _
from sickbay_collector.web.console.ticket_move import MOVES
from sickbay_collector.web.console.viewer import safe_path
from sickbay_collector.web.context import Context

router = APIRouter()

_PAGE = 50
_ACTS = {
    "take": N_("assigned to you"),
    "assign": N_("assigned to %(whom)s"),
    "acknowledge": N_("acknowledged by you"),
    "macro": N_("changed by the macro %(whom)s"),
}
# Where a ticket goes that is dropped into a column; what is new was never worked on.
_LANES = {
    "new": "",
    "assigned": "",
    "in_progress": "in_progress",
    "pending": "pending_user",
    "resolved": "resolved",
}

_Text = Annotated[str, Field(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")]


class ListQuery(Body):
    """What the list shows; it stands in the address."""

    view: Annotated[str, Field(pattern="^(list|board)$")] = "list"
    show: Annotated[str, Field(pattern="^(active|mine|unassigned|all)$")] = "active"
    priority: frozenset[Priority] = frozenset()
    tier: _Text = ""
    status: TicketStatus | Annotated[str, Field(pattern="^$")] = ""
    kind: TicketKind | Annotated[str, Field(pattern="^$")] = ""
    source: TicketSource | Annotated[str, Field(pattern="^$")] = ""
    queue: _Text = ""
    category: _Text = ""
    site: _Text = ""
    assignee: Annotated[str, Field(max_length=USER_LIMIT, pattern=r"^[^\x00]*$")] = ""
    text: _Text = ""
    sort: TicketOrder = TicketOrder.OPENED
    cursor: Cursor = None

    def address(self, **changes: object) -> str:
        """Return the list's address with these things changed, from its beginning."""
        said = {**self.model_dump(mode="json", exclude_defaults=True), "cursor": None, **changes}
        pairs = [
            (name, one)
            for name, value in said.items()
            if value not in (None, "", "active", "list")
            for one in (sorted(value) if isinstance(value, list | frozenset) else [value])
        ]
        return f"/tickets?{urlencode(pairs)}" if pairs else "/tickets"

    def toggled(self, priority: Priority) -> str:
        """Return the list's address with this priority added, or taken away."""
        return self.address(priority=sorted(self.priority ^ {priority}))

    def wanted(self, user: str) -> TicketFilter:
        """Return which tickets these are for somebody."""
        statuses = frozenset() if self.show == "all" else ACTIVE
        owner = {"mine": user, "unassigned": NOBODY}.get(self.show, "")
        return TicketFilter(
            statuses=frozenset({TicketStatus(self.status)}) if self.status else statuses,
            kinds=frozenset({TicketKind(self.kind)}) if self.kind else frozenset(),
            sources=frozenset({TicketSource(self.source)}) if self.source else frozenset(),
            priorities=self.priority,
            tiers=frozenset({self.tier} - {""}),
            queues=frozenset({self.queue} - {""}),
            categories=frozenset({self.category} - {""}),
            site=self.site,
            assignee=owner or self.assignee,
            text=self.text,
        )


@router.get("/tickets")
def get_tickets(
    context: Context, pages: Render, viewer: TicketsRead, query: Annotated[ListQuery, Query()]
) -> Response:
    """Show tickets as a list, newest first unless asked otherwise, or as a board by status."""
    wanted, mark = query.wanted(viewer.user), context.live.mark()
    with context.open_reads() as uow:
        values: dict[str, object] = {
            "now": context.clock(),
            "mark": mark,
            "query": query,
            "counts": queue_counts(uow, user=viewer.user, now=context.clock()),
            **_choices(uow.book),
        }
        if query.view == "board":
            columns = board(uow, wanted)
            values |= {"columns": columns, "targets": tuple(MOVES), "moves": _LANES}
            return pages.page("tickets_board.html", viewer, values)
        page = list_tickets(
            uow, wanted, order=query.sort, limit=_PAGE, after=ticket_position(query.cursor)
        )
        asking = {PersonId(row.ticket.requester) for row in page.rows if row.ticket.requester}
        people = uow.people.many(asking) if asking else {}
    following = ""
    if page.next is not None:
        rank, opened_at, ticket_id = page.next
        cursor = encode_cursor([rank, opened_at.isoformat(), ticket_id])
        following = query.address(cursor=cursor)
    values |= {"rows": page.rows, "people": people, "following": following}
    return pages.page("tickets.html", viewer, values)


def _choices(book: DeskBook) -> dict[str, object]:
    return {
        "book": book,
        "tiers": tuple(book.tiers),
        "queues": sorted({one.queue for one in book.tiers.values()}),
        "priorities": tuple(Priority),
        "statuses": tuple(TicketStatus),
        "kinds": tuple(TicketKind),
        "sources": tuple(TicketSource),
        "orders": tuple(TicketOrder),
    }


@router.post("/tickets/bulk")
def post_bulk(context: Context, pages: Render, viewer: TicketsAssign, fields: Fields) -> Response:
    """Do one thing to the chosen tickets, each as it was when it was chosen; show what became."""
    said = plain(fields)
    act, assignee, macro = (said.get(name, "") for name in ("act", "assignee", "macro"))
    if act not in _ACTS:
        raise InvalidError(_("choose what to do with them"))
    outcomes = in_bulk(
        context.open_writes,
        _chosen(fields),
        deed_of(act, assignee=assignee, macro=macro),
        user=viewer.user,
        now=context.clock(),
    )
    values = {
        "outcomes": outcomes,
        "what": _(_ACTS[act], whom=macro if act == "macro" else assignee or _("somebody")),
        "back": safe_path(said.get("back", "/tickets")),
    }
    return pages.page("tickets_done.html", viewer, values)


def _chosen(fields: FormData) -> list[Target]:
    """Return numbers and versions of what was ticked: "12.3"."""
    ticked = [one.partition(".") for one in fields.getlist("ticket") if isinstance(one, str)]
    try:
        return [Target(name=number, version=int(version)) for number, _, version in ticked]
    except ValueError as error:
        raise InvalidError(_("ticket: load the list again and tick them there")) from error

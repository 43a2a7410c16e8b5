"""`/api/v1/tickets`: what the desk has to do."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from sickbay_collector.core.desk.ticket import Priority, TicketKind, TicketSource, TicketStatus
from sickbay_collector.core.desk.ticket_search import (
    NEVER_RANK,
    TicketFilter,
    TicketOrder,
    TicketPosition,
)
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.access import USER_LIMIT
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.sla_lookups import sla_detail
from sickbay_collector.services.ticket_lookups import (
    find_ticket,
    list_tickets,
)
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.api.notice_schema import TicketDeliveries
from sickbay_collector.web.api.sla_schema import TicketSla
from sickbay_collector.web.api.ticket_answer import READ, Name, answer
from sickbay_collector.web.api.ticket_schema import (
    TicketDetailSchema,
    TicketItem,
    TicketList,
)
from sickbay_collector.web.auth import TicketsRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets", tags=["tickets"])


_Text = Annotated[str, Field(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")]
_TextSet = frozenset[_Text]


class TicketQuery(Body):
    """Which tickets to list, and in which order."""

    status: frozenset[TicketStatus] = frozenset()
    active: bool = False
    """Only those that somebody has to work on; `status` goes before it."""
    kind: frozenset[TicketKind] = frozenset()
    source: frozenset[TicketSource] = frozenset()
    device: _Text = ""
    """Id or host name."""
    priority: frozenset[Priority] = frozenset()
    tier: _TextSet = frozenset()
    """Ids of tiers."""
    queue: _TextSet = frozenset()
    category: _TextSet = frozenset()
    assignee: Annotated[str, Field(max_length=USER_LIMIT, pattern=r"^[^\x00]*$")] = ""
    """Login name; `none` for tickets that nobody has."""
    requester: _Text = ""
    """Id of a person."""
    site: _Text = ""
    major: bool | None = None
    text: _Text = ""
    """Part of the title, or the number."""
    sort: TicketOrder = TicketOrder.OPENED
    limit: Limit = 50
    cursor: Cursor = None


@router.get(
    "",
    responses={
        **problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
    },
)
def get_tickets(
    context: Context,
    _principal: TicketsRead,
    request: Request,
    response: Response,
    query: Annotated[TicketQuery, Query()],
) -> TicketList:
    """List tickets: newest first, by what is due first, or the most urgent first."""
    with context.open_reads() as uow:
        page = list_tickets(
            uow,
            _wanted(uow, query),
            order=query.sort,
            limit=query.limit,
            after=ticket_position(query.cursor),
        )
    following = None
    if page.next:
        rank, opened_at, ticket_id = page.next
        following = encode_cursor([rank, opened_at.isoformat(), ticket_id])
    link_next(request, response, following)
    return TicketList(items=tuple(TicketItem.of(row) for row in page.rows), next_cursor=following)


@router.get("/{ticket}", responses={**READ})
def get_ticket(
    context: Context, _principal: TicketsRead, response: Response, ticket: Name
) -> TicketDetailSchema:
    """Show one ticket with its evidence, worklog and alerts. Its ETag is what a write needs."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
    return answer(context, response, found.ticket_id)


@router.get("/{ticket}/sla", responses={**READ})
def get_ticket_sla(context: Context, _principal: TicketsRead, ticket: Name) -> TicketSla:
    """Show what was promised for a ticket and the arithmetic of its clocks, line by line."""
    now = context.clock()
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
        return TicketSla.of(found, sla_detail(uow, found.ticket_id, now=now), now)


@router.get("/{ticket}/deliveries", responses={**READ})
def get_ticket_deliveries(
    context: Context, _principal: TicketsRead, ticket: Name
) -> TicketDeliveries:
    """Show whom a ticket's messages were for, and what became of each attempt to deliver them."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
        return TicketDeliveries.of(found, uow.deliveries.of_ticket(found.ticket_id))


def _wanted(uow: UnitOfWork, query: TicketQuery) -> TicketFilter:
    return TicketFilter(
        statuses=ACTIVE if query.active and not query.status else query.status,
        kinds=query.kind,
        sources=query.source,
        priorities=query.priority,
        tiers=query.tier,
        queues=query.queue,
        categories=query.category,
        assignee=query.assignee,
        requester=query.requester,
        site=query.site,
        device_id=find_device(uow, query.device).device_id if query.device else None,
        major=query.major,
        text=query.text,
    )


def ticket_position(cursor: str | None) -> TicketPosition | None:
    """Return where a page of tickets begins; None for the first.

    Raises:
        InvalidError: The cursor is none of ours.
    """
    if cursor is None:
        return None
    rank, opened_at, ticket_id = decode_cursor(cursor, (int, str, str))
    try:
        at = datetime.fromisoformat(str(opened_at))
    except ValueError as error:
        raise InvalidError("cursor: it belongs to another list") from error
    if at.tzinfo is None or not 0 <= int(rank) <= NEVER_RANK:
        raise InvalidError("cursor: it belongs to another list")
    return TicketPosition(int(rank), at, TicketId(str(ticket_id)))

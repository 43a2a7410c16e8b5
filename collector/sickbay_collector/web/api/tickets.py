"""`/api/v1/tickets`: what the desk has to do."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from sickbay_collector.core.desk.ticket import Priority, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.access import USER_LIMIT
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.services.sla_lookups import sla_detail
from sickbay_collector.services.ticket_lookups import (
    TicketFilter,
    TicketPosition,
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
from sickbay_collector.web.auth import Reader
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets", tags=["tickets"])


TierName = Annotated[str, Field(max_length=NAME_LIMIT)]


class TicketQuery(Body):
    """Which tickets to list."""

    status: frozenset[TicketStatus] = frozenset()
    active: bool = False
    """Only those that somebody has to work on; `status` goes before it."""
    device: Annotated[str, Field(max_length=NAME_LIMIT)] = ""
    """Id or host name."""
    priority: frozenset[Priority] = frozenset()
    tier: frozenset[TierName] = frozenset()
    """Ids of tiers."""
    assignee: Annotated[str, Field(max_length=USER_LIMIT)] = ""
    """Login name."""
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
    _principal: Reader,
    request: Request,
    response: Response,
    query: Annotated[TicketQuery, Query()],
) -> TicketList:
    """List tickets, newest first."""
    with context.open_reads() as uow:
        wanted = TicketFilter(
            statuses=ACTIVE if query.active and not query.status else query.status,
            device_id=find_device(uow, query.device).device_id if query.device else None,
            priorities=query.priority,
            tiers=query.tier,
            assignee=query.assignee,
        )
        page = list_tickets(uow, wanted, limit=query.limit, after=_position(query.cursor))
    following = None
    if page.next:
        following = encode_cursor([page.next[0].isoformat(), page.next[1]])
    link_next(request, response, following)
    return TicketList(items=tuple(TicketItem.of(row) for row in page.rows), next_cursor=following)


@router.get("/{ticket}", responses={**READ})
def get_ticket(
    context: Context, _principal: Reader, response: Response, ticket: Name
) -> TicketDetailSchema:
    """Show one ticket with its evidence, worklog and alerts. Its ETag is what a write needs."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
    return answer(context, response, found.ticket_id)


@router.get("/{ticket}/sla", responses={**READ})
def get_ticket_sla(context: Context, _principal: Reader, ticket: Name) -> TicketSla:
    """Show what was promised for a ticket and the arithmetic of its clocks, line by line."""
    now = context.clock()
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
        return TicketSla.of(found, sla_detail(uow, found.ticket_id, now=now), now)


@router.get("/{ticket}/deliveries", responses={**READ})
def get_ticket_deliveries(context: Context, _principal: Reader, ticket: Name) -> TicketDeliveries:
    """Show whom a ticket's messages were for, and what became of each attempt to deliver them."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
        return TicketDeliveries.of(found, uow.deliveries.of_ticket(found.ticket_id))


def _position(cursor: str | None) -> TicketPosition | None:
    if cursor is None:
        return None
    opened_at, ticket_id = decode_cursor(cursor, (str, str))
    try:
        at = datetime.fromisoformat(str(opened_at))
    except ValueError as error:
        raise InvalidError("cursor: it belongs to another list") from error
    if at.tzinfo is None:
        raise InvalidError("cursor: it belongs to another list")
    return at, TicketId(str(ticket_id))

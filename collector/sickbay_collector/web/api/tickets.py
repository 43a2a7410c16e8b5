"""`/api/v1/tickets`: what the desk has to do, and doing it."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field

from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.errors import ConflictError, InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.access import USER_LIMIT, Principal
from sickbay_collector.services.desk import Act, resolve, take
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.services.sla_lookups import sla_detail
from sickbay_collector.services.ticket_lookups import (
    TICKET_NAME_LIMIT,
    TicketFilter,
    TicketPosition,
    find_ticket,
    list_tickets,
    ticket_detail,
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
from sickbay_collector.web.api.ticket_schema import (
    ResolveBody,
    TicketDetailSchema,
    TicketItem,
    TicketList,
)
from sickbay_collector.web.auth import Reader, Technician
from sickbay_collector.web.context import Context, WebContext
from sickbay_collector.web.problems import ApiError

router = APIRouter(prefix="/tickets", tags=["tickets"])

_ETAG_LIMIT = 256

Name = Annotated[str, Path(max_length=TICKET_NAME_LIMIT, description="Number or id.")]
IfMatch = Annotated[
    str | None, Header(max_length=_ETAG_LIMIT, description="The ETag of the ticket that was read.")
]
_READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_WRITE = problems(
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.PRECONDITION_REQUIRED,
)


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


@router.get("/{ticket}", responses={**_READ})
def get_ticket(
    context: Context, _principal: Reader, response: Response, ticket: Name
) -> TicketDetailSchema:
    """Show one ticket with its evidence, worklog and alerts. Its ETag is what a write needs."""
    with context.open_reads() as uow:
        return _answer(context, response, find_ticket(uow, ticket).ticket_id)


@router.get("/{ticket}/sla", responses={**_READ})
def get_ticket_sla(context: Context, _principal: Reader, ticket: Name) -> TicketSla:
    """Show what was promised for a ticket and the arithmetic of its clocks, line by line."""
    now = context.clock()
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
        return TicketSla.of(found, sla_detail(uow, found.ticket_id, now=now), now)


@router.get("/{ticket}/deliveries", responses={**_READ})
def get_ticket_deliveries(context: Context, _principal: Reader, ticket: Name) -> TicketDeliveries:
    """Show whom a ticket's messages were for, and what became of each attempt to deliver them."""
    with context.open_reads() as uow:
        found = find_ticket(uow, ticket)
        return TicketDeliveries.of(found, uow.deliveries.of_ticket(found.ticket_id))


@router.post("/{ticket}/take", responses={**_WRITE})
def post_take(
    context: Context,
    principal: Technician,
    response: Response,
    ticket: Name,
    if_match: IfMatch = None,
) -> TicketDetailSchema:
    """Begin to work on a ticket: the token's user becomes its assignee."""
    read = _precondition(context, ticket, if_match)
    _act(context, principal, read, lambda act: take(context.open_writes, act))
    return _answer(context, response, read.ticket_id)


@router.post("/{ticket}/resolve", responses={**_WRITE})
def post_resolve(
    context: Context,
    principal: Technician,
    response: Response,
    ticket: Name,
    body: ResolveBody,
    if_match: IfMatch = None,
) -> TicketDetailSchema:
    """Resolve a ticket with what was done."""
    read = _precondition(context, ticket, if_match)
    resolution = body.resolution
    _act(
        context,
        principal,
        read,
        lambda act: resolve(context.open_writes, act, resolution=resolution),
    )
    return _answer(context, response, read.ticket_id)


def _act(
    context: WebContext, principal: Principal, read: Ticket, do: Callable[[Act], Ticket]
) -> Ticket:
    act = Act(
        ticket_id=read.ticket_id,
        user=principal.user,
        expected_version=read.version,
        now=context.clock(),
    )
    try:
        return do(act)
    except ConflictError as error:
        # Somebody may have written between the check of If-Match and the write.
        with context.open_reads() as uow:
            if find_ticket(uow, read.ticket_id).version != read.version:
                raise ApiError(HTTPStatus.PRECONDITION_FAILED, str(error)) from error
        raise


def _precondition(context: WebContext, name: str, if_match: str | None) -> Ticket:
    """Return the ticket, if it is the version that If-Match names.

    Source: RFC 9110 section 13.1.1, RFC 6585 section 3.
    """
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
    if if_match is None:
        raise ApiError(
            HTTPStatus.PRECONDITION_REQUIRED,
            "If-Match is needed: the ETag of the ticket as you read it",
        )
    tags = {tag.strip() for tag in if_match.split(",")}
    if not tags & {"*", _etag(ticket)}:
        raise ApiError(
            HTTPStatus.PRECONDITION_FAILED,
            f"ticket {ticket.number} is now {_etag(ticket)}, not {if_match}; read it again",
        )
    return ticket


def _answer(context: WebContext, response: Response, ticket_id: TicketId) -> TicketDetailSchema:
    with context.open_reads() as uow:
        detail = ticket_detail(uow, find_ticket(uow, ticket_id))
    response.headers["ETag"] = _etag(detail.row.ticket)
    return TicketDetailSchema.of_detail(detail)


def _etag(ticket: Ticket) -> str:
    return f'"{ticket.version}"'


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

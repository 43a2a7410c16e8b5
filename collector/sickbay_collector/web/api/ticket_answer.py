"""What the handlers of tickets share: the precondition of a write, and the answer."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Header, Path, Response

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.access import Principal
from sickbay_collector.services.acts import Act
from sickbay_collector.services.ticket_lookups import (
    TICKET_NAME_LIMIT,
    find_ticket,
    ticket_detail,
)
from sickbay_collector.web.api.base import problems
from sickbay_collector.web.api.ticket_schema import TicketDetailSchema
from sickbay_collector.web.context import WebContext
from sickbay_collector.web.problems import ApiError

_ETAG_LIMIT = 256

Name = Annotated[str, Path(max_length=TICKET_NAME_LIMIT, description="Number or id.")]
IfMatch = Annotated[
    str | None, Header(max_length=_ETAG_LIMIT, description="The ETag of the ticket that was read.")
]
READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
ADD = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
WRITE = problems(
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.PRECONDITION_REQUIRED,
)


def carry_out(
    context: WebContext,
    principal: Principal,
    name: str,
    if_match: str | None,
    do: Callable[[Act], Ticket],
) -> Ticket:
    """Do something to the ticket, if it is the version that If-Match names.

    Args:
        context: Where to read and write.
        principal: Who asks.
        name: Number or id of the ticket.
        if_match: The ETag that was read.
        do: Does it.
    """
    read = precondition(context, name, if_match)
    act = Act(
        ticket_id=read.ticket_id,
        user=principal.user,
        expected_version=read.version,
        now=context.clock(),
    )
    return _done(context, read, act, do)


def precondition(context: WebContext, name: str, if_match: str | None) -> Ticket:
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
    if not tags & {"*", etag(ticket)}:
        raise ApiError(
            HTTPStatus.PRECONDITION_FAILED,
            f"ticket {ticket.number} is now {etag(ticket)}, not {if_match}; read it again",
        )
    return ticket


def answer(context: WebContext, response: Response, ticket_id: TicketId) -> TicketDetailSchema:
    """Return the ticket in full, with its ETag."""
    with context.open_reads() as uow:
        detail = ticket_detail(uow, find_ticket(uow, ticket_id))
    response.headers["ETag"] = etag(detail.row.ticket)
    return TicketDetailSchema.of_detail(detail)


def etag(ticket: Ticket) -> str:
    """Return the ETag of a ticket."""
    return f'"{ticket.version}"'


def _done(context: WebContext, read: Ticket, act: Act, do: Callable[[Act], Ticket]) -> Ticket:
    try:
        return do(act)
    except ConflictError as error:
        # Somebody may have written between the check of If-Match and the write.
        with context.open_reads() as uow:
            if find_ticket(uow, read.ticket_id).version != read.version:
                raise ApiError(HTTPStatus.PRECONDITION_FAILED, str(error)) from error
        raise

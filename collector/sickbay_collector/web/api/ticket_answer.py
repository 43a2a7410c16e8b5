"""What the handlers of tickets share: the precondition of a write, and the answer."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Path, Response

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.acts import Act
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.ticket_lookups import (
    TICKET_NAME_LIMIT,
    find_ticket,
    ticket_detail,
)
from sickbay_collector.web.api.base import problems
from sickbay_collector.web.api.matching import ETAG_LIMIT, require_match
from sickbay_collector.web.api.ticket_schema import TicketDetailSchema
from sickbay_collector.web.auth import TicketsAssign, TicketsWork
from sickbay_collector.web.context import Context, WebContext
from sickbay_collector.web.problems import ApiError

Name = Annotated[str, Path(max_length=TICKET_NAME_LIMIT, description="Number or id.")]
IfMatch = Annotated[
    str | None, Header(max_length=ETAG_LIMIT, description="The ETag of the ticket that was read.")
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


class TicketWrite:
    """A write of one ticket: who asks, which ticket, and the version that If-Match names.

    Args:
        context: Where to read and write.
        principal: Who asks.
        response: Gets the ETag.
        ticket: Number or id.
        if_match: The ETag that was read.
    """

    def __init__(
        self,
        context: Context,
        principal: TicketsWork,
        response: Response,
        ticket: Name,
        if_match: IfMatch = None,
    ) -> None:
        self._context = context
        self._principal = principal
        self._response = response
        self._name = ticket
        self._if_match = if_match

    def done(self, do: Callable[[OpenUnitOfWork, Act], Ticket]) -> TicketDetailSchema:
        """Do it, if it is the version that If-Match names, and return what came of it in full."""
        return answer(self._context, self._response, self.after(do).ticket_id)

    def after(self, do: Callable[[OpenUnitOfWork, Act], Ticket]) -> Ticket:
        """Do it, if it is the version that If-Match names, and return the ticket that came of it.

        Raises:
            ApiError: There is no If-Match, or somebody wrote the ticket since that version.
        """
        read = _read(self._context, self._name, self._if_match)
        act = Act(
            ticket_id=read.ticket_id,
            user=self._principal.user,
            expected_version=read.version,
            now=self._context.clock(),
        )
        try:
            return do(self._context.open_writes, act)
        except ConflictError as error:
            # Somebody may have written between the check of If-Match and the write.
            with self._context.open_reads() as uow:
                if find_ticket(uow, read.ticket_id).version != read.version:
                    raise ApiError(HTTPStatus.PRECONDITION_FAILED, str(error)) from error
            raise


class TicketAssignment(TicketWrite):
    """A write of one ticket by somebody who may decide about others' work.

    Args:
        context: Where to read and write.
        principal: Who asks.
        response: Gets the ETag.
        ticket: Number or id.
        if_match: The ETag that was read.
    """

    def __init__(
        self,
        context: Context,
        principal: TicketsAssign,
        response: Response,
        ticket: Name,
        if_match: IfMatch = None,
    ) -> None:
        super().__init__(context, principal, response, ticket, if_match)


Writing = Annotated[TicketWrite, Depends()]
"""A write of the ticket that the path names."""
Assigning = Annotated[TicketAssignment, Depends()]
"""The same, by somebody who may decide about others' work."""


def _read(context: WebContext, name: str, if_match: str | None) -> Ticket:
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
    require_match(if_match, etag(ticket), kind="the ticket", name=f"ticket {ticket.number}")
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

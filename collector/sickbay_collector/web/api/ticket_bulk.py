"""`/api/v1/tickets/bulk` and `/api/v1/tickets/suggest`: several at once, and what one is about."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from sickbay_collector.core.desk.text import LOGIN_LIMIT
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.wording import TITLE_LIMIT
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.services import desk
from sickbay_collector.services.acts import known
from sickbay_collector.services.bulk import AT_ONCE, Deed, Outcome, Target, in_bulk
from sickbay_collector.services.macros import press
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.suggestions import suggest_category
from sickbay_collector.services.ticket_attention import acknowledge
from sickbay_collector.services.ticket_lookups import TICKET_NAME_LIMIT
from sickbay_collector.web.api.base import Body, Schema, problems
from sickbay_collector.web.api.macros import MACRO_LIMIT
from sickbay_collector.web.auth import TicketsAssign, TicketsRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets", tags=["tickets"])


class BulkTarget(Body):
    """A ticket, and the version that was read."""

    ticket: Annotated[str, Field(min_length=1, max_length=TICKET_NAME_LIMIT)]
    """Number or id."""
    version: Annotated[int, Field(ge=1)]
    """What its ETag says."""


class BulkBody(Body):
    """What to do to several tickets."""

    act: Literal["take", "assign", "acknowledge", "macro"]
    assignee: Annotated[str, Field(max_length=LOGIN_LIMIT)] = ""
    """Login name, where `act` is `assign`."""
    macro: Annotated[str, Field(max_length=MACRO_LIMIT)] = ""
    """Id, where `act` is `macro`."""
    tickets: Annotated[tuple[BulkTarget, ...], Field(min_length=1, max_length=AT_ONCE)]


class BulkItem(Schema):
    """What became of one ticket."""

    ticket: str
    """As it was asked for."""
    number: int | None
    """Null where there is no such ticket."""
    is_done: bool
    problem: str
    """Why nothing was done; empty where it was."""
    version: int | None
    status: TicketStatus | None
    assignee: str

    @classmethod
    def of(cls, one: Outcome) -> "BulkItem":
        """Return a result as a line."""
        found = one.ticket
        return cls(
            ticket=one.name,
            number=None if found is None else found.number,
            is_done=not one.problem,
            problem=one.problem,
            version=None if found is None else found.version,
            status=None if found is None else found.status,
            assignee="" if found is None else found.assignee,
        )


class BulkResult(Schema):
    """What became of each, in the order in which they were asked for."""

    items: tuple[BulkItem, ...]


class SuggestedCategory(Schema):
    """A category that may be meant."""

    category: str
    subcategory: str
    because: str
    """The word that decided, or how many tickets before."""
    weight: float


class Suggestions(Schema):
    """What a contact is probably about, the likeliest first; empty where nothing is known."""

    items: tuple[SuggestedCategory, ...]


def deed_of(act: str, *, assignee: str = "", macro: str = "") -> Deed:
    """Return what an act of several tickets does to each."""
    if act == "macro":
        return lambda open_uow, one: press(open_uow, one, macro)
    if act == "acknowledge":
        return _acknowledged
    return lambda open_uow, one: _given(open_uow, one, one.user if act == "take" else assignee)


def _given(open_uow: OpenUnitOfWork, act: desk.Act, assignee: str) -> Ticket:
    """Give a ticket to somebody; who sends the same again finds it done."""
    try:
        return desk.assign(open_uow, act, assignee=assignee)
    except ConflictError:
        with open_uow() as uow:
            ticket = known(uow, act.ticket_id)
        if ticket.assignee == assignee and ticket.status is TicketStatus.ASSIGNED:
            return ticket
        raise


def _acknowledged(open_uow: OpenUnitOfWork, act: desk.Act) -> Ticket:
    return acknowledge(open_uow, act.ticket_id, user=act.user, now=act.now)


@router.post("/bulk", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def post_bulk(context: Context, principal: TicketsAssign, body: BulkBody) -> BulkResult:
    """Do one thing to up to 100 tickets, each as it was read; each has its own result."""
    found = in_bulk(
        context.open_writes,
        [Target(name=one.ticket, version=one.version) for one in body.tickets],
        deed_of(body.act, assignee=body.assignee, macro=body.macro),
        user=principal.user,
        now=context.clock(),
    )
    return BulkResult(items=tuple(BulkItem.of(one) for one in found))


@router.get("/suggest", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_suggest(
    context: Context,
    _principal: TicketsRead,
    text: Annotated[str, Query(max_length=TITLE_LIMIT, pattern=r"^[^\x00]*$")],
) -> Suggestions:
    """Suggest a category for what a caller says, by its words and by tickets of 90 days."""
    with context.open_reads() as uow:
        found = suggest_category(uow, text, now=context.clock())
    return Suggestions(items=tuple(SuggestedCategory.model_validate(one) for one in found))

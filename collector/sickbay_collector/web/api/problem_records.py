"""`/api/v1/problems`: what makes incidents come back, and what is done about it."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import StringConstraints

from sickbay_collector.core.audit_chain import AuditEntry
from sickbay_collector.core.desk.problem import ProblemAction, ProblemState
from sickbay_collector.core.desk.text import TEXT_LIMIT
from sickbay_collector.services.access import Principal
from sickbay_collector.services.problems import ProblemDetail, act_on_problem, problem_detail
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Limit,
    Schema,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.api.silences import Number, number_before
from sickbay_collector.web.api.ticket_schema import RelativeSchema
from sickbay_collector.web.auth import TicketsRead, TicketsWork
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/problems", tags=["problems"])

_READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_WRITE = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
_LIST = problems(HTTPStatus.UNPROCESSABLE_ENTITY)


class ProblemQuery(Body):
    """Which problems to list."""

    state: frozenset[ProblemState] = frozenset()
    limit: Limit = 50
    cursor: Cursor = None


class TextBody(Body):
    """What is said about a problem."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT)]


class ProblemItem(Schema):
    """A problem as a line of a list."""

    number: int
    family: str
    device_id: str | None
    """The device on which it recurs; null where it is common to several."""
    state: ProblemState
    title: str
    reason: str
    """Why it was raised, with the common factor where there is one."""
    owner: str
    """Login name; empty while nobody has it."""
    workaround: str
    known_error: str
    """Its cause."""
    fix: str
    raised_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    rule_id: str
    """The rule whose findings are one problem of the fleet; empty where incidents recur."""
    factor: str
    """What the devices have in common, by name, and its value; empty where any device counts."""
    factor_value: str


class ProblemList(Schema):
    """A page of problems, newest first."""

    items: tuple[ProblemItem, ...]
    next_cursor: str | None
    """Null on the last page."""


class IncidentSchema(Schema):
    """A ticket of the problem that was opened, or reopened."""

    ticket_id: str
    device_id: str
    at: datetime


class ReliabilitySchema(Schema):
    """How often incidents come, before and since the fix."""

    failures_before: int
    mtbf_before_s: float | None
    """Mean time between failures; null where there were fewer than two."""
    failures_after: int
    mtbf_after_s: float | None
    """Null without a fix, or without a failure since."""


class ProblemActSchema(Schema):
    """Something that was done to a problem."""

    at: datetime
    actor: str
    action: str
    before: dict[str, str]
    """Fields that changed, as text."""
    after: dict[str, str]

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """Return an act as it is shown."""
        event = entry.event
        return cls(
            at=event.at,
            actor=event.actor,
            action=event.action,
            before=dict(event.before),
            after=dict(event.after),
        )


class ProblemSchema(ProblemItem):
    """A problem with its incidents."""

    reliability: ReliabilitySchema
    incidents: tuple[IncidentSchema, ...]
    """Oldest first."""
    parent: RelativeSchema | None
    """The ticket that stands for those of all devices; null where incidents recur."""
    children: tuple[RelativeSchema, ...]
    """The tickets of its devices, by number; the first thousand."""
    history: tuple[ProblemActSchema, ...]
    """What was done to it, newest first; the newest 50."""

    @classmethod
    def of(cls, detail: ProblemDetail) -> Self:
        """Return a problem as it is shown."""
        plain = {name: getattr(detail.problem, name) for name in ProblemItem.model_fields}
        return cls.model_validate(
            {
                **plain,
                "reliability": detail.reliability,
                "incidents": detail.incidents,
                "parent": detail.parent,
                "children": detail.children,
                "history": tuple(ProblemActSchema.of(one) for one in detail.history),
            }
        )


@router.get("", responses={**_LIST})
def get_problems(
    context: Context,
    _principal: TicketsRead,
    request: Request,
    response: Response,
    query: Annotated[ProblemQuery, Query()],
) -> ProblemList:
    """List problems, newest first."""
    with context.open_reads() as uow:
        found = uow.problems.list(
            states=query.state, limit=query.limit + 1, before=number_before(query.cursor)
        )
    page = found[: query.limit]
    following = encode_cursor([page[-1].number]) if len(found) > query.limit else None
    link_next(request, response, following)
    items = tuple(ProblemItem.model_validate(one) for one in page)
    return ProblemList(items=items, next_cursor=following)


@router.get("/{number}", responses={**_READ})
def get_problem(context: Context, _principal: TicketsRead, number: Number) -> ProblemSchema:
    """Show a problem with its incidents, and how often they come before and since its fix."""
    return _shown(context, number)


@router.post("/{number}/own", responses={**_WRITE})
def post_problem_own(context: Context, principal: TicketsWork, number: Number) -> ProblemSchema:
    """Take a problem: the token's user becomes its owner."""
    return _act(context, principal, number, ProblemAction.OWN)


@router.post("/{number}/workaround", responses={**_WRITE})
def post_problem_workaround(
    context: Context, principal: TicketsWork, number: Number, body: TextBody
) -> ProblemSchema:
    """Say how to get by until it is fixed."""
    return _act(context, principal, number, ProblemAction.WORKAROUND, body.text)


@router.post("/{number}/known-error", responses={**_WRITE})
def post_problem_known_error(
    context: Context, principal: TicketsWork, number: Number, body: TextBody
) -> ProblemSchema:
    """Say what its cause is."""
    return _act(context, principal, number, ProblemAction.KNOWN_ERROR, body.text)


@router.post("/{number}/fix", responses={**_WRITE})
def post_problem_fix(
    context: Context, principal: TicketsWork, number: Number, body: TextBody
) -> ProblemSchema:
    """Say how it is being fixed."""
    return _act(context, principal, number, ProblemAction.FIX, body.text)


@router.post("/{number}/resolve", responses={**_WRITE})
def post_problem_resolve(context: Context, principal: TicketsWork, number: Number) -> ProblemSchema:
    """Say that its fix is out; incidents count anew from here."""
    return _act(context, principal, number, ProblemAction.RESOLVE)


@router.post("/{number}/close", responses={**_WRITE})
def post_problem_close(context: Context, principal: TicketsWork, number: Number) -> ProblemSchema:
    """End a resolved problem."""
    return _act(context, principal, number, ProblemAction.CLOSE)


def _act(
    context: WebContext, principal: Principal, number: int, action: ProblemAction, text: str = ""
) -> ProblemSchema:
    now = context.clock()
    act_on_problem(context.open_writes, number, action, user=principal.user, now=now, text=text)
    return _shown(context, number)


def _shown(context: WebContext, number: int) -> ProblemSchema:
    with context.open_reads() as uow:
        return ProblemSchema.of(problem_detail(uow, number, now=context.clock()))

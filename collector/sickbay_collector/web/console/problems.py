"""Problems: what makes incidents come back, and what is done about it."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Query
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.desk.problem import NOT_CLOSED, ProblemAction, ProblemState
from sickbay_collector.services.problems import act_on_problem, problem_detail
from sickbay_collector.web.api.base import Body, Cursor, encode_cursor
from sickbay_collector.web.api.silences import Number, number_before
from sickbay_collector.web.console.allowed import TicketsRead, TicketsWork
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.texts import N_
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/problems")

_PAGE = 50
_TEXTS = (
    (ProblemAction.WORKAROUND, N_("How to get by until it is fixed")),
    (ProblemAction.KNOWN_ERROR, N_("What its cause is")),
    (ProblemAction.FIX, N_("How it is being fixed")),
)


class ListQuery(Body):
    """What the list shows; it stands in the address."""

    closed: bool = False
    state: ProblemState | Annotated[str, Field(pattern="^$")] = ""
    cursor: Cursor = None


@router.get("")
def get_problems(
    context: Context, pages: Render, viewer: TicketsRead, query: Annotated[ListQuery, Query()]
) -> Response:
    """List problems, newest first."""
    states = frozenset({ProblemState.CLOSED}) if query.closed else NOT_CLOSED
    if query.state:
        states = frozenset({ProblemState(query.state)})
    with context.open_reads() as uow:
        found = uow.problems.list(
            states=states, limit=_PAGE + 1, before=number_before(query.cursor)
        )
    following = ""
    if len(found) > _PAGE:
        cursor = encode_cursor([found[_PAGE - 1].number])
        said = {"closed": str(query.closed).lower(), "state": query.state, "cursor": cursor}
        following = f"/problems?{urlencode(said)}"
    values = {
        "now": context.clock(),
        "rows": found[:_PAGE],
        "query": query,
        "states": [one for one in ProblemState if one is not ProblemState.CLOSED],
        "following": following,
    }
    return pages.page("problems.html", viewer, values)


@router.get("/{number}")
def get_problem(context: Context, pages: Render, viewer: TicketsRead, number: Number) -> Response:
    """Show one problem with its incidents."""
    with context.open_reads() as uow:
        detail = problem_detail(uow, number, now=context.clock())
        tickets = uow.tickets.many({one.ticket_id for one in detail.incidents})
        devices = uow.devices.load({one.device_id for one in detail.incidents})
    values = {
        "now": context.clock(),
        "detail": detail,
        "problem": detail.problem,
        "tickets": tickets,
        "names": {one.device_id: one.hostname for one in devices},
        "texts": _TEXTS,
    }
    return pages.page("problem.html", viewer, values)


@router.post("/{number}/{action}")
def post_problem(
    context: Context,
    viewer: TicketsWork,
    number: Number,
    action: Annotated[ProblemAction, Path()],
    text: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Do something about a problem."""
    act_on_problem(
        context.open_writes, number, action, user=viewer.user, now=context.clock(), text=text
    )
    return RedirectResponse(f"/problems/{number}", HTTPStatus.SEE_OTHER)

"""Moving a ticket to another column of the board: the status names what is done to it."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, TypeAlias

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.desk.text import TEXT_LIMIT
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import TicketAction
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services import desk
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.console.allowed import TicketsWork
from sickbay_collector.web.console.parts import Fields, body_of, plain
from sickbay_collector.web.console.texts import _
from sickbay_collector.web.console.ticket_page import Name
from sickbay_collector.web.console.viewer import safe_path
from sickbay_collector.web.context import Context

router = APIRouter()

_Move: TypeAlias = Callable[[OpenUnitOfWork, desk.Act, str], Ticket]


def _wait(action: TicketAction) -> _Move:
    return lambda open_uow, act, text: desk.wait(open_uow, act, action, reason=text)


MOVES: Mapping[TicketStatus, _Move] = MappingProxyType(
    {
        TicketStatus.IN_PROGRESS: lambda open_uow, act, _text: desk.take(open_uow, act),
        TicketStatus.PENDING_USER: _wait(TicketAction.WAIT_FOR_USER),
        TicketStatus.PENDING_VENDOR: _wait(TicketAction.WAIT_FOR_VENDOR),
        TicketStatus.PENDING_CHANGE: _wait(TicketAction.WAIT_FOR_CHANGE),
        TicketStatus.RESOLVED: lambda open_uow, act, text: desk.resolve(
            open_uow, act, resolution=text
        ),
        TicketStatus.REOPENED: lambda open_uow, act, text: desk.reopen(open_uow, act, reason=text),
    }
)
"""What moves a ticket to a status."""


class MoveForm(Body):
    """What the board sends: `take` with the version, or all the others."""

    take: Annotated[int, Field(ge=1)] | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    to: TicketStatus = TicketStatus.IN_PROGRESS
    text: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    back: str = "/tickets?view=board"


@router.post("/tickets/{name}/move")
def post_move(context: Context, viewer: TicketsWork, name: Name, fields: Fields) -> Response:
    """Move a ticket, and go back to the board."""
    form = body_of(MoveForm, plain(fields))
    version = form.take or form.version
    if version is None or form.to not in MOVES:
        raise InvalidError(
            _("a ticket cannot be moved to %(state)s; load the board again", state=form.to)
        )
    with context.open_reads() as uow:
        ticket_id = find_ticket(uow, name).ticket_id
    act = desk.Act(
        ticket_id=ticket_id, user=viewer.user, expected_version=version, now=context.clock()
    )
    MOVES[form.to](context.open_writes, act, form.text)
    return RedirectResponse(safe_path(form.back), HTTPStatus.SEE_OTHER)

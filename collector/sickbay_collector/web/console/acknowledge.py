"""The page behind the link of a message: one button that acknowledges one ticket.

Nobody has to sign in, and no form token is possible without a session: the link is the proof. It
shows number and title, nothing else, and to look at it changes nothing, because mail scanners do.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from sickbay_collector.core.desk.ack_token import TOKEN_LIMIT
from sickbay_collector.services.ack_by_link import (
    LinkedTicket,
    LinkOverError,
    look_at_link,
    use_link,
)
from sickbay_collector.services.ack_links import PATH
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.texts import sentence
from sickbay_collector.web.console.viewer import refuse_other_sites
from sickbay_collector.web.context import WholeContext
from sickbay_collector.web.problems import ApiError

router = APIRouter()

Token = Annotated[str, Path(max_length=TOKEN_LIMIT)]


@router.get(PATH + "{token}")
def get_acknowledge(context: WholeContext, pages: Render, token: Token) -> Response:
    """Ask whether somebody takes care of a ticket."""
    try:
        with context.open_reads() as uow:
            found = look_at_link(uow, token, now=context.clock())
    except LinkOverError as error:
        raise ApiError(HTTPStatus.GONE, sentence(error)) from None
    return _page(pages, found, is_done=False)


@router.post(PATH + "{token}")
def post_acknowledge(
    context: WholeContext, pages: Render, request: Request, token: Token
) -> Response:
    """Acknowledge a ticket as who got the link."""
    refuse_other_sites(request)
    try:
        found = use_link(context.open_writes, token, now=context.clock())
    except LinkOverError as error:
        raise ApiError(HTTPStatus.GONE, sentence(error)) from None
    return _page(pages, found, is_done=True)


def _page(pages: Pages, found: LinkedTicket, *, is_done: bool) -> Response:
    ticket = found.ticket
    values = {
        "number": ticket.number,
        "title": ticket.title,
        "login": found.login,
        "by": ticket.acknowledged_by,
        "is_waiting": found.is_waiting,
        "is_done": is_done,
    }
    return pages.page("acknowledge.html", None, values)

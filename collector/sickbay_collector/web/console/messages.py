"""Messages to people: what waits, what nobody could deliver, and sending it again."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.desk.message import WAITING, MessageState
from sickbay_collector.services.message_desk import TEST, find_message, retry_message
from sickbay_collector.web.api.base import Body, Cursor, decode_cursor, encode_cursor
from sickbay_collector.web.console.allowed import TicketsRead, TicketsWork
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/messages")

_ROWS = 50
Key = Annotated[str, Path(max_length=2300, pattern=r"^[^\x00]*$")]
_SHOWN = (
    MessageState.DEAD,
    MessageState.RETRIED,
    MessageState.QUEUED,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.WITHDRAWN,
)
_STANDING = frozenset({MessageState.QUEUED, MessageState.RETRIED, MessageState.DEAD})


class ListQuery(Body):
    """Which messages to list; it stands in the address."""

    state: MessageState | None = None
    """What waits or is dead where it is left out."""
    cursor: Cursor = None


@router.get("")
def get_messages(
    context: Context, pages: Render, viewer: TicketsRead, query: Annotated[ListQuery, Query()]
) -> Response:
    """List messages of a state."""
    states = _STANDING if query.state is None else {query.state}
    after = "" if query.cursor is None else str(decode_cursor(query.cursor, (str,))[0])
    with context.open_reads() as uow:
        found = uow.outbox.standing(states=states, limit=_ROWS + 1, after=after)
        waiting = uow.outbox.waiting()
    following = ""
    if len(found) > _ROWS:
        said = {"cursor": encode_cursor([found[_ROWS - 1].key])}
        said |= {} if query.state is None else {"state": query.state.value}
        following = f"/messages?{urlencode(said)}"
    return pages.page(
        "messages.html",
        viewer,
        {
            "now": context.clock(),
            "rows": found[:_ROWS],
            "waiting": waiting,
            "states": _SHOWN,
            "query": query,
            "following": following,
        },
    )


@router.get("/state/{key:path}")
def get_state(context: Context, pages: Render, viewer: TicketsRead, key: Key) -> Response:
    """Show, as a part of its page, how a message stands."""
    return _show(context, pages, viewer, key, "message_state.html")


@router.get("/{key:path}")
def get_message(context: Context, pages: Render, viewer: TicketsRead, key: Key) -> Response:
    """Show how one message stands; while it waits, the page looks again by itself."""
    return _show(context, pages, viewer, key, "message.html")


@router.post("/{key:path}/retry")
def post_retry(context: Context, viewer: TicketsWork, key: Key) -> Response:
    """Send a dead message again."""
    message = retry_message(context.open_writes, key, user=viewer.user, now=context.clock())
    return RedirectResponse(f"/messages/{quote(message.key, safe='')}", HTTPStatus.SEE_OTHER)


def _show(
    context: Context, pages: Render, viewer: TicketsRead, key: str, template: str
) -> Response:
    with context.open_reads() as uow:
        message = find_message(uow, key)
    return pages.page(
        template,
        viewer,
        {
            "now": context.clock(),
            "message": message,
            "address": quote(message.key, safe=""),
            "is_waiting": message.state in WAITING,
            "is_test": message.payload.get("event") == TEST,
        },
    )

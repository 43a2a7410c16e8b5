"""The stream by which an open page hears that something changed (server-sent events).

Source: HTML Living Standard, 9.2 "Server-sent events".
"""

from collections.abc import AsyncGenerator
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from sickbay_collector.core.live import MARKS_LIMIT, from_text
from sickbay_collector.web.console.allowed import TicketsRead
from sickbay_collector.web.console.viewer import session_secret
from sickbay_collector.web.context import Context

router = APIRouter()

_HEADERS = MappingProxyType(
    {
        "Cache-Control": "no-store, no-transform",
        # nginx keeps answers back until they are whole, unless it is told not to.
        "X-Accel-Buffering": "no",
    }
)


class _EventStream(StreamingResponse):
    """Sends events, and gives their place back when the browser is gone."""

    def __init__(self, first: str, events: AsyncGenerator[str]) -> None:
        super().__init__(_with(first, events), media_type="text/event-stream", headers=_HEADERS)
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._events.aclose()


@router.get("/events")
async def get_events(
    context: Context,
    request: Request,
    viewer: TicketsRead,
    since: Annotated[str, Query(max_length=MARKS_LIMIT)] = "",
    last_event_id: Annotated[str, Header(max_length=MARKS_LIMIT)] = "",
) -> StreamingResponse:
    """Tell what kinds of things change, from the page's mark or the last event on."""
    del viewer
    events = context.live.events(session_secret(request), from_text(last_event_id or since))
    # Whether there is room shows with the first event, before the answer begins.
    return _EventStream(await anext(events), events)


async def _with(first: str, others: AsyncGenerator[str]) -> AsyncGenerator[str]:
    yield first
    async for one in others:
        yield one

"""`/api/v1/windows`: maintenance windows, what they muted, and who did not come back."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from sickbay_collector.core.alerts.window import Occurrence, Window
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.recurrence import checked_zone
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.quiet_lookups import preview
from sickbay_collector.services.windows import (
    add_window,
    cancel_window,
    find_window,
    occurrence_details,
)
from sickbay_collector.web.api.base import (
    Body,
    Cursor,
    Limit,
    encode_cursor,
    link_next,
    problems,
)
from sickbay_collector.web.api.quiet_schema import (
    OccurrenceList,
    OccurrenceSchema,
    PreviewBody,
    PreviewSchema,
    WindowBody,
    WindowList,
    WindowSchema,
)
from sickbay_collector.web.api.silences import Number, number_before
from sickbay_collector.web.auth import AlertsRead, QuietWrite
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/windows", tags=["quiet"])

_READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_WRITE = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
_ADD = problems(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
_LIST = problems(HTTPStatus.UNPROCESSABLE_ENTITY)


class WindowQuery(Body):
    """Which windows to list."""

    open: bool = True
    """Only those with an occurrence ahead or under way; false for all."""
    over: bool = False
    """Only those that are over; wins over `open`."""
    limit: Limit = 50
    cursor: Cursor = None


class OccurrenceQuery(Body):
    """How many occurrences to show."""

    limit: Annotated[int, Field(ge=1, le=50)] = 5


@router.get("", responses={**_LIST})
def get_windows(
    context: Context,
    _principal: AlertsRead,
    request: Request,
    response: Response,
    query: Annotated[WindowQuery, Query()],
) -> WindowList:
    """List maintenance windows, newest first."""
    with context.open_reads() as uow:
        found = uow.quiet.windows(
            open_only=query.open and not query.over,
            over_only=query.over,
            limit=query.limit + 1,
            before=number_before(query.cursor),
        )
        page = found[: query.limit]
        newest = uow.quiet.newest_occurrences([one.number for one in page])
        items = tuple(_listed(one, newest.get(one.number)) for one in page)
    following = encode_cursor([page[-1].number]) if len(found) > query.limit else None
    link_next(request, response, following)
    return WindowList(items=items, next_cursor=following)


@router.post("", status_code=HTTPStatus.CREATED, responses={**_ADD})
def post_window(context: Context, principal: QuietWrite, body: WindowBody) -> WindowSchema:
    """Plan a maintenance window."""
    now = context.clock()
    added = add_window(context.open_writes, window_of(body, principal.user, now), now=now)
    with context.open_reads() as uow:
        return _shown(uow, added)


@router.post("/preview", responses={**_LIST})
def post_window_preview(
    context: Context, _principal: AlertsRead, body: PreviewBody
) -> PreviewSchema:
    """Show which devices and alerts a window would be about."""
    matcher = body.matcher.matcher()
    with context.open_reads() as uow:
        return PreviewSchema.of(preview(uow, matcher, context.rules(), now=context.clock()))


@router.get("/{number}", responses={**_READ})
def get_window(context: Context, _principal: AlertsRead, number: Number) -> WindowSchema:
    """Show a maintenance window."""
    with context.open_reads() as uow:
        return _shown(uow, find_window(uow, number))


@router.get("/{number}/occurrences", responses={**_READ})
def get_occurrences(
    context: Context,
    _principal: AlertsRead,
    number: Number,
    query: Annotated[OccurrenceQuery, Query()],
) -> OccurrenceList:
    """Show a window's newest occurrences: what they muted, and who did not come back."""
    with context.open_reads() as uow:
        found = occurrence_details(uow, number, limit=query.limit)
    return OccurrenceList(items=tuple(OccurrenceSchema.of(one) for one in found))


@router.post("/{number}/cancel", responses={**_WRITE})
def post_window_cancel(context: Context, principal: QuietWrite, number: Number) -> WindowSchema:
    """End a window for good; what it keeps quiet and is still true opens its tickets."""
    cancelled = cancel_window(context.open_writes, number, user=principal.user, now=context.clock())
    with context.open_reads() as uow:
        return _shown(uow, cancelled)


def window_of(body: WindowBody, user: str, now: datetime) -> Window:
    """Return the window that a body asks for.

    Raises:
        InvalidError: A field is not allowed.
    """
    start = _local(body.start)
    begins = start.replace(tzinfo=ZoneInfo(checked_zone(body.zone))).astimezone(UTC)
    if body.rrule and body.until is None:
        raise InvalidError("until: a window that recurs needs its end, at most 366 days ahead")
    return Window(
        number=0,
        title=body.title,
        matcher=body.matcher.matcher(),
        start=start,
        zone=body.zone,
        duration_s=body.duration_s,
        rrule=body.rrule,
        until=body.until or begins + timedelta(seconds=body.duration_s),
        grace_s=body.grace_s,
        reason=body.reason,
        author=user,
        created_at=now,
        cancelled_at=None,
        cancelled_by="",
    )


def _local(text: str) -> datetime:
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        start = None
    if start is None or start.tzinfo is not None or not 1970 <= start.year < 2200:
        raise InvalidError(f"start {text!r}: a local time without a zone, as 2026-11-29T02:00")
    return start


def _shown(uow: UnitOfWork, window: Window) -> WindowSchema:
    return _listed(window, next(iter(uow.quiet.occurrences(window.number, limit=1)), None))


def _listed(window: Window, newest: Occurrence | None) -> WindowSchema:
    return WindowSchema.of_window(
        window, newest.state if newest else None, newest.starts_at if newest else None
    )

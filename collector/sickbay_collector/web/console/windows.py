"""Maintenance windows: when they come, what they hide, what they muted, who did not come back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.alerts.window import (
    OPEN_STATES,
    Occurrence,
    Window,
    checked_window,
    occurrences,
)
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.quiet_lookups import Preview, preview
from sickbay_collector.services.windows import (
    add_window,
    cancel_window,
    find_window,
    occurrence_details,
)
from sickbay_collector.web.api.base import Body, Cursor, encode_cursor
from sickbay_collector.web.api.quiet_schema import WindowBody
from sickbay_collector.web.api.silences import Number, number_before
from sickbay_collector.web.api.windows import window_of
from sickbay_collector.web.console.allowed import AlertsRead, QuietWrite
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.console.quiet_form import (
    LENGTHS,
    MATCHED,
    RECURS,
    matcher_of,
    seconds_of,
)
from sickbay_collector.web.console.texts import sentence
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/windows")

_PAGE = 50
_SOON = 5
_SHOWN = 3
"""Occurrences of one window that are listed, the newest."""
_EMPTY = {"length": "2h", "grace": "30m", "zone": "UTC"}


class ListQuery(Body):
    """What the list shows; it stands in the address."""

    show: Annotated[str, Field(pattern="^(active|coming|past)$")] = "active"
    cursor: Cursor = None


@router.get("")
def get_windows(
    context: Context, pages: Render, viewer: AlertsRead, query: Annotated[ListQuery, Query()]
) -> Response:
    """List windows that are under way, that come, or that are over."""
    is_past = query.show == "past"
    with context.open_reads() as uow:
        # Fewer windows may be open than stand on one page of the API.
        found = uow.quiet.windows(
            open_only=not is_past,
            over_only=is_past,
            limit=_PAGE + 1 if is_past else 1000,
            before=number_before(query.cursor) if is_past else None,
        )
        newest = uow.quiet.newest_occurrences([one.number for one in found])
    rows = [(one, newest.get(one.number)) for one in found]
    following = ""
    if is_past and len(found) > _PAGE:
        cursor = encode_cursor([found[_PAGE - 1].number])
        following = f"/windows?{urlencode({'show': 'past', 'cursor': cursor})}"
    values = {
        "now": context.clock(),
        "rows": rows[:_PAGE] if is_past else _of_state(rows, query.show),
        "query": query,
        "following": following,
    }
    return pages.page("windows.html", viewer, values)


@router.get("/new")
def get_new(context: Context, pages: Render, viewer: QuietWrite) -> Response:
    """Show the form of a window."""
    return _form(context, pages, viewer, _EMPTY)


@router.post("/new")
def post_new(context: Context, pages: Render, viewer: QuietWrite, fields: Fields) -> Response:
    """Show what a window would hide and when it comes, or plan it."""
    said, now = plain(fields), context.clock()
    try:
        window = window_of(_body(said), viewer.user, now)
        if said.get("act") == "preview":
            times = tuple(islice(occurrences(checked_window(window, now=now)), _SOON))
            with context.open_reads() as uow:
                found = preview(uow, window.matcher, context.rules(), now=now)
            return _form(context, pages, viewer, said, found=found, times=times)
        added = add_window(context.open_writes, window, now=now)
    except InvalidError as error:
        return _form(context, pages, viewer, said, problem=sentence(error))
    return _to(added.number)


@router.get("/{number}")
def get_window(context: Context, pages: Render, viewer: AlertsRead, number: Number) -> Response:
    """Show one window with its newest occurrences."""
    with context.open_reads() as uow:
        window = find_window(uow, number)
        details = occurrence_details(uow, number, limit=_SHOWN)
        tickets = uow.tickets.many(
            {one.occurrence.ticket_id for one in details if one.occurrence.ticket_id}
        )
        muted = {one.device_id for detail in details for one in detail.muted}
        names = {one.device_id: one.hostname for one in uow.devices.load(muted)}
    is_open = bool(details) and details[0].occurrence.state in OPEN_STATES
    values = {
        "now": context.clock(),
        "window": window,
        "details": details,
        "tickets": tickets,
        "names": names,
        "is_open": is_open,
        "recurs": RECURS,
    }
    return pages.page("window.html", viewer, values)


@router.post("/{number}/cancel")
def post_cancel(context: Context, viewer: QuietWrite, number: Number) -> Response:
    """End a window for good."""
    cancel_window(context.open_writes, number, user=viewer.user, now=context.clock())
    return _to(number)


def _body(said: Mapping[str, str]) -> WindowBody:
    until = f"{said['until']}T00:00:00Z" if said.get("until") else None
    asked = {
        **{name: said.get(name, "") for name in ("title", "start", "zone", "rrule", "reason")},
        "matcher": matcher_of(said),
        "duration_s": seconds_of(said, "length"),
        "grace_s": seconds_of(said, "grace"),
        "until": until,
    }
    return body_of(WindowBody, asked)


def _of_state(
    rows: Sequence[tuple[Window, Occurrence | None]], show: str
) -> list[tuple[Window, Occurrence | None]]:
    """Return the open windows that are under way, or those that come."""

    def begins(row: tuple[Window, Occurrence | None]) -> datetime:
        return row[1].starts_at if row[1] else row[0].created_at

    coming = [one for one in rows if one[1] is None or one[1].state == "planned"]
    active = [one for one in rows if one not in coming]
    return sorted(coming if show == "coming" else active, key=begins)


def _form(
    context: WebContext,
    pages: Pages,
    viewer: Viewer,
    said: Mapping[str, str],
    *,
    found: Preview | None = None,
    times: Sequence[Occurrence] = (),
    problem: str = "",
) -> Response:
    values = {
        "now": context.clock(),
        "said": said,
        "matched": MATCHED,
        "lengths": LENGTHS,
        "recurs": RECURS,
        "preview": found,
        "times": times,
        "problem": problem,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return pages.page("window_new.html", viewer, values, status=status)


def _to(number: int) -> Response:
    return RedirectResponse(f"/windows/{number}", HTTPStatus.SEE_OTHER)

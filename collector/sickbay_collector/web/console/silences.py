"""Silences: alerts that are known and open no ticket until a named time."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.alerts.matcher import PATTERN_LIMIT
from sickbay_collector.core.alerts.silence import MuteSource
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.quiet_lookups import Preview, preview
from sickbay_collector.services.silences import (
    add_silence,
    expire_silence,
    extend_silence,
    find_silence,
)
from sickbay_collector.services.windows import SHOWN
from sickbay_collector.web.api.base import Body, Cursor, encode_cursor
from sickbay_collector.web.api.quiet_schema import ExtendBody, SilenceBody
from sickbay_collector.web.api.silences import Number, number_before
from sickbay_collector.web.console.allowed import AlertsRead, QuietWrite
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.console.quiet_form import LASTS, MATCHED, end_of, matcher_of
from sickbay_collector.web.console.texts import sentence
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/silences")

_PAGE = 50
_Pattern = Annotated[str, Field(max_length=PATTERN_LIMIT, pattern=r"^[^\x00]*$")]


class ListQuery(Body):
    """What the list shows; it stands in the address."""

    show: Annotated[str, Field(pattern="^(active|past)$")] = "active"
    cursor: Cursor = None


class NewQuery(Body):
    """What the form begins with."""

    device: _Pattern = ""
    rule: _Pattern = ""


@router.get("")
def get_silences(
    context: Context, pages: Render, viewer: AlertsRead, query: Annotated[ListQuery, Query()]
) -> Response:
    """List silences in force, or those that are over, newest first."""
    now = context.clock()
    is_past = query.show == "past"
    with context.open_reads() as uow:
        found = uow.quiet.silences(
            active_at=None if is_past else now,
            over_at=now if is_past else None,
            limit=_PAGE + 1,
            before=number_before(query.cursor),
        )
    following = ""
    if len(found) > _PAGE:
        cursor = encode_cursor([found[_PAGE - 1].number])
        following = f"/silences?{urlencode({'show': query.show, 'cursor': cursor})}"
    values = {"now": now, "rows": found[:_PAGE], "query": query, "following": following}
    return pages.page("silences.html", viewer, values)


@router.get("/new")
def get_new(
    context: Context, pages: Render, viewer: QuietWrite, query: Annotated[NewQuery, Query()]
) -> Response:
    """Show the form of a silence."""
    return _form(context, pages, viewer, {**query.model_dump(), "lasts": "8h"})


@router.post("/new")
def post_new(context: Context, pages: Render, viewer: QuietWrite, fields: Fields) -> Response:
    """Show what a silence would hide, or add it."""
    said, now = plain(fields), context.clock()
    try:
        ends_at = end_of(said, now)
        reason = said.get("reason", "")
        asked = {"matcher": matcher_of(said), "reason": reason or "-", "ends_at": ends_at}
        body = body_of(SilenceBody, asked)
        if said.get("act") == "preview":
            with context.open_reads() as uow:
                found = preview(uow, body.matcher.matcher(), context.rules(), now=now)
            return _form(context, pages, viewer, said, found=found)
        added = add_silence(
            context.open_writes,
            matcher=body.matcher.matcher(),
            reason=reason,
            ends_at=body.ends_at,
            user=viewer.user,
            now=now,
        )
    except InvalidError as error:
        return _form(context, pages, viewer, said, problem=sentence(error))
    return _to(added.number)


@router.get("/{number}")
def get_silence(context: Context, pages: Render, viewer: AlertsRead, number: Number) -> Response:
    """Show one silence and what it muted."""
    with context.open_reads() as uow:
        silence = find_silence(uow, number)
        muted = uow.quiet.muted_by(MuteSource.SILENCE, number, limit=SHOWN)
        devices = uow.devices.load({one.device_id for one in muted})
    values = {
        "now": context.clock(),
        "silence": silence,
        "muted": muted,
        "names": {one.device_id: one.hostname for one in devices},
        "lasts": LASTS,
    }
    return pages.page("silence.html", viewer, values)


@router.post("/{number}/expire")
def post_expire(context: Context, viewer: QuietWrite, number: Number) -> Response:
    """End a silence now."""
    expire_silence(context.open_writes, number, user=viewer.user, now=context.clock())
    return _to(number)


@router.post("/{number}/extend")
def post_extend(context: Context, viewer: QuietWrite, number: Number, fields: Fields) -> Response:
    """Let a silence end at another time."""
    now = context.clock()
    body = body_of(ExtendBody, {"ends_at": end_of(plain(fields), now)})
    extend_silence(context.open_writes, number, ends_at=body.ends_at, user=viewer.user, now=now)
    return _to(number)


def _form(
    context: WebContext,
    pages: Pages,
    viewer: Viewer,
    said: Mapping[str, str],
    *,
    found: Preview | None = None,
    problem: str = "",
) -> Response:
    values = {
        "now": context.clock(),
        "said": said,
        "matched": MATCHED,
        "lasts": LASTS,
        "preview": found,
        "problem": problem,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return pages.page("silence_new.html", viewer, values, status=status)


def _to(number: int) -> Response:
    return RedirectResponse(f"/silences/{number}", HTTPStatus.SEE_OTHER)

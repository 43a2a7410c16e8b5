"""Rotas: whose turn it is, who stands in, and the address for one's calendar program."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.access.right import Right
from sickbay_collector.core.desk.rota import on_call
from sickbay_collector.core.desk.rota_plan import EVERYBODY, Override
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.rotas import OVERRIDES
from sickbay_collector.services.coverage_lookups import find_rota, rota_duties
from sickbay_collector.services.coverage_ports import FeedToken
from sickbay_collector.services.feeds import make_feed, revoke_feed
from sickbay_collector.services.overrides import (
    NewOverride,
    add_override,
    override_of,
    remove_override,
)
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.console.allowed import CoverageWrite, DeskRead
from sickbay_collector.web.console.coverage import TABS
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.console.quiet_form import RECURS
from sickbay_collector.web.console.texts import _, sentence
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.console.wall_clock import WallTime, ZoneName, moment_at
from sickbay_collector.web.console.wall_clock import zone_of as zone_for
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/coverage")

AHEAD = timedelta(weeks=4)
Name = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$")]
_Login = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]


class RotaQuery(Body):
    """What the form for standing in is filled with; a link from a gap says it."""

    login: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = ""
    since: Annotated[WallTime, Field(alias="from")] = None
    until: WallTime = None
    zone: ZoneName = ""


class StandInBody(Body):
    """Who stands in, as the form says it."""

    key: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    """Made with the form, so that it counts once however often it is sent."""
    login: _Login
    since: WallTime = None
    """On the wall clock of the zone; now where it is left out."""
    until: WallTime
    zone: ZoneName = ""
    instead_of: _Login = EVERYBODY
    reason: Annotated[str, Field(max_length=160, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


@router.get("/rotas")
def get_rotas(context: Context, pages: Render, viewer: DeskRead) -> Response:
    """List rotas with who is on call, and one's own calendar addresses."""
    now = context.clock()
    with context.open_reads() as uow:
        book = uow.book
        feeds = _feeds(uow, viewer)
    return pages.page(
        "rotas.html",
        viewer,
        {
            "tabs": TABS,
            "now": now,
            "book": book,
            "zone": zone_for(book, viewer.user, ""),
            "rows": [(rota, on_call(book, rota.id, now)) for rota in book.rotas.values()],
            "feeds": feeds,
            "made": None,
        },
    )


@router.get("/rotas/{rota}")
def get_rota(
    context: Context,
    pages: Render,
    viewer: DeskRead,
    rota: Name,
    query: Annotated[RotaQuery, Query()],
) -> Response:
    """Show one rota: who is on call, duties to come, and who stands in."""
    said = {
        "login": query.login,
        "since": query.since.isoformat(timespec="minutes") if query.since else "",
        "until": query.until.isoformat(timespec="minutes") if query.until else "",
        "zone": query.zone,
    }
    return _rota_page(context, pages, viewer, rota, said=said)


@router.post("/rotas/{rota}/overrides")
def post_override(
    context: Context, pages: Render, viewer: CoverageWrite, rota: Name, fields: Fields
) -> Response:
    """Let somebody stand in; what is wrong is said beside what was typed."""
    said = plain(fields)
    try:
        _add(context, viewer, rota, said)
    except InvalidError as error:
        return _rota_page(context, pages, viewer, rota, said=said, error=sentence(error))
    context.shelf.follow()
    return RedirectResponse(f"/coverage/rotas/{rota}", HTTPStatus.SEE_OTHER)


@router.post("/rotas/{rota}/overrides/{override}/remove")
def post_remove(context: Context, viewer: CoverageWrite, rota: Name, override: Name) -> Response:
    """Take away somebody's standing in."""
    with context.open_reads() as uow:
        override_of(uow.book, rota, override)
    base = context.shelf.now.base
    remove_override(context.open_writes, base, override, user=viewer.user, now=context.clock())
    context.shelf.follow()
    return RedirectResponse(f"/coverage/rotas/{rota}", HTTPStatus.SEE_OTHER)


@router.post("/feeds")
def post_feed(context: Context, pages: Render, viewer: CoverageWrite, request: Request) -> Response:
    """Make an address for one's own calendar program and show it, this once."""
    now = context.clock()
    made = make_feed(
        context.open_writes,
        viewer.principal,
        login=viewer.user,
        now=now,
        new_id=context.new_id,
    )
    with context.open_reads() as uow:
        book = uow.book
        feeds = _feeds(uow, viewer)
    return pages.page(
        "rotas.html",
        viewer,
        {
            "tabs": TABS,
            "now": now,
            "book": book,
            "zone": zone_for(book, viewer.user, ""),
            "rows": [(rota, on_call(book, rota.id, now)) for rota in book.rotas.values()],
            "feeds": feeds,
            "made": {"secret": made.secret, "site": str(request.base_url).rstrip("/")},
        },
    )


@router.post("/feeds/{feed}/revoke")
def post_revoke(context: Context, viewer: CoverageWrite, feed: Name) -> Response:
    """End a calendar's address."""
    revoke_feed(context.open_writes, viewer.principal, feed, now=context.clock())
    return RedirectResponse("/coverage/rotas", HTTPStatus.SEE_OTHER)


def _feeds(uow: UnitOfWork, viewer: Viewer) -> list[FeedToken]:
    """Return the live addresses that somebody may end: one's own, or an administrator's all."""
    every = viewer.principal.may(Right.ACCOUNTS_WRITE)
    return [
        one
        for one in uow.coverage.feeds()
        if one.revoked_at is None and (every or one.login == viewer.user)
    ]


def _add(context: WebContext, viewer: Viewer, rota: str, said: Mapping[str, str]) -> None:
    body = body_of(StandInBody, said)
    with context.open_reads() as uow:
        book = uow.book
    find_rota(book, rota)
    if body.until is None:
        raise InvalidError(_("until: say until when"))
    zone, now = zone_for(book, viewer.user, body.zone), context.clock()
    wanted = NewOverride(
        rota=rota,
        login=body.login,
        since=moment_at(body.since, zone) if body.since else now,
        until=moment_at(body.until, zone),
        instead_of=body.instead_of,
        reason=body.reason,
    )
    base = context.shelf.now.base
    add_override(
        context.open_writes, base, wanted, user=viewer.user, now=now, new_id=lambda: body.key
    )


def _rota_page(
    context: WebContext,
    pages: Pages,
    viewer: Viewer,
    rota: str,
    *,
    said: Mapping[str, str],
    error: str = "",
) -> Response:
    now = context.clock()
    with context.open_reads() as uow:
        book = uow.book
        applied = {one.id for one in uow.config.all() if one.kind == OVERRIDES.name}
    found = find_rota(book, rota)
    overrides: list[Override] = [
        one for one in book.overrides.values() if one.rota == rota and one.until > now
    ]
    return pages.page(
        "rota.html",
        viewer,
        {
            "tabs": TABS,
            "now": now,
            "book": book,
            "rota": found,
            "recurs": RECURS,
            "zone": zone_for(book, viewer.user, said.get("zone", "") if not error else ""),
            "on_call": on_call(book, rota, now),
            "duties": rota_duties(book, found, now, now + AHEAD)[:100],
            "overrides": sorted(overrides, key=lambda one: one.since),
            "applied": applied,
            "people": [*dict.fromkeys(x for layer in found.layers for x in layer.participants)],
            "said": said,
            "key": said.get("key") or context.new_id(),
            "error": error,
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
    )

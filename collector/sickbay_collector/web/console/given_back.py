"""The page that gives back what was typed, with what stood in its way and what happened since."""

import hmac
import re
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from sickbay_collector.core.desk.meanwhile import since_version
from sickbay_collector.core.desk.ticket import Ticket, WorklogEntry
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.services.ticket_lookups import TICKET_NAME_LIMIT, find_ticket
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import pages_of
from sickbay_collector.web.console.typed import Typed, page_of, typed_of
from sickbay_collector.web.console.viewer import (
    CSRF_FIELD,
    SignInNeededError,
    Viewer,
    viewer_of,
)
from sickbay_collector.web.context import WebContext, context_of

_TICKET = re.compile(r"/tickets/([0-9a-f-]+)/[a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a form was not taken."""

    title: str
    detail: str
    status: HTTPStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """A ticket that a form was about, and what happened to it since its page was read."""

    ticket: Ticket
    entries: tuple[WorklogEntry, ...] = field(default=())


def give_back(request: Request, said: FormData, obstacle: Obstacle) -> Response | None:
    """Return the page with what was typed; None where it is not shown.

    That is for who is signed in and sent it from the console's own page: no other site may put
    words into a form that waits to be sent.
    """
    typed = typed_of(request.url.path, request.headers.get("referer", ""), said.multi_items())
    viewer = _own(request, said)
    if typed is None or viewer is None or not typed.fields:
        return None
    return typed_page(context_of(request), pages_of(request), viewer, typed, obstacle)


def typed_page(
    context: WebContext, pages: Pages, viewer: Viewer, typed: Typed, obstacle: Obstacle
) -> Response:
    """Return the page with what was typed.

    Args:
        context: Where the ticket is read that it is about.
        pages: The templates.
        viewer: Who sends it again.
        typed: What was typed.
        obstacle: What stood in its way.
    """
    found = _meanwhile(context, typed)
    again = typed
    # Who read what happened since may still want it; only then it is sent for the newer version.
    if found is not None and found.entries:
        again = typed.at_version(found.ticket.version)
    return pages.page(
        "typed.html",
        viewer,
        {
            "obstacle": obstacle,
            "typed": again,
            "meanwhile": found,
            "now": context.clock(),
            "kept_key": f"kept {typed.back.partition('?')[0]} {typed.path}",
        },
        status=obstacle.status,
    )


def came_from(request: Request) -> str:
    """Return the page that a form stood on."""
    return page_of(request.headers.get("referer", ""))


def _own(request: Request, said: FormData) -> Viewer | None:
    try:
        viewer = viewer_of(request)
    except SignInNeededError:
        return None
    token = said.get(CSRF_FIELD)
    is_ours = isinstance(token, str) and hmac.compare_digest(token.encode(), viewer.csrf.encode())
    is_same = request.headers.get("sec-fetch-site") == "same-origin"
    return viewer if is_ours or is_same else None


def _meanwhile(context: WebContext, typed: Typed) -> Meanwhile | None:
    named = _TICKET.fullmatch(typed.path)
    if named is None or len(named[1]) > TICKET_NAME_LIMIT:
        return None
    with context.open_reads() as uow:
        try:
            ticket = find_ticket(uow, named[1])
        except NotFoundError:
            return None
        if typed.version is None or typed.version >= ticket.version:
            return Meanwhile(ticket=ticket)
        worklog = uow.tickets.worklog(ticket.ticket_id)
    entries = since_version(worklog, version=ticket.version, seen=typed.version)
    return Meanwhile(ticket=ticket, entries=entries)

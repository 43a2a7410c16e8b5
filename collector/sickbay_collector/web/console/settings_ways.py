"""How an entry of the configuration goes, is switched off, or comes back.

What goes with it is shown before.
"""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.errors import InvalidError, NotFoundError
from sickbay_collector.services.book.apply import Applied, StaleRevisionError
from sickbay_collector.services.book.edit import entry_now, switched
from sickbay_collector.services.book.layers import laid_over
from sickbay_collector.services.book.plan import Wanted, applied_layer
from sickbay_collector.services.book.references import named_by
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.configuring import applied, previewed
from sickbay_collector.web.console.allowed import DeskWrite
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.console.settings import EntryName, KindName, kind_page
from sickbay_collector.web.console.settings_draft import (
    Desk,
    applying,
    desk_of,
    path_of,
    revision_of,
)
from sickbay_collector.web.console.texts import _, sentence
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/settings")


class Way(StrEnum):
    """How an entry goes, or comes back."""

    REMOVE = "remove"
    OFF = "off"
    ON = "on"


class WayQuery(Body):
    """How an entry goes."""

    how: Way = Way.REMOVE


@router.get("/{kind}/{entry}/remove")
def get_remove(
    context: Context,
    pages: Render,
    viewer: DeskWrite,
    kind: KindName,
    entry: EntryName,
    query: Annotated[WayQuery, Query()],
) -> Response:
    """Show what goes with an entry, and what keeps it from going."""
    return _way_page(desk_of(context), pages, viewer, kind, entry, query.how)


@router.post("/{kind}/{entry}/remove")
def post_remove(
    context: Context,
    pages: Render,
    viewer: DeskWrite,
    kind: KindName,
    entry: EntryName,
    fields: Fields,
) -> Response:
    """Take an applied entry away, or switch one off or on."""
    desk = desk_of(context)
    how = body_of(WayQuery, plain(fields)).how
    wanted = _way(desk, kind, entry, how)
    try:
        done = applied(desk.context, applying(desk, viewer, wanted, revision_of(fields)))
    except (InvalidError, StaleRevisionError) as error:
        return _way_page(desk, pages, viewer, kind, entry, how, error=sentence(error))
    is_there = entry in done.plan.layer[kind]
    back = path_of(kind, entry) if is_there else f"/settings/{kind}"
    return RedirectResponse(
        f"{back}?saved={done.revision}" if is_there else back, HTTPStatus.SEE_OTHER
    )


def _way(desk: Desk, kind: str, name: str, how: Way) -> Wanted:
    entry_kind = kind_page(kind)[1]
    now = entry_now(desk.context.shelf.now, desk.stored, entry_kind, name)
    if how is Way.REMOVE:
        if now.applied is None:
            raise NotFoundError(
                _(
                    "%(entry)s was not applied, so it cannot be taken away; switch it off instead",
                    entry=f"{kind}/{name}",
                )
            )
        return Wanted(remove=frozenset({(kind, name)}))
    base = desk.context.shelf.now.base
    return switched(base, desk.stored, entry_kind, name, on=how is Way.ON)


def _way_page(
    desk: Desk,
    pages: Pages,
    viewer: Viewer,
    kind: str,
    name: str,
    how: Way,
    *,
    error: str = "",
) -> Response:
    page, entry_kind = kind_page(kind)
    context = desk.context
    now = entry_now(context.shelf.now, desk.stored, entry_kind, name)
    seen: Applied | None = None
    refused = ""
    try:
        seen = previewed(desk.context, applying(desk, viewer, _way(desk, kind, name, how), None))
    except InvalidError as found:
        refused = str(found)
    layer = laid_over(context.shelf.now.base, applied_layer(desk.stored))
    return pages.page(
        "settings_way.html",
        viewer,
        {
            "page": page,
            "entry": now,
            "how": how.value,
            "seen": seen,
            "refused": refused,
            "error": error,
            "revision": desk.revision,
            "path": path_of(kind, name),
            "users": named_by(layer, (kind, name), today=context.clock().date()),
        },
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
    )

"""One entry of the configuration: looked at, added and changed.

Every change is shown before it is made, and goes the same way as `sickbay apply`.
"""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.core.errors import InvalidError, SickbayError
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.book.apply import Applied, StaleRevisionError
from sickbay_collector.services.book.edit import edited, entry_now
from sickbay_collector.services.message_desk import try_channel
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.configuring import applied, previewed
from sickbay_collector.web.console.allowed import DeskRead, DeskWrite
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import Fields, Render
from sickbay_collector.web.console.settings import EntryName, KindName, kind_page
from sickbay_collector.web.console.settings_draft import (
    Desk,
    Draft,
    Style,
    applying,
    desk_of,
    draft_of,
    form_fields,
    form_values,
    name_of,
    path_of,
    raw_from,
    revision_of,
    written,
)
from sickbay_collector.web.console.settings_fields import CHANNELS
from sickbay_collector.web.console.settings_form import TEXT, as_text, raw_of
from sickbay_collector.web.console.texts import _, sentence
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/settings")

_CHANGES = 20


class EntryQuery(Body):
    """How to show an entry; it stands in the address."""

    style: Annotated[Style, Field(alias="as")] = Style.FORM
    kind: Annotated[str, Field(max_length=32)] = ""
    """Of a new channel."""
    saved: Annotated[int | None, Field(ge=0, le=2**62)] = None
    """The revision that was just made."""


@router.get("/new/{kind}")
def get_new(
    context: Context,
    pages: Render,
    viewer: DeskWrite,
    kind: KindName,
    query: Annotated[EntryQuery, Query()],
) -> Response:
    """Show an empty form."""
    _, entry_kind = kind_page(kind)
    desk = desk_of(context)
    content: dict[str, Plain] = {entry_kind.id_key: ""}
    if kind == CHANNELS and query.kind:
        content["kind"] = query.kind
    fields = form_fields(context, entry_kind, query.style, content)
    raw = raw_of(fields, content, entry_kind) if fields else {TEXT: [f"{entry_kind.id_key}: "]}
    draft = Draft(kind=entry_kind, name="", style=query.style, raw=raw, before={}, fields=fields)
    return _draft_page(desk, pages, viewer, draft)


@router.get("/{kind}/{entry}")
def get_entry(
    context: Context,
    pages: Render,
    viewer: DeskRead,
    kind: KindName,
    entry: EntryName,
    query: Annotated[EntryQuery, Query()],
) -> Response:
    """Show an entry with where it comes from, who changed it, and its form."""
    page, entry_kind = kind_page(kind)
    desk = desk_of(context)
    now = entry_now(context.shelf.now, desk.stored, entry_kind, entry)
    with context.open_reads() as uow:
        history = uow.audit.list(
            AuditFilter(object_kind=f"config/{kind}", object_id=entry), limit=_CHANGES
        )
    draft = draft_of(context, entry_kind, now, query.style)
    return pages.page(
        "settings_entry.html",
        viewer,
        {
            **form_values(desk, draft),
            "now": context.clock(),
            "page": page,
            "entry": now,
            "history": [one.event for one in history],
            "text": as_text(now.content),
            "saved": query.saved == desk.revision,
            "can_switch": bool(now.beneath) and kind != "calendars",
        },
    )


@router.post("/new/{kind}")
def post_new(
    context: Context, pages: Render, viewer: DeskWrite, kind: KindName, fields: Fields
) -> Response:
    """Show what a new entry would change, or add it."""
    _, entry_kind = kind_page(kind)
    raw = raw_from(fields)
    style = Style.TEXT if TEXT in raw else Style.FORM
    content: dict[str, Plain] = {"kind": next(iter(raw.get("f.kind", ())), "")}
    draft = Draft(
        kind=entry_kind,
        name="",
        style=style,
        raw=raw,
        before={},
        fields=form_fields(context, entry_kind, style, content),
    )
    return _sent(desk_of(context), pages, viewer, draft, fields)


@router.post("/{kind}/{entry}")
def post_entry(
    context: Context,
    pages: Render,
    viewer: DeskWrite,
    kind: KindName,
    entry: EntryName,
    fields: Fields,
) -> Response:
    """Show what a changed entry would change, or save it."""
    _, entry_kind = kind_page(kind)
    desk = desk_of(context)
    now = entry_now(context.shelf.now, desk.stored, entry_kind, entry)
    raw = raw_from(fields)
    style = Style.TEXT if TEXT in raw else Style.FORM
    draft = Draft(
        kind=entry_kind,
        name=entry,
        style=style,
        raw=raw,
        before=now.content,
        fields=form_fields(context, entry_kind, style, now.content),
    )
    return _sent(desk, pages, viewer, draft, fields)


@router.post("/channels/{entry}/test")
def post_test(context: Context, viewer: DeskWrite, entry: EntryName) -> Response:
    """Send oneself a message on one channel, and go and see what comes of it."""
    message = try_channel(
        context.open_writes,
        entry,
        user=viewer.user,
        test_id=context.new_id(),
        now=context.clock(),
    )
    return RedirectResponse(f"/messages/{quote(message.key, safe='')}", HTTPStatus.SEE_OTHER)


def _sent(desk: Desk, pages: Pages, viewer: Viewer, draft: Draft, said: FormData) -> Response:
    """Show what a draft would change, or save it; what is wrong is said beside what was typed."""
    revision = revision_of(said)
    try:
        entry = written(draft)
        name = name_of(desk, draft, entry)
        wanted = edited(desk.context.shelf.now.base, desk.stored, draft.kind, entry)
        if said.get("step") != "save":
            seen = previewed(desk.context, applying(desk, viewer, wanted, revision))
            return _draft_page(desk, pages, viewer, draft, seen=seen)
        done = applied(desk.context, applying(desk, viewer, wanted, revision))
    except (InvalidError, StaleRevisionError) as error:
        return _draft_page(desk, pages, viewer, draft, error=_words(error))
    path = path_of(draft.kind.name, name)
    return RedirectResponse(f"{path}?saved={done.revision}", HTTPStatus.SEE_OTHER)


def _words(error: SickbayError) -> str:
    if isinstance(error, StaleRevisionError):
        return _(
            "%(error)s. What you typed is below: look at the difference again, then save it",
            error=sentence(error),
        )
    return sentence(error)


def _draft_page(
    desk: Desk,
    pages: Pages,
    viewer: Viewer,
    draft: Draft,
    *,
    seen: Applied | None = None,
    error: str = "",
) -> Response:
    page, _ = kind_page(draft.kind.name)
    where, _, rest = error.partition(": ")
    at = where if where in {one.key for one in draft.fields} else ""
    return pages.page(
        "settings_draft.html",
        viewer,
        {
            **form_values(desk, draft),
            "page": page,
            "seen": seen,
            "error": error,
            "error_key": at,
            "error_said": rest.partition(": ")[2] or rest,
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
    )

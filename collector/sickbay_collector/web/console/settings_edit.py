"""One entry of the configuration: looked at, changed, switched off and taken away.

Every change is shown before it is made, and goes the same way as `sickbay apply`. What was typed
comes back with what is wrong with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.alerts.source import Marked, Plain
from sickbay_collector.core.errors import InvalidError, NotFoundError
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.book.apply import (
    Applied,
    Applying,
    StaleRevisionError,
    apply,
    preview,
)
from sickbay_collector.services.book.edit import (
    EntryNow,
    check_new,
    check_same,
    edited,
    entry_now,
    switched,
)
from sickbay_collector.services.book.kind import BookKind, EntryKind
from sickbay_collector.services.book.layers import laid_over
from sickbay_collector.services.book.listing import list_entries
from sickbay_collector.services.book.plan import Wanted, applied_layer
from sickbay_collector.services.book.references import named_by
from sickbay_collector.services.config_ports import ConfigEntry
from sickbay_collector.services.message_desk import try_channel
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.console.allowed import DeskRead, DeskWrite
from sickbay_collector.web.console.pages import Pages
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.console.settings import EntryName, KindName, kind_page
from sickbay_collector.web.console.settings_fields import CHANNELS, fields_of, has_form
from sickbay_collector.web.console.settings_form import (
    TEXT,
    FormField,
    Raw,
    as_text,
    entry_of,
    raw_of,
    rows,
    text_entry,
    week_texts,
)
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/settings")

_OWN_FIELDS = frozenset({"csrf", "revision", "step"})
_CHANGES = 20
_FIELDS_LIMIT = 200
"""Values of one field of a form."""


class Style(StrEnum):
    """How an entry is written."""

    FORM = "form"
    TEXT = "text"


class Way(StrEnum):
    """How an entry goes, or comes back."""

    REMOVE = "remove"
    OFF = "off"
    ON = "on"


class EntryQuery(Body):
    """How to show an entry; it stands in the address."""

    style: Annotated[Style, Field(alias="as")] = Style.FORM
    kind: Annotated[str, Field(max_length=32)] = ""
    """Of a new channel."""
    saved: Annotated[int | None, Field(ge=0, le=2**62)] = None
    """The revision that was just made."""


class WayQuery(Body):
    """How an entry goes."""

    how: Way = Way.REMOVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is configured as a page reads it."""

    context: WebContext
    revision: int
    stored: Sequence[ConfigEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry as somebody writes it."""

    kind: EntryKind
    name: str
    """"" for a new one."""
    style: Style
    raw: Raw
    before: Mapping[str, Plain]
    fields: tuple[FormField, ...]


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
    desk = _desk(context)
    content: dict[str, Plain] = {entry_kind.id_key: ""}
    if kind == CHANNELS and query.kind:
        content["kind"] = query.kind
    fields = _fields_of(context, entry_kind, query.style, content)
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
    desk = _desk(context)
    now = entry_now(context.shelf.now, desk.stored, entry_kind, entry)
    with context.open_reads() as uow:
        history = uow.audit.list(
            AuditFilter(object_kind=f"config/{kind}", object_id=entry), limit=_CHANGES
        )
    draft = _draft(context, entry_kind, now, query.style)
    return pages.page(
        "settings_entry.html",
        viewer,
        {
            **_form_values(desk, draft),
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
    raw = _raw(fields)
    style = Style.TEXT if TEXT in raw else Style.FORM
    content: dict[str, Plain] = {"kind": next(iter(raw.get("f.kind", ())), "")}
    draft = Draft(
        kind=entry_kind,
        name="",
        style=style,
        raw=raw,
        before={},
        fields=_fields_of(context, entry_kind, style, content),
    )
    return _sent(_desk(context), pages, viewer, draft, fields)


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
    desk = _desk(context)
    now = entry_now(context.shelf.now, desk.stored, entry_kind, entry)
    raw = _raw(fields)
    style = Style.TEXT if TEXT in raw else Style.FORM
    draft = Draft(
        kind=entry_kind,
        name=entry,
        style=style,
        raw=raw,
        before=now.content,
        fields=_fields_of(context, entry_kind, style, now.content),
    )
    return _sent(desk, pages, viewer, draft, fields)


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
    return _way_page(_desk(context), pages, viewer, kind, entry, query.how)


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
    desk = _desk(context)
    how = body_of(WayQuery, plain(fields)).how
    wanted = _way(desk, kind, entry, how)
    try:
        done = _apply(desk, viewer, wanted, _revision(fields))
    except (InvalidError, StaleRevisionError) as error:
        return _way_page(desk, pages, viewer, kind, entry, how, error=str(error))
    is_there = entry in done.plan.layer[kind]
    back = _path(kind, entry) if is_there else f"/settings/{kind}"
    return RedirectResponse(
        f"{back}?saved={done.revision}" if is_there else back, HTTPStatus.SEE_OTHER
    )


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


def _desk(context: WebContext) -> Desk:
    with context.open_reads() as uow:
        return Desk(context=context, revision=uow.config.revision(), stored=uow.config.all())


def _draft(context: WebContext, kind: EntryKind, now: EntryNow, style: Style) -> Draft:
    fields = _fields_of(context, kind, style, now.content)
    raw = raw_of(fields, now.content, kind) if fields else {TEXT: [as_text(now.content)]}
    return Draft(kind=kind, name=now.id, style=style, raw=raw, before=now.content, fields=fields)


def _fields_of(
    context: WebContext, kind: EntryKind, style: Style, content: Mapping[str, Plain]
) -> tuple[FormField, ...]:
    """Return the fields of an entry's form; none where it is written as text."""
    if style is Style.TEXT or not has_form(kind.name):
        return ()
    return fields_of(kind.name, content, context.shelf.now.configuration.book)


def _raw(said: FormData) -> Raw:
    found: dict[str, list[str]] = {}
    for name, value in said.multi_items():
        if isinstance(value, str) and name not in _OWN_FIELDS:
            found.setdefault(name, []).append(value)
    if any(len(values) > _FIELDS_LIMIT for values in found.values()):
        raise InvalidError(f"a field has more than {_FIELDS_LIMIT} values")
    return found


def _revision(said: FormData) -> int:
    """Return the revision that a page showed; one that never was where it does not say."""
    text = said.get("revision")
    is_number = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19
    return int(str(text)) if is_number else -1


def _sent(desk: Desk, pages: Pages, viewer: Viewer, draft: Draft, said: FormData) -> Response:
    """Show what a draft would change, or save it; what is wrong is said beside what was typed."""
    revision = _revision(said)
    try:
        entry = _entry(draft)
        name = _name(desk, draft, entry)
        wanted = edited(desk.context.shelf.now.base, desk.stored, draft.kind, entry)
        if said.get("step") != "save":
            seen = _preview(desk, viewer, wanted, revision)
            return _draft_page(desk, pages, viewer, draft, seen=seen)
        done = _apply(desk, viewer, wanted, revision)
    except (InvalidError, StaleRevisionError) as error:
        return _draft_page(desk, pages, viewer, draft, error=_words(error))
    path = _path(draft.kind.name, name)
    return RedirectResponse(f"{path}?saved={done.revision}", HTTPStatus.SEE_OTHER)


def _words(error: Exception) -> str:
    if isinstance(error, StaleRevisionError):
        return f"{error}. What you typed is below: look at the difference again, then save it"
    return str(error)


def _entry(draft: Draft) -> Marked:
    if draft.fields:
        return entry_of(draft.fields, draft.raw, draft.before, draft.kind)
    return text_entry(draft.raw)


def _name(desk: Desk, draft: Draft, entry: Marked) -> str:
    if not draft.name:
        return check_new(desk.context.shelf.now, desk.stored, draft.kind, entry)
    check_same(draft.kind, draft.name, entry)
    return draft.name


def _applying(desk: Desk, viewer: Viewer, wanted: Wanted, revision: int | None) -> Applying:
    return Applying(wanted=wanted, revision=revision, user=viewer.user, now=desk.context.clock())


def _preview(desk: Desk, viewer: Viewer, wanted: Wanted, revision: int | None) -> Applied:
    with desk.context.open_reads() as uow:
        return preview(uow, desk.context.shelf.now.base, _applying(desk, viewer, wanted, revision))


def _apply(desk: Desk, viewer: Viewer, wanted: Wanted, revision: int) -> Applied:
    context = desk.context
    done = apply(
        context.open_writes,
        context.shelf.now.base,
        _applying(desk, viewer, wanted, revision),
        open_reads=context.open_reads,
    )
    # The other collectors look for themselves within a second or two.
    context.shelf.follow()
    return done


def _form_values(desk: Desk, draft: Draft) -> dict[str, object]:
    book = desk.context.shelf.now.configuration.book
    return {
        "draft": draft,
        "raw": draft.raw,
        "revision": desk.revision,
        "options": {one.key: one.options(book) for one in draft.fields if one.options},
        "rows": {one.key: rows(draft.raw, one.name) for one in draft.fields},
        "days": tuple(week_texts(None)),
        "has_form": has_form(draft.kind.name),
        "keys": draft.kind.keys if isinstance(draft.kind, BookKind) else (),
        "example": "" if draft.name or draft.fields else _example(desk, draft.kind),
        "path": _path(draft.kind.name, draft.name)
        if draft.name
        else f"/settings/new/{draft.kind.name}",
    }


def _example(desk: Desk, kind: EntryKind) -> str:
    """Return the first entry of a kind as text; "" where there is none."""
    found = next(list_entries(desk.context.shelf.now, desk.stored, kind.name), None)
    if found is None:
        return ""
    return as_text({key: one for key, one in found.content.items() if key not in kind.secrets})


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
            **_form_values(desk, draft),
            "page": page,
            "seen": seen,
            "error": error,
            "error_key": at,
            "error_said": rest.partition(": ")[2] or rest,
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
    )


def _way(desk: Desk, kind: str, name: str, how: Way) -> Wanted:
    _, entry_kind = kind_page(kind)
    now = entry_now(desk.context.shelf.now, desk.stored, entry_kind, name)
    if how is Way.REMOVE:
        if now.applied is None:
            raise NotFoundError(
                f"{kind}/{name} was not applied, so it cannot be taken away; switch it off instead"
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
        seen = _preview(desk, viewer, _way(desk, kind, name, how), None)
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
            "path": _path(kind, name),
            "users": named_by(layer, (kind, name), today=context.clock().date()),
        },
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
    )


def _path(kind: str, name: str) -> str:
    return f"/settings/{kind}/{quote(name, safe='')}"

"""An entry of the configuration as somebody writes it: by fields or as text.

What was typed comes back with what is wrong with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from starlette.datastructures import FormData

from sickbay_collector.core.alerts.source import Marked, Plain
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.apply import Applying
from sickbay_collector.services.book.edit import EntryNow, check_new, check_same
from sickbay_collector.services.book.kind import BookKind, EntryKind
from sickbay_collector.services.book.listing import list_entries
from sickbay_collector.services.book.plan import Wanted
from sickbay_collector.services.config_ports import ConfigEntry
from sickbay_collector.web.console.settings_fields import fields_of, has_form
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
from sickbay_collector.web.console.texts import _
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import WebContext

_OWN_FIELDS = frozenset({"csrf", "revision", "step"})
_FIELDS_LIMIT = 200
"""Values of one field of a form."""


class Style(StrEnum):
    """How an entry is written."""

    FORM = "form"
    TEXT = "text"


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


def desk_of(context: WebContext) -> Desk:
    """Return what is configured at this moment."""
    with context.open_reads() as uow:
        return Desk(context=context, revision=uow.config.revision(), stored=uow.config.all())


def draft_of(context: WebContext, kind: EntryKind, now: EntryNow, style: Style) -> Draft:
    """Return an entry as its form begins with it."""
    fields = form_fields(context, kind, style, now.content)
    raw = raw_of(fields, now.content, kind) if fields else {TEXT: [as_text(now.content)]}
    return Draft(kind=kind, name=now.id, style=style, raw=raw, before=now.content, fields=fields)


def form_fields(
    context: WebContext, kind: EntryKind, style: Style, content: Mapping[str, Plain]
) -> tuple[FormField, ...]:
    """Return the fields of an entry's form; none where it is written as text."""
    if style is Style.TEXT or not has_form(kind.name):
        return ()
    return fields_of(kind.name, content, context.shelf.now.configuration.book)


def raw_from(said: FormData) -> Raw:
    """Return what a form says of the entry.

    Raises:
        InvalidError: A field has too many values.
    """
    found: dict[str, list[str]] = {}
    for name, value in said.multi_items():
        if isinstance(value, str) and name not in _OWN_FIELDS:
            found.setdefault(name, []).append(value)
    if any(len(values) > _FIELDS_LIMIT for values in found.values()):
        raise InvalidError(_("a field has more than %(most)s values", most=_FIELDS_LIMIT))
    return found


def revision_of(said: FormData) -> int:
    """Return the revision that a page showed; one that never was where it does not say."""
    text = said.get("revision")
    is_number = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19
    return int(str(text)) if is_number else -1


def written(draft: Draft) -> Marked:
    """Return the entry that a draft stands for.

    Raises:
        InvalidError: A field or the text is wrong.
    """
    if draft.fields:
        return entry_of(draft.fields, draft.raw, draft.before, draft.kind)
    return text_entry(draft.raw)


def name_of(desk: Desk, draft: Draft, entry: Marked) -> str:
    """Return the id of the entry, which must be free for a new one and the same for another.

    Raises:
        InvalidError: It is not.
    """
    if not draft.name:
        return check_new(desk.context.shelf.now, desk.stored, draft.kind, entry)
    check_same(draft.kind, draft.name, entry)
    return draft.name


def applying(desk: Desk, viewer: Viewer, wanted: Wanted, revision: int | None) -> Applying:
    """Return what the viewer applies, on the ground of a revision; None for any."""
    return Applying(wanted=wanted, revision=revision, user=viewer.user, now=desk.context.clock())


def form_values(desk: Desk, draft: Draft) -> dict[str, object]:
    """Return what the template of a form needs."""
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
        "path": path_of(draft.kind.name, draft.name)
        if draft.name
        else f"/settings/new/{draft.kind.name}",
    }


def _example(desk: Desk, kind: EntryKind) -> str:
    """Return the first entry of a kind as text; "" where there is none."""
    found = next(list_entries(desk.context.shelf.now, desk.stored, kind.name), None)
    if found is None:
        return ""
    return as_text({key: one for key, one in found.content.items() if key not in kind.secrets})


def path_of(kind: str, name: str) -> str:
    """Return where an entry is shown."""
    return f"/settings/{kind}/{quote(name, safe='')}"

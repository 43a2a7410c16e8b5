"""The audit: who changed what outside of tickets, and whether the record is whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import BeforeValidator
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.audit_chain import AuditEntry, is_whole
from sickbay_collector.services.audit_check import advance_checkpoint
from sickbay_collector.services.audit_export import ExportFormat
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.web.api.audit import entry_of
from sickbay_collector.web.api.audit_schema import CheckpointBody
from sickbay_collector.web.api.base import Body, Cursor, Moment, encode_cursor
from sickbay_collector.web.api.config_schema import Name
from sickbay_collector.web.console.allowed import AuditRead
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/audit")

_PAGE = 50


def _typed(value: object) -> object:
    """Return what a form's field for a date and time holds: UTC, or nothing."""
    if not isinstance(value, str) or not value:
        return value or None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


_Typed = Annotated[Moment | None, BeforeValidator(_typed)]


class ListQuery(Body):
    """What the list shows; it stands in the address."""

    actor: Name = ""
    action: Name = ""
    object_kind: Name = ""
    object_id: Name = ""
    since: _Typed = None
    until: _Typed = None
    cursor: Cursor = None

    def address(self, **changes: object) -> str:
        """Return the list's address with these things changed, from its beginning."""
        return self._to("/audit", {"cursor": None, **changes})

    def export(self, kind: ExportFormat) -> str:
        """Return the address of the file of all that passes the filter."""
        return self._to("/api/v1/audit/export", {"cursor": None, "format": kind})

    def wanted(self) -> AuditFilter:
        """Return the filter."""
        return AuditFilter(
            actor=self.actor,
            action=self.action,
            object_kind=self.object_kind,
            object_id=self.object_id,
            since=self.since,
            until=self.until,
        )

    def _to(self, path: str, changes: Mapping[str, object]) -> str:
        said = {**self.model_dump(mode="json", exclude_defaults=True), **changes}
        pairs = {name: value for name, value in said.items() if value not in (None, "")}
        return f"{path}?{urlencode(pairs)}" if pairs else path


class ChainQuery(Body):
    """How the page of the chain goes on."""

    going: bool = False
    """Whether it asks for the next part by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A field before and after. None where it was not there."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An event as the list shows it."""

    entry: AuditEntry
    lines: tuple[Line, ...]
    is_whole: bool
    """Whether it says what it said when it was written."""


@router.get("")
def get_audit(
    context: Context, pages: Render, viewer: AuditRead, query: Annotated[ListQuery, Query()]
) -> Response:
    """List events, newest first."""
    with context.open_reads() as uow:
        found = uow.audit.list(query.wanted(), limit=_PAGE + 1, before=entry_of(query.cursor))
        head = uow.audit.head()
    following = ""
    if len(found) > _PAGE:
        following = query.address(cursor=encode_cursor([found[_PAGE - 1].entry]))
    values = {
        "now": context.clock(),
        "rows": [_row(one) for one in found[:_PAGE]],
        "query": query,
        "following": following,
        "head": head,
        "formats": tuple(ExportFormat),
    }
    return pages.page("audit.html", viewer, values)


@router.get("/chain")
def get_chain(
    context: Context, pages: Render, viewer: AuditRead, query: Annotated[ChainQuery, Query()]
) -> Response:
    """Say how far the chain was looked at, and what came of it."""
    around: Sequence[AuditEntry] = ()
    with context.open_reads() as uow:
        kept, written = uow.audit.checkpoint(), uow.audit.head()
        if kept is not None and kept.broken is not None:
            around = uow.audit.walk(AuditFilter(), limit=2, after=max(0, kept.broken.entry - 2))
    values = {
        "now": context.clock(),
        "kept": kept,
        "written": written,
        "is_going": query.going,
        "rows": [_row(one) for one in around],
        "query": ListQuery(),
    }
    return pages.page("audit_chain.html", viewer, values)


@router.post("/chain")
def post_chain(context: Context, viewer: AuditRead, fields: Fields) -> Response:
    """Look at the next part of the chain; the page goes on by itself until all was looked at."""
    body = body_of(CheckpointBody, plain(fields))
    _, report = advance_checkpoint(
        context.open_reads,
        context.open_writes,
        anew=body.anew,
        by=viewer.user,
        now=context.clock(),
    )
    going = "" if report.is_over else "?going=true"
    return RedirectResponse(f"/audit/chain{going}", HTTPStatus.SEE_OTHER)


def _row(entry: AuditEntry) -> Row:
    return Row(entry=entry, lines=tuple(_lines(entry)), is_whole=is_whole(entry))


def _lines(entry: AuditEntry) -> Iterator[Line]:
    before, after = entry.event.before, entry.event.after
    for name in dict.fromkeys((*before, *after)):
        yield Line(name=name, before=before.get(name), after=after.get(name))

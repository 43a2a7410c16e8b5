"""Settings: what is configured, where each entry comes from, and who changed it when."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.services.book.all_kinds import ALL_KINDS
from sickbay_collector.services.book.kind import EntryKind
from sickbay_collector.services.book.listing import Listed, Source, list_entries
from sickbay_collector.web.api.base import Body
from sickbay_collector.web.api.config_schema import NAME_LIMIT
from sickbay_collector.web.console.allowed import DeskRead
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.settings_kinds import GROUPS, PAGES, KindPage, cell
from sickbay_collector.web.console.texts import _
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/settings")

_ROWS = 100
KindName = Annotated[str, Path(max_length=64, pattern=r"^[a-z_]+$")]
EntryName = Annotated[str, Path(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry in the list of its kind."""

    entry: Listed
    cells: tuple[str, ...]

    @property
    def is_on(self) -> bool:
        """Return whether it counts."""
        return self.entry.content.get("enabled") is not False


class ListQuery(Body):
    """Which entries to list; it stands in the address."""

    text: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = ""
    source: Source | None = None
    skip: Annotated[int, Field(ge=0, le=100_000)] = 0


@router.get("")
def get_settings(context: Context, pages: Render, viewer: DeskRead) -> Response:
    """Show all kinds with how many entries come from where."""
    now = context.shelf.now
    with context.open_reads() as uow:
        revision, stored = uow.config.revision(), uow.config.all()
    counts: dict[str, Counter[Source]] = {name: Counter() for name in PAGES}
    for one in list_entries(now, stored):
        if one.kind in counts:
            counts[one.kind][one.source] += 1
    last = max(stored, key=lambda one: one.revision, default=None)
    return pages.page(
        "settings.html",
        viewer,
        {
            "now": context.clock(),
            "groups": GROUPS,
            "counts": counts,
            "sources": tuple(Source),
            "revision": revision,
            "last": last,
            "problem": now.problem,
        },
    )


@router.get("/{kind}")
def get_kind(
    context: Context,
    pages: Render,
    viewer: DeskRead,
    kind: KindName,
    query: Annotated[ListQuery, Query()],
) -> Response:
    """List the entries of a kind in force, each with where it comes from."""
    page, _ = kind_page(kind)
    now = context.shelf.now
    with context.open_reads() as uow:
        stored = uow.config.all()
    found = [_row(one, page.columns) for one in list_entries(now, stored, kind)]
    rows = [row for row in found if _fits(row, query)]
    return pages.page(
        "settings_kind.html",
        viewer,
        {
            "now": context.clock(),
            "page": page,
            "rows": rows[query.skip : query.skip + _ROWS],
            "count": len(rows),
            "whole": len(found),
            "query": query,
            "sources": tuple(Source),
            "following": _following(kind, query, len(rows)),
            "problem": now.problem,
        },
    )


def kind_page(kind: str) -> tuple[KindPage, EntryKind]:
    """Return how a kind is shown, and what it is.

    Raises:
        NotFoundError: It has no page here.
    """
    if kind not in PAGES:
        raise NotFoundError(_("there are no settings called %(kind)r", kind=kind))
    return PAGES[kind], ALL_KINDS[kind]


def _row(one: Listed, columns: Sequence[str]) -> Row:
    return Row(entry=one, cells=tuple(cell(_value(one, key)) for key in columns))


def _value(one: Listed, key: str) -> Plain:
    return one.content.get(key)


def _fits(row: Row, query: ListQuery) -> bool:
    if query.source is not None and row.entry.source is not query.source:
        return False
    wanted = query.text.casefold()
    return wanted in " ".join((row.entry.id, *row.cells)).casefold()


def _following(kind: str, query: ListQuery, count: int) -> str:
    if query.skip + _ROWS >= count:
        return ""
    said: dict[str, object] = {"skip": query.skip + _ROWS}
    said |= {"text": query.text} if query.text else {}
    said |= {"source": query.source.value} if query.source else {}
    return f"/settings/{kind}?{urlencode(said)}"

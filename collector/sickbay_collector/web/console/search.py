"""Finding anything: a page of what was found, and the few lines that appear while one types."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from sickbay_collector.core.search import SEARCH_LIMIT, Hit, HitKind, search_text
from sickbay_collector.services.search import search
from sickbay_collector.web.console.allowed import DevicesRead
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.texts import N_
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/search")

_ON_PAGE = 50
_WHILE_TYPING = 5
_NAMES = MappingProxyType(
    {
        HitKind.DEVICE: N_("Devices"),
        HitKind.TICKET: N_("Tickets"),
        HitKind.PERSON: N_("People"),
        HitKind.PROBLEM: N_("Problems"),
        HitKind.SITE: N_("Sites"),
    }
)

Wanted = Annotated[str, Query(max_length=SEARCH_LIMIT)]


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was found, and where it is."""

    hit: Hit
    address: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind."""

    kind: HitKind
    name: str
    lines: tuple[Line, ...]
    is_cut: bool
    """Whether there may be more."""


@router.get("")
def get_search(context: Context, pages: Render, viewer: DevicesRead, q: Wanted = "") -> Response:
    """Show what is called so."""
    groups = _groups(context, viewer, q, _ON_PAGE)
    return pages.page("search.html", viewer, {"groups": groups, "q": search_text(q)})


@router.get("/hits")
def get_hits(context: Context, pages: Render, viewer: DevicesRead, q: Wanted = "") -> Response:
    """Show the first few of each kind, as options of the search field."""
    groups = _groups(context, viewer, q, _WHILE_TYPING)
    return pages.page("search_hits.html", viewer, {"groups": groups, "q": search_text(q)})


def _groups(context: WebContext, viewer: Viewer, text: str, limit: int) -> Sequence[Group]:
    with context.open_reads() as uow:
        hits = search(uow, text, viewer.principal, limit=limit, now=context.clock())
    found = ((kind, tuple(map(_line, some))) for kind, some in groupby(hits, key=_kind))
    return [Group(kind, _NAMES[kind], lines, len(lines) == limit) for kind, lines in found]


def _kind(hit: Hit) -> HitKind:
    return hit.kind


def _line(hit: Hit) -> Line:
    return Line(hit, _address(hit))


def _address(hit: Hit) -> str:
    """Return where something is; a person and a site stand for their devices."""
    if hit.kind is HitKind.PERSON:
        return f"/devices?{urlencode({'owner': hit.key})}"
    if hit.kind is HitKind.SITE:
        return f"/devices?{urlencode({'site': hit.key})}"
    return f"/{hit.kind}s/{quote(hit.key, safe='')}"

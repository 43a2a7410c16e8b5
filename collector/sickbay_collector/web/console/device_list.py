"""Devices: the list with its filters, columns and tags."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.device import (
    CertificateState,
    Criticality,
    DeviceClass,
    DeviceStatus,
    Presence,
)
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.saved_view import SavedView
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.device_rows import DeviceOrder
from sickbay_collector.services.device_sheet import COLUMNS, DeviceColumn
from sickbay_collector.services.saved_views import drop_view, list_views, save_view
from sickbay_collector.services.tags import TAGGED_AT_ONCE, TagChange, list_tags, tag_devices
from sickbay_collector.web.api.device_query import ViewQuery
from sickbay_collector.web.api.device_sheet import SheetStream, device_sheet
from sickbay_collector.web.api.views import ViewBody, checked_query
from sickbay_collector.web.console.allowed import DevicesRead, DevicesWrite
from sickbay_collector.web.console.parts import Fields, Render, body_of, plain
from sickbay_collector.web.console.texts import N_, _
from sickbay_collector.web.console.viewer import safe_path
from sickbay_collector.web.console.words import plain as plain_word
from sickbay_collector.web.context import Context

router = APIRouter()

_PAGE = 50
_POOR = 49.9
_PATH = "/devices"
# Filters of which a form shows one value; the rest are pills.
_NAMED = (
    ("text", N_("name")),
    ("system", N_("system")),
    ("model", N_("model")),
    ("owner", N_("owner")),
    ("site", N_("site")),
    ("department", N_("department")),
    ("tag", N_("tag")),
    ("device_class", N_("class")),
    ("criticality", N_("criticality")),
    ("status", N_("status")),
    ("agent", N_("agent")),
    ("certificate", N_("certificate")),
    ("has_alerts", N_("with alerts")),
    ("has_tickets", N_("with tickets")),
)


@dataclass(frozen=True, slots=True)
class Pill:
    """A filter that can be pressed."""

    label: str
    address: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column."""

    column: DeviceColumn | None
    """None for the device's name."""
    title: str
    address: str
    """Where the list is sorted by it; "" where nothing sorts by it."""
    sorted: str
    """As `aria-sort` has it."""
    is_number: bool


class ListQuery(ViewQuery):
    """What the list shows; it stands in the address, so that it can be kept and sent."""

    def address(self, path: str = _PATH, /, **changes: object) -> str:
        """Return the list's address with these things changed, from its beginning."""
        said = self.said(**changes)
        return f"{path}?{said}" if said else path

    def sorted_by(self, order: DeviceOrder, *, largest_first: bool) -> str:
        """Return where the list is in this order, or the other way round where it is already."""
        descending = (not self.descending) if order is self.order else largest_first
        return self.address(order=order.value, descending=descending)


@router.get(_PATH)
def get_devices(
    context: Context, pages: Render, viewer: DevicesRead, query: Annotated[ListQuery, Query()]
) -> Response:
    """List devices, worst first unless asked otherwise."""
    now = context.clock()
    page = context.list_devices(
        query.wanted(context),
        sort=query.sort,
        limit=_PAGE,
        after=query.position(),
        now=now,
        started_at=context.started_at,
    )
    with context.open_reads() as uow:
        sites, tags, views = uow.book.sites, list_tags(uow), list_views(uow, viewer.user)
    cursor = query.cursor_of(page.next)
    return pages.page(
        "devices.html",
        viewer,
        {
            "now": now,
            "query": query,
            "rows": page.rows,
            "following": query.address(cursor=cursor) if cursor else "",
            "pills": list(_presences(query)),
            "filters": list(_filters(query)),
            "is_filtered": bool(query.pairs("column", "order", "descending", "cursor")),
            "heads": list(_heads(query)),
            "columns": COLUMNS,
            "sites": sites,
            "tags": tags,
            "views": views,
            "said": query.said(),
            "classes": tuple(DeviceClass),
            "criticalities": tuple(Criticality),
            "statuses": tuple(DeviceStatus),
            "certificates": tuple(CertificateState),
        },
    )


@router.get("/devices.csv")
def get_sheet(
    context: Context, _viewer: DevicesRead, query: Annotated[ListQuery, Query()]
) -> SheetStream:
    """Return the list as a file, in its columns and order."""
    return device_sheet(context, query, query.columns)


@router.post("/devices/views")
def post_view(context: Context, viewer: DevicesRead, fields: Fields) -> Response:
    """Keep the list as it is shown under a name."""
    body = body_of(ViewBody, {"query": "", **plain(fields)})
    by = By.somebody(viewer.principal, context.clock())
    draft = SavedView(
        view_id=context.new_id(),
        name=body.name,
        query=checked_query(body.query),
        owner=viewer.user,
        is_shared=body.is_shared,
        saved_at=by.at,
    )
    kept = save_view(context.open_writes, draft, by=by)
    return RedirectResponse(f"{_PATH}?{kept.query}", HTTPStatus.SEE_OTHER)


@router.post("/devices/views/{view}/drop")
def post_view_drop(
    context: Context, viewer: DevicesRead, view: Annotated[str, Path(max_length=64)]
) -> Response:
    """Take away one of one's own views."""
    drop_view(context.open_writes, view, by=By.somebody(viewer.principal, context.clock()))
    return RedirectResponse(_PATH, HTTPStatus.SEE_OTHER)


@router.post("/devices/tags")
def post_tags(context: Context, viewer: DevicesWrite, fields: Fields) -> Response:
    """Give the chosen devices a tag, or take it from them."""
    said = plain(fields)
    tags = frozenset(said.get("tag", "").replace(",", " ").split())
    is_removal = said.get("act") == "remove"
    change = TagChange(
        device_ids=_chosen(fields),
        add=frozenset() if is_removal else tags,
        remove=tags if is_removal else frozenset(),
    )
    tag_devices(context.open_writes, change, actor=viewer.user, now=context.clock())
    return RedirectResponse(safe_path(said.get("back", _PATH)), HTTPStatus.SEE_OTHER)


def _chosen(fields: FormData) -> frozenset[DeviceId]:
    ticked = frozenset(DeviceId(one) for one in fields.getlist("device") if isinstance(one, str))
    if not 1 <= len(ticked) <= TAGGED_AT_ONCE:
        raise InvalidError(
            _("tick 1 to %(most)s devices, not %(count)s", most=TAGGED_AT_ONCE, count=len(ticked))
        )
    return ticked


def _presences(query: ListQuery) -> Iterator[Pill]:
    for one in Presence:
        chosen = sorted(query.presence ^ {one})
        yield Pill(plain_word(one), query.address(presence=chosen), one in query.presence)
    poor = query.max_score is not None
    score = f"{query.max_score:g}" if poor else ""
    label = _("score up to %(score)s", score=score) if poor else _("score below 50")
    yield Pill(label, query.address(max_score=None if poor else _POOR), poor)


def _filters(query: ListQuery) -> Iterator[Pill]:
    """Yield the other filters that are set; pressing one takes it away."""
    for name, label in _NAMED:
        value = getattr(query, name)
        if isinstance(value, frozenset):
            for one in sorted(value):
                rest = sorted(value - {one})
                yield Pill(
                    f"{_(label)}: {plain_word(_text(one))}",
                    query.address(**{name: rest}),
                    is_on=True,
                )
        elif value:
            text = _(label) if value is True else f"{_(label)}: {value}"
            yield Pill(text, query.address(**{name: None}), is_on=True)


def _heads(query: ListQuery) -> Iterator[Head]:
    yield _head(query, None, N_("Device"), DeviceOrder.HOSTNAME, is_number=False)
    for column in query.columns:
        one = COLUMNS[column]
        yield _head(query, column, one.title, one.order, is_number=one.is_number)


def _head(
    query: ListQuery,
    column: DeviceColumn | None,
    title: str,
    order: DeviceOrder | None,
    *,
    is_number: bool,
) -> Head:
    is_sorted = order is query.order
    direction = "descending" if query.descending else "ascending"
    return Head(
        column=column,
        title=title,
        address="" if order is None else query.sorted_by(order, largest_first=is_number),
        sorted=direction if is_sorted else "none",
        is_number=is_number,
    )


def _text(value: object) -> str:
    return "true" if value is True else str(value)

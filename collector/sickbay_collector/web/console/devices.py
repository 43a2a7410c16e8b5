"""Devices: the list with its filters, and one device from every side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sickbay_collector.core.desk.ticket_search import TicketFilter
from sickbay_collector.core.device import DeviceStatus, Presence
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.health.model import AXES
from sickbay_collector.core.inventory import Row
from sickbay_collector.core.metric import METRICS
from sickbay_collector.services.device_detail import SectionView, Wanted, device_detail
from sickbay_collector.services.lookups import (
    NAME_LIMIT,
    DeviceFilter,
    DeviceOrder,
    DevicePosition,
    find_device,
)
from sickbay_collector.services.ticket_lookups import TicketRow, list_tickets
from sickbay_collector.web.api.base import Body, Cursor, decode_cursor, encode_cursor
from sickbay_collector.web.console.allowed import DevicesRead
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.context import Context

router = APIRouter()

_PAGE = 50
_TICKETS = 100

TABS = (
    ("overview", "Overview"),
    ("history", "History"),
    ("hardware", "Hardware"),
    ("software", "Software"),
    ("network", "Network"),
    ("changes", "Changes"),
    ("tickets", "Tickets"),
    ("agent", "Agent"),
)
_HARDWARE = ("system", "cpu", "memory", "volumes", "drives", "batteries")

_WANTED = MappingProxyType(
    {
        "overview": Wanted(),
        "changes": Wanted(changes=200, changes_within=timedelta(days=90)),
        "software": Wanted(every_row=True, changes=0),
    }
)

_CHOSEN = ("cpu.busy_ratio", "memory.available_ratio", "pressure.io_some_ratio")

Name = Annotated[str, Path(max_length=NAME_LIMIT)]


class ListQuery(Body):
    """What the list shows; it stands in the address, so that it can be kept and sent."""

    text: Annotated[str, Field(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")] = ""
    presence: frozenset[Presence] = frozenset()
    status: frozenset[DeviceStatus] = frozenset()
    max_score: Annotated[float | None, Field(ge=0, le=100)] = None
    order: DeviceOrder = DeviceOrder.WORST
    cursor: Cursor = None

    def address(self, **changes: object) -> str:
        """Return the list's address with these things changed, from its beginning."""
        plain = {**self.model_dump(mode="json", exclude_defaults=True), "cursor": None, **changes}
        pairs = [
            (name, one)
            for name, value in plain.items()
            if value not in (None, "")
            for one in (sorted(value) if isinstance(value, list | frozenset) else [value])
        ]
        return f"/devices?{urlencode(pairs)}" if pairs else "/devices"


@dataclass(frozen=True, slots=True)
class Pill:
    """A filter that can be pressed."""

    label: str
    address: str
    is_on: bool


@router.get("/devices")
def get_devices(
    context: Context, pages: Render, viewer: DevicesRead, query: Annotated[ListQuery, Query()]
) -> Response:
    """List devices, worst first unless asked otherwise."""
    now = context.clock()
    page = context.list_devices(
        DeviceFilter(
            presences=query.presence,
            statuses=query.status,
            max_score=query.max_score,
            text=query.text,
        ),
        order=query.order,
        limit=_PAGE,
        after=_position(query.cursor, query.order),
        now=now,
        started_at=context.started_at,
    )
    following = query.address(cursor=encode_cursor([query.order, *page.next])) if page.next else ""
    return pages.page(
        "devices.html",
        viewer,
        {
            "now": now,
            "query": query,
            "rows": page.rows,
            "following": following,
            "pills": _pills(query),
            "is_filtered": query.address() != "/devices",
        },
    )


@router.get("/devices/{name}")
def get_device(
    context: Context,
    pages: Render,
    viewer: DevicesRead,
    name: Name,
    tab: Annotated[str, Query(max_length=20)] = "overview",
) -> Response:
    """Show one device from one side."""
    if tab not in dict(TABS):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    now = context.clock()
    with context.open_reads() as uow:
        device = find_device(uow, name)
        detail = device_detail(
            uow,
            device,
            now=now,
            started_at=context.started_at,
            wanted=_WANTED.get(tab, Wanted(changes=0)),
        )
        rows: Sequence[TicketRow] = ()
        if tab == "tickets":
            wanted = TicketFilter(device_id=device.device_id)
            rows = list_tickets(uow, wanted, limit=_TICKETS, after=None).rows
    facts = {section.kind: section for section in detail.sections}
    return pages.page(
        f"device_{tab}.html",
        viewer,
        {
            "now": now,
            "detail": detail,
            "row": detail.row,
            "device": detail.row.device,
            "tab": tab,
            "tabs": TABS,
            "axes": AXES,
            "facts": facts,
            "rows": rows,
            "software": _by_name(facts.get("software")),
            "hardware": _HARDWARE,
            "metrics": METRICS,
            "chosen": _CHOSEN,
        },
    )


def _by_name(section: SectionView | None) -> Sequence[Row]:
    """Return the rows of a section; none where it is not known, or they were not wanted."""
    rows = section.rows if section is not None else None
    return sorted((rows or {}).values(), key=lambda one: str(one.get("name", "")).casefold())


def _pills(query: ListQuery) -> list[Pill]:
    pills = []
    for one in Presence:
        chosen = query.presence ^ {one}
        pills.append(
            Pill(
                label=one.value.replace("_", " "),
                address=query.address(presence=sorted(chosen)),
                is_on=one in query.presence,
            )
        )
    poor = query.max_score is not None
    pills.append(
        Pill(
            label="score below 50",
            address=query.address(max_score=None if poor else 49.9),
            is_on=poor,
        )
    )
    return pills


def _position(cursor: str | None, order: DeviceOrder) -> DevicePosition | None:
    if cursor is None:
        return None
    kept, rank, hostname, device_id = decode_cursor(cursor, (str, float, str, str))
    if kept != order:
        raise InvalidError("this address belongs to a list in another order")
    return DevicePosition(float(rank), str(hostname), str(device_id))

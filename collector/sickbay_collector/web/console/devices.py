"""One device from every side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.device import Device
from sickbay_collector.core.health.model import AXES
from sickbay_collector.core.identity import SAME_POINTS
from sickbay_collector.core.identity_words import (
    HOUSINGS,
    KINDS,
    OBJECTIONS,
    OUTCOMES,
    VERDICTS,
)
from sickbay_collector.services.device_detail import Wanted, device_detail, device_sections
from sickbay_collector.services.device_rows import DeviceRow
from sickbay_collector.services.identity_view import identity_of
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.web.console import device_asset, device_changes, device_history
from sickbay_collector.web.console.allowed import DevicesRead
from sickbay_collector.web.console.device_query import TabQuery
from sickbay_collector.web.console.facts import sheets
from sickbay_collector.web.console.parts import Render
from sickbay_collector.web.console.readings import topics
from sickbay_collector.web.console.texts import N_
from sickbay_collector.web.context import Context, WebContext

router = APIRouter()

_OPEN_TICKETS = 100

TABS = (
    ("overview", N_("Overview")),
    ("history", N_("History")),
    ("hardware", N_("Hardware")),
    ("software", N_("Software")),
    ("network", N_("Network")),
    ("changes", N_("Changes")),
    ("tickets", N_("Tickets")),
    ("asset", N_("Asset record")),
    ("agent", N_("Agent")),
)
# Sections of a side, in the order of the page.
_SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "hardware": ("system", "os", "cpu", "memory", "volumes", "drives", "batteries"),
        "network": ("network",),
    }
)

_IDENTITY_WORDS: Mapping[str, object] = MappingProxyType(
    {
        "kinds": KINDS,
        "outcomes": OUTCOMES,
        "objections": OBJECTIONS,
        "verdicts": VERDICTS,
        "housings": HOUSINGS,
        "enough": SAME_POINTS,
    }
)

Name = Annotated[str, Path(max_length=NAME_LIMIT)]
Values = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What a tab is made of."""

    context: WebContext
    uow: UnitOfWork
    device: Device
    query: TabQuery
    now: datetime


@router.get("/devices/{name}")
def get_device(
    context: Context,
    pages: Render,
    viewer: DevicesRead,
    request: Request,
    name: Name,
    query: Annotated[TabQuery, Query()],
) -> Response:
    """Show one device from one side; who asks for a record that ended is led on."""
    if query.tab not in dict(TABS):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    now = context.clock()
    with context.open_reads() as uow:
        device = find_device(uow, name)
        if not _is_called(device, name):
            address = request.url.replace(path=f"/devices/{device.device_id}")
            return RedirectResponse(address, HTTPStatus.SEE_OTHER)
        side = Side(context=context, uow=uow, device=device, query=query, now=now)
        values = _READERS[query.tab](side)
    return pages.page(
        f"device_{query.tab}.html",
        viewer,
        {
            "now": now,
            "device": device,
            "own": f"/devices/{device.device_id}",
            "query": query,
            "tab": query.tab,
            "tabs": TABS,
            **values,
        },
    )


def _is_called(device: Device, name: str) -> bool:
    """Return whether it is this device's own name, not that of a record which it goes on for."""
    said = name.lower()
    return said == device.device_id or device.hostname.lower().startswith(said)


def _whole(side: Side) -> Values:
    """Return everything that the device said last, and what follows from it."""
    is_overview = side.query.tab == "overview"
    wanted = Wanted() if is_overview else Wanted(changes=0, clocks=False, alerts=False)
    detail = device_detail(
        side.uow, side.device, now=side.now, started_at=side.context.started_at, wanted=wanted
    )
    return {
        "row": detail.row,
        "detail": detail,
        "axes": AXES,
        "topics": topics(detail.readings),
        "sheets": sheets(
            {section.kind: section for section in detail.sections},
            _SECTIONS.get(side.query.tab, ()),
        ),
    }


def _history(side: Side) -> Values:
    tickets = side.uow.tickets.list(device_id=side.device.device_id, limit=device_history.TICKETS)
    count = sum(one.status in ACTIVE for one in tickets)
    row = _row(side, count)
    values = device_history.values(
        side.uow, side.device, side.query, tickets, now=side.now, seen_at=row.last_seen_at
    )
    return {"row": row, **values}


def _software(side: Side) -> Values:
    values = device_changes.software(side.uow, side.device, side.query)
    updates = device_sections(side.uow, side.device, ("updates",))
    return {"row": _row(side, _open_tickets(side)), "sheets": sheets(updates, updates), **values}


def _changes(side: Side) -> Values:
    values = device_changes.changes(side.uow, side.device, side.query, side.now)
    return {"row": _row(side, _open_tickets(side)), **values}


def _tickets(side: Side) -> Values:
    rows = device_changes.tickets(side.uow, side.device)
    count = sum(one.ticket.status in ACTIVE for one in rows)
    return {"row": _row(side, count), "rows": rows}


def _asset(side: Side) -> Values:
    values = device_asset.values(side.uow, side.device, side.now)
    return {"row": _row(side, _open_tickets(side)), **values}


def _row(side: Side, open_tickets: int) -> DeviceRow:
    """Return what the page's head says."""
    (row,) = side.uow.lines.rows(
        [side.device],
        open_tickets={side.device.device_id: open_tickets},
        now=side.now,
        started_at=side.context.started_at,
    )
    return row


def _open_tickets(side: Side) -> int:
    device_id = side.device.device_id
    return len(side.uow.tickets.list(statuses=ACTIVE, device_id=device_id, limit=_OPEN_TICKETS))


def _agent(side: Side) -> Values:
    view = identity_of(side.uow, side.device, now=side.now)
    return {**_whole(side), "identity": view, "identity_words": _IDENTITY_WORDS}


_READERS: Mapping[str, Callable[[Side], Values]] = MappingProxyType(
    {
        "overview": _whole,
        "hardware": _whole,
        "network": _whole,
        "agent": _agent,
        "history": _history,
        "software": _software,
        "changes": _changes,
        "tickets": _tickets,
        "asset": _asset,
    }
)

"""One device from every side."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sickbay_collector.core.desk.ticket_search import TicketFilter
from sickbay_collector.core.health.model import AXES
from sickbay_collector.core.inventory import Row
from sickbay_collector.core.metric import METRICS
from sickbay_collector.services.device_detail import SectionView, Wanted, device_detail
from sickbay_collector.services.lookups import (
    NAME_LIMIT,
    find_device,
)
from sickbay_collector.services.ticket_lookups import TicketRow, list_tickets
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

"""What is added to a ticket beside its row: links, watchers, time, parts and cases at vendors."""

from typing import Annotated

from fastapi import APIRouter, Form, Path
from starlette.datastructures import FormData
from starlette.responses import Response

from sickbay_collector.core.desk.parts import Cost, CostKind, LinkKind, WatcherKind
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services import ticket_costs, ticket_ties, vendor_cases
from sickbay_collector.services.people import PERSON_NAME_LIMIT
from sickbay_collector.services.ticket_lookups import TICKET_NAME_LIMIT, find_ticket
from sickbay_collector.services.ticket_parts import By
from sickbay_collector.web.api.ticket_part_schema import (
    CaseEndBody,
    LinkBody,
    PartBody,
    TimeBody,
    VendorCaseBody,
    WatcherBody,
)
from sickbay_collector.web.console.allowed import TicketsWork
from sickbay_collector.web.console.parts import Fields, body_of, plain
from sickbay_collector.web.console.texts import _
from sickbay_collector.web.console.ticket_acts import back
from sickbay_collector.web.console.ticket_page import Name
from sickbay_collector.web.console.viewer import Viewer
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/tickets/{name}")

_Id = Annotated[str, Path(max_length=TICKET_NAME_LIMIT, pattern=r"^[0-9a-f-]*$")]
_Other = Annotated[str, Form(max_length=TICKET_NAME_LIMIT)]
_Watcher = Annotated[str, Form(max_length=PERSON_NAME_LIMIT)]
_MOST_EUROS = 10_000_000


@router.post("/link")
def post_link(context: Context, viewer: TicketsWork, name: Name, fields: Fields) -> Response:
    """Say how a ticket stands to another."""
    body = body_of(LinkBody, plain(fields))
    by, number = _by(context, viewer, name)
    ticket_ties.link(context.open_writes, by, body.kind, body.other)
    return back(number, "around")


@router.post("/unlink")
def post_unlink(
    context: Context,
    viewer: TicketsWork,
    name: Name,
    kind: Annotated[LinkKind, Form()],
    other: _Other,
) -> Response:
    """Take a link away."""
    by, number = _by(context, viewer, name)
    ticket_ties.unlink(context.open_writes, by, kind, other)
    return back(number, "around")


@router.post("/watch")
def post_watch(context: Context, viewer: TicketsWork, name: Name, fields: Fields) -> Response:
    """Let somebody watch a ticket."""
    body = body_of(WatcherBody, plain(fields))
    by, number = _by(context, viewer, name)
    ticket_ties.watch(context.open_writes, by, body.kind, body.watcher)
    return back(number, "costs")


@router.post("/unwatch")
def post_unwatch(
    context: Context,
    viewer: TicketsWork,
    name: Name,
    kind: Annotated[WatcherKind, Form()],
    watcher: _Watcher,
) -> Response:
    """Let somebody watch a ticket no more."""
    by, number = _by(context, viewer, name)
    ticket_ties.unwatch(context.open_writes, by, kind, watcher)
    return back(number, "costs")


@router.post("/time")
def post_time(context: Context, viewer: TicketsWork, name: Name, fields: Fields) -> Response:
    """Book time, at what an hour of the technician costs."""
    body = body_of(TimeBody, plain(fields))
    by, number = _by(context, viewer, name)
    with context.open_reads() as uow:
        rate = ticket_costs.hourly_rate_cents(uow, viewer.user)
    draft = Cost(
        cost_id=context.new_id(),
        ticket_id=by.ticket_id,
        kind=CostKind.TIME,
        at=by.now,
        by=by.user,
        text=body.text,
        quantity=body.minutes,
        price_cents=rate,
        currency=body.currency,
    )
    ticket_costs.book(context.open_writes, by, draft)
    return back(number, "costs")


@router.post("/part")
def post_part(context: Context, viewer: TicketsWork, name: Name, fields: Fields) -> Response:
    """Book a part."""
    said = plain(fields)
    body = body_of(PartBody, {**said, "price_cents": _cents(said.get("price", ""))})
    by, number = _by(context, viewer, name)
    draft = Cost(
        cost_id=context.new_id(),
        ticket_id=by.ticket_id,
        kind=CostKind.PART,
        at=by.now,
        by=by.user,
        text=body.text,
        quantity=body.quantity,
        price_cents=body.price_cents,
        currency=body.currency,
    )
    ticket_costs.book(context.open_writes, by, draft)
    return back(number, "costs")


@router.post("/costs/{cost_id}/drop")
def post_drop(context: Context, viewer: TicketsWork, name: Name, cost_id: _Id) -> Response:
    """Take a cost off."""
    by, number = _by(context, viewer, name)
    ticket_costs.take_off(context.open_writes, by, cost_id)
    return back(number, "costs")


@router.post("/case")
def post_case(context: Context, viewer: TicketsWork, name: Name, fields: Fields) -> Response:
    """Open a case at a vendor."""
    body = body_of(VendorCaseBody, _in_utc(fields, "promised_at"))
    by, number = _by(context, viewer, name)
    vendor_cases.open_case(
        context.open_writes,
        by,
        vendor=body.vendor,
        number=body.number,
        promised_at=body.promised_at,
        new_id=context.new_id,
    )
    return back(number, "costs")


@router.post("/cases/{case_id}/close")
def post_case_close(
    context: Context, viewer: TicketsWork, name: Name, case_id: _Id, fields: Fields
) -> Response:
    """Close a case at a vendor."""
    body = body_of(CaseEndBody, plain(fields))
    by, number = _by(context, viewer, name)
    vendor_cases.close_case(context.open_writes, by, case_id, outcome=body.outcome)
    return back(number, "costs")


def _by(context: WebContext, viewer: Viewer, name: str) -> tuple[By, int]:
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
    by = By(ticket_id=ticket.ticket_id, user=viewer.user, now=context.clock())
    return by, ticket.number


def _cents(price: str) -> int:
    """Return a price with at most two decimals in cents."""
    whole, dot, part = price.replace(",", ".").partition(".")
    is_price = whole.isascii() and whole.isdigit() and len(whole) <= len(str(_MOST_EUROS))
    if not is_price or (dot and not (part.isascii() and part.isdigit() and len(part) <= 2)):
        raise InvalidError(_("price %(price)r: use a number like 61 or 61.50", price=price[:32]))
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def _in_utc(fields: FormData, name: str) -> dict[str, str]:
    """Return what a form says; its local time, which browsers send without a zone, is UTC."""
    said = plain(fields)
    return {**said, name: f"{said[name]}Z"} if name in said else said

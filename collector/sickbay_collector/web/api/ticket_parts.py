"""`/api/v1/tickets/{ticket}/...`: watchers, links, costs, vendor cases, merge and split."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response

from sickbay_collector.core.desk.parts import Cost, CostKind, LinkKind, WatcherKind
from sickbay_collector.services import ticket_costs, ticket_ties, vendor_cases
from sickbay_collector.services.access import Principal
from sickbay_collector.services.merges import merge, split
from sickbay_collector.services.people import PERSON_NAME_LIMIT
from sickbay_collector.services.ticket_lookups import TICKET_NAME_LIMIT, find_ticket, parts_of
from sickbay_collector.services.ticket_parts import By
from sickbay_collector.web.api.ticket_answer import (
    ADD,
    READ,
    WRITE,
    Assigning,
    Name,
    answer,
)
from sickbay_collector.web.api.ticket_part_schema import (
    CaseEndBody,
    LinkBody,
    MergeBody,
    PartBody,
    PartsSchema,
    SplitBody,
    TimeBody,
    VendorCaseBody,
    WatcherBody,
)
from sickbay_collector.web.api.ticket_schema import TicketDetailSchema
from sickbay_collector.web.auth import TicketsRead, TicketsWork
from sickbay_collector.web.context import Context, WebContext

router = APIRouter(prefix="/tickets", tags=["tickets"])

_Watcher = Annotated[str, Path(max_length=PERSON_NAME_LIMIT, pattern=r"^[^\x00]*$")]
_Other = Annotated[str, Path(max_length=TICKET_NAME_LIMIT)]
_Id = Annotated[str, Path(max_length=TICKET_NAME_LIMIT, pattern=r"^[0-9a-f-]*$")]
_ADDED = HTTPStatus.CREATED


@router.get("/{ticket}/parts", responses={**READ})
def get_parts(context: Context, _principal: TicketsRead, ticket: Name) -> PartsSchema:
    """Show who watches a ticket, its links, what it took and its cases at vendors."""
    return _parts(context, ticket)


@router.post("/{ticket}/watchers", status_code=_ADDED, responses={**ADD})
def post_watcher(
    context: Context, principal: TicketsWork, ticket: Name, body: WatcherBody
) -> PartsSchema:
    """Let somebody watch a ticket."""
    by = _by(context, principal, ticket)
    ticket_ties.watch(context.open_writes, by, body.kind, body.watcher)
    return _parts(context, ticket)


@router.delete("/{ticket}/watchers/{kind}/{watcher}", responses={**ADD})
def delete_watcher(
    context: Context, principal: TicketsWork, ticket: Name, kind: WatcherKind, watcher: _Watcher
) -> PartsSchema:
    """Let somebody watch a ticket no more."""
    by = _by(context, principal, ticket)
    ticket_ties.unwatch(context.open_writes, by, kind, watcher)
    return _parts(context, ticket)


@router.post("/{ticket}/links", status_code=_ADDED, responses={**ADD})
def post_link(
    context: Context, principal: TicketsWork, ticket: Name, body: LinkBody
) -> PartsSchema:
    """Say how a ticket stands to another."""
    by = _by(context, principal, ticket)
    ticket_ties.link(context.open_writes, by, body.kind, body.other)
    return _parts(context, ticket)


@router.delete("/{ticket}/links/{kind}/{other}", responses={**ADD})
def delete_link(
    context: Context, principal: TicketsWork, ticket: Name, kind: LinkKind, other: _Other
) -> PartsSchema:
    """Take a link away."""
    by = _by(context, principal, ticket)
    ticket_ties.unlink(context.open_writes, by, kind, other)
    return _parts(context, ticket)


@router.post("/{ticket}/time", status_code=_ADDED, responses={**ADD})
def post_time(
    context: Context, principal: TicketsWork, ticket: Name, body: TimeBody
) -> PartsSchema:
    """Book the time that a ticket took."""
    by = _by(context, principal, ticket)
    rate = body.hourly_rate_cents
    if rate is None:
        with context.open_reads() as uow:
            rate = ticket_costs.hourly_rate_cents(uow, principal.user)
    _book(context, by, CostKind.TIME, body.text, body.minutes, rate, body.currency)
    return _parts(context, ticket)


@router.post("/{ticket}/materials", status_code=_ADDED, responses={**ADD})
def post_material(
    context: Context, principal: TicketsWork, ticket: Name, body: PartBody
) -> PartsSchema:
    """Book a part that a ticket took."""
    by = _by(context, principal, ticket)
    _book(context, by, CostKind.PART, body.text, body.quantity, body.price_cents, body.currency)
    return _parts(context, ticket)


@router.delete("/{ticket}/costs/{cost_id}", responses={**ADD})
def delete_cost(
    context: Context, principal: TicketsWork, ticket: Name, cost_id: _Id
) -> PartsSchema:
    """Take a cost off a ticket; the worklog keeps what it was."""
    ticket_costs.take_off(context.open_writes, _by(context, principal, ticket), cost_id)
    return _parts(context, ticket)


@router.post("/{ticket}/vendor-cases", status_code=_ADDED, responses={**ADD})
def post_vendor_case(
    context: Context, principal: TicketsWork, ticket: Name, body: VendorCaseBody
) -> PartsSchema:
    """Open a case at a vendor; its own clock starts."""
    vendor_cases.open_case(
        context.open_writes,
        _by(context, principal, ticket),
        vendor=body.vendor,
        number=body.number,
        promised_at=body.promised_at,
        new_id=context.new_id,
    )
    return _parts(context, ticket)


@router.post("/{ticket}/vendor-cases/{case_id}/close", responses={**ADD})
def post_vendor_case_close(
    context: Context, principal: TicketsWork, ticket: Name, case_id: _Id, body: CaseEndBody
) -> PartsSchema:
    """Close a case at a vendor; its clock stops."""
    by = _by(context, principal, ticket)
    vendor_cases.close_case(context.open_writes, by, case_id, outcome=body.outcome)
    return _parts(context, ticket)


@router.post("/{ticket}/merge", responses={**WRITE})
def post_merge(write: Assigning, body: MergeBody) -> TicketDetailSchema:
    """End a ticket because another goes on in its place."""
    return write.done(lambda open_uow, act: merge(open_uow, act, body.into))


@router.post("/{ticket}/split", status_code=_ADDED, responses={**WRITE})
def post_split(
    context: Context, response: Response, write: Assigning, body: SplitBody
) -> TicketDetailSchema:
    """Open a ticket for a part of this one; the answer is the new one."""
    made = write.after(
        lambda open_uow, act: split(open_uow, act, body.piece(), new_id=context.new_id)
    )
    response.headers["Location"] = f"/api/v1/tickets/{made.number}"
    return answer(context, response, made.ticket_id)


def _by(context: WebContext, principal: Principal, name: str) -> By:
    with context.open_reads() as uow:
        ticket = find_ticket(uow, name)
    return By(ticket_id=ticket.ticket_id, user=principal.user, now=context.clock())


def _book(  # noqa: PLR0917 - one line of an account
    context: WebContext,
    by: By,
    kind: CostKind,
    text: str,
    quantity: int,
    price_cents: int,
    currency: str,
) -> None:
    draft = Cost(
        cost_id=context.new_id(),
        ticket_id=by.ticket_id,
        kind=kind,
        at=by.now,
        by=by.user,
        text=text,
        quantity=quantity,
        price_cents=price_cents,
        currency=currency,
    )
    ticket_costs.book(context.open_writes, by, draft)


def _parts(context: WebContext, name: str) -> PartsSchema:
    with context.open_reads() as uow:
        found = parts_of(uow, find_ticket(uow, name))
    return PartsSchema.of(found, context.clock())

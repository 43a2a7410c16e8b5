"""Looking at tickets: the list, and one ticket with everything that explains it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sickbay_collector.core.desk.parts import (
    Cost,
    LinkKind,
    TicketLink,
    VendorCase,
    Watcher,
    totals,
)
from sickbay_collector.core.desk.sla import SlaClock
from sickbay_collector.core.desk.ticket import (
    EvidenceItem,
    Ticket,
    TicketStatus,
    WorklogEntry,
)
from sickbay_collector.core.desk.ticket_search import (
    TicketFilter,
    TicketOrder,
    TicketPosition,
)
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.sla_lookups import pressing

RELATIVES_LIMIT = 1000
"""Parents or children that one page names."""
TICKET_NAME_LIMIT = 40
"""Characters of a ticket's id or number in a request."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Eighteen digits stay within 64 bits in every database.
_NUMBER = re.compile(r"#?([0-9]{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """A ticket as a line of the list."""

    ticket: Ticket
    hostname: str
    """"" where no device is concerned."""
    sla: SlaClock | None
    """The clock that presses most; None where nothing is promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """A part of the list."""

    rows: tuple[TicketRow, ...]
    next: TicketPosition | None
    """Where the next page begins; None at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A ticket that stands for others, or one that another stands for."""

    ticket_id: TicketId
    number: int
    status: TicketStatus
    title: str
    device_id: DeviceId | None
    hostname: str
    """"" where no device is concerned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDetail:
    """A ticket with everything that explains it."""

    row: TicketRow
    evidence: tuple[EvidenceItem, ...]
    worklog: tuple[WorklogEntry, ...]
    """In the order of writing."""
    alerts: tuple[AlertRecord, ...]
    parents: tuple[Relative, ...] = ()
    """The tickets that it is a child of."""
    children: tuple[Relative, ...] = ()
    """By number; the first thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFamily:
    """The tickets that one is a part of, and those that are parts of it, by number."""

    parents: tuple[Relative, ...]
    children: tuple[Relative, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketParts:
    """What belongs to a ticket beside its row."""

    watchers: tuple[Watcher, ...]
    links: tuple[TicketLink, ...]
    linked: Mapping[TicketId, Ticket]
    """The tickets that the links name."""
    merged: tuple[Ticket, ...]
    """The tickets that this one goes on for."""
    costs: tuple[Cost, ...]
    cost_cents: Mapping[str, int]
    """What they come to, by currency."""
    cases: tuple[VendorCase, ...]


def list_tickets(
    uow: UnitOfWork,
    wanted: TicketFilter,
    *,
    limit: int,
    order: TicketOrder = TicketOrder.OPENED,
    after: TicketPosition | None = None,
) -> TicketPage:
    """Return a page of the tickets that pass the filter."""
    found = uow.tickets.search(wanted, order, limit=limit + 1, after=after)
    page = found[:limit]
    clocks = pressing(uow, [one.ticket.ticket_id for one in page])
    rows = tuple(
        TicketRow(ticket=one.ticket, hostname=one.hostname, sla=clocks.get(one.ticket.ticket_id))
        for one in page
    )
    return TicketPage(rows=rows, next=page[-1].position if len(found) > limit else None)


def find_ticket(uow: UnitOfWork, name: str) -> Ticket:
    """Return the ticket with this number, as "12" or "#12", or this id.

    Raises:
        NotFoundError: There is none.
    """
    ticket = None
    if number := _NUMBER.fullmatch(name):
        ticket = uow.seen.tickets.by_number(int(number[1]))
    elif _UUID.fullmatch(name.lower()):
        ticket = uow.seen.tickets.get(TicketId(name.lower()))
    if ticket is None:
        raise NotFoundError("no ticket has the number or id %(name)s", name=name)
    return ticket


def ticket_detail(uow: UnitOfWork, ticket: Ticket) -> TicketDetail:
    """Return a ticket with everything that explains it."""
    family = family_of(uow, ticket)
    return TicketDetail(
        row=_row(uow, ticket),
        evidence=tuple(uow.tickets.evidence(ticket.ticket_id)),
        worklog=tuple(uow.tickets.worklog(ticket.ticket_id)),
        alerts=tuple(uow.alerts.of_ticket(ticket.ticket_id)),
        parents=family.parents,
        children=family.children,
    )


def family_of(uow: UnitOfWork, ticket: Ticket) -> TicketFamily:
    """Return a ticket's parents and children."""
    mine, links = ticket.ticket_id, uow.ticket_parts.links(ticket.ticket_id)
    kin = [one for one in links if one.kind is LinkKind.CHILD_OF]
    return TicketFamily(
        parents=relatives(uow, [one.other_id for one in kin if one.other_id != mine]),
        children=relatives(uow, [one.ticket_id for one in kin if one.other_id == mine]),
    )


def relatives(uow: UnitOfWork, ticket_ids: Sequence[TicketId]) -> tuple[Relative, ...]:
    """Return tickets as their parent or child names them, by number; the first thousand."""
    if not ticket_ids:
        return ()
    found = uow.tickets.many(ticket_ids[:RELATIVES_LIMIT]).values()
    devices = uow.devices.load({one.device_id for one in found if one.device_id is not None})
    names = {one.device_id: one.hostname for one in devices}
    rows = [_relative(one, names) for one in found]
    return tuple(sorted(rows, key=lambda one: one.number))


def _relative(ticket: Ticket, names: Mapping[DeviceId, str]) -> Relative:
    return Relative(
        ticket_id=ticket.ticket_id,
        number=ticket.number,
        status=ticket.status,
        title=ticket.title,
        device_id=ticket.device_id,
        hostname="" if ticket.device_id is None else names.get(ticket.device_id, ""),
    )


def parts_of(uow: UnitOfWork, ticket: Ticket) -> TicketParts:
    """Return what belongs to a ticket beside its row."""
    store, ticket_id = uow.ticket_parts, ticket.ticket_id
    links, costs = store.links(ticket_id), store.costs(ticket_id)
    ids = {one for link in links for one in (link.ticket_id, link.other_id)}
    linked = uow.tickets.many(ids) if ids else {}
    return TicketParts(
        watchers=tuple(store.watchers(ticket_id)),
        links=tuple(links),
        linked=linked,
        merged=tuple(uow.tickets.merged_into(ticket_id)),
        costs=tuple(costs),
        cost_cents=totals(costs),
        cases=tuple(store.cases(ticket_id)),
    )


def _row(uow: UnitOfWork, ticket: Ticket) -> TicketRow:
    device = uow.devices.get(ticket.device_id) if ticket.device_id is not None else None
    clocks = pressing(uow, [ticket.ticket_id])
    return TicketRow(
        ticket=ticket,
        hostname="" if device is None else device.hostname,
        sla=clocks.get(ticket.ticket_id),
    )

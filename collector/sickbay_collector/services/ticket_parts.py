"""Who watches a ticket, what it is linked to, what it took, and its cases at vendors.

Each change is one transaction with one worklog entry; the ticket's own row stays as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.desk.events import PartChange, TicketEventKind
from sickbay_collector.core.desk.parts import (
    LINKS_LIMIT,
    WATCHERS_LIMIT,
    Cost,
    CostKind,
    LinkKind,
    TicketLink,
    VendorCase,
    Watcher,
    WatcherKind,
    case_fields,
    checked_case,
    checked_cost,
    checked_outcome,
    cost_fields,
    link_fields,
    watcher_fields,
)
from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.acts import known
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.subjects import requester_of
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.services.ticket_writes import log_on_ticket

CASES_LIMIT = 100
COSTS_LIMIT = 1000
# Longer chains of causes say nothing; a cycle is found before.
_CHAIN_LIMIT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does something to which ticket, and when."""

    ticket_id: TicketId
    user: str
    """Login name."""
    now: datetime


def watch(open_uow: OpenUnitOfWork, by: By, kind: WatcherKind, name: str) -> None:
    """Let somebody watch a ticket; who watches already goes on.

    Raises:
        NotFoundError: There is no such ticket.
        InvalidError: There is no such person or technician, or too many watch already.
        ConflictError: The name fits several persons.
    """
    with open_uow() as uow:
        ticket = known(uow, by.ticket_id)
        watcher = _watcher(uow, by, kind, name)
        if len(uow.ticket_parts.watchers(by.ticket_id)) >= WATCHERS_LIMIT:
            raise InvalidError(
                "ticket %(number)s has %(limit)s watchers, the most",
                number=ticket.number,
                limit=WATCHERS_LIMIT,
            )
        if uow.ticket_parts.watch(watcher):
            part = PartChange(after=watcher_fields(watcher))
            words = f"{watcher.watcher} watches it"
            _log(uow, ticket, by, TicketEventKind.WATCHED, words, part)
            uow.commit()


def unwatch(open_uow: OpenUnitOfWork, by: By, kind: WatcherKind, watcher: str) -> None:
    """Let somebody watch a ticket no more.

    Raises:
        NotFoundError: There is no such ticket, or they do not watch it.
    """
    with open_uow() as uow:
        ticket = known(uow, by.ticket_id)
        gone = Watcher(
            ticket_id=by.ticket_id, kind=kind, watcher=watcher, added_at=by.now, added_by=by.user
        )
        if not uow.ticket_parts.unwatch(gone):
            raise NotFoundError(
                "%(watcher)r does not watch ticket %(number)s",
                watcher=watcher[:64],
                number=ticket.number,
            )
        part = PartChange(before=watcher_fields(gone))
        _log(uow, ticket, by, TicketEventKind.WATCHED, f"{watcher} watches it no more", part)
        uow.commit()


def link(open_uow: OpenUnitOfWork, by: By, kind: LinkKind, other: str) -> None:
    """Say how a ticket stands to another; a link that is there stays.

    Raises:
        NotFoundError: One of them is not there.
        ConflictError: The other leads back here by links of this kind, or one has too many.
    """
    with open_uow() as uow:
        ticket, target = known(uow, by.ticket_id), find_ticket(uow, other)
        uow.ticket_parts.hold_links()
        if add_link(uow, ticket, target, kind, by):
            uow.commit()


def add_link(uow: UnitOfWork, ticket: Ticket, other: Ticket, kind: LinkKind, by: By) -> bool:
    """Link two tickets inside the caller's transaction; False where they are linked so already.

    Raises:
        ConflictError: The other leads back here by links of this kind, or one has too many.
    """
    if _leads_to(uow, kind, other.ticket_id, ticket.ticket_id):
        raise ConflictError(
            "ticket %(number)s is %(kind)s ticket %(other)s itself; a circle says nothing",
            number=other.number,
            kind=kind,
            other=ticket.number,
        )
    for one in (ticket, other):
        if len(uow.ticket_parts.links(one.ticket_id)) >= LINKS_LIMIT:
            raise ConflictError(
                "ticket %(number)s has %(limit)s links, the most",
                number=one.number,
                limit=LINKS_LIMIT,
            )
    made = TicketLink(
        ticket_id=ticket.ticket_id,
        kind=kind,
        other_id=other.ticket_id,
        added_at=by.now,
        added_by=by.user,
    )
    if not uow.ticket_parts.link(made):
        return False
    words = kind.replace("_", " ")
    text = f"{words.capitalize()} ticket {other.number}"
    part = PartChange(after=link_fields(kind, ticket.number, other.number))
    _log(uow, ticket, by, TicketEventKind.LINKED, text, part)
    _log(
        uow, other, by, TicketEventKind.LINKED, f"Ticket {ticket.number} is {words} this one", part
    )
    return True


def unlink(open_uow: OpenUnitOfWork, by: By, kind: LinkKind, other: str) -> None:
    """Take a link away.

    Raises:
        NotFoundError: One of the tickets is not there, or they are not linked so.
    """
    with open_uow() as uow:
        ticket, target = known(uow, by.ticket_id), find_ticket(uow, other)
        if not uow.ticket_parts.unlink(ticket.ticket_id, kind, target.ticket_id):
            raise NotFoundError(
                "ticket %(number)s is not %(kind)s ticket %(other)s",
                number=ticket.number,
                kind=kind,
                other=target.number,
            )
        words = kind.replace("_", " ")
        text = f"Ticket {ticket.number} is not {words} this"
        part = PartChange(before=link_fields(kind, ticket.number, target.number))
        _log(uow, ticket, by, TicketEventKind.LINKED, f"Not {words} ticket {target.number}", part)
        _log(uow, target, by, TicketEventKind.LINKED, text, part)
        uow.commit()


def book(open_uow: OpenUnitOfWork, by: By, draft: Cost) -> Cost:
    """Book time or a part on a ticket, in any status.

    Args:
        open_uow: Opens the unit of work.
        by: Who and when.
        draft: What it took; ticket, time and user are set here.

    Raises:
        NotFoundError: There is no such ticket.
        InvalidError: A number, the currency or the text is out of range.
        ConflictError: The ticket has too many entries.
    """
    cost = checked_cost(replace(draft, ticket_id=by.ticket_id, at=by.now, by=by.user))
    with open_uow() as uow:
        ticket = known(uow, by.ticket_id)
        if len(uow.ticket_parts.costs(by.ticket_id)) >= COSTS_LIMIT:
            raise ConflictError(
                "ticket %(number)s has %(limit)s costs, the most",
                number=ticket.number,
                limit=COSTS_LIMIT,
            )
        uow.ticket_parts.add_cost(cost)
        part = PartChange(after=cost_fields(cost))
        _log(uow, ticket, by, TicketEventKind.COST, f"Booked {_words(cost)}", part)
        uow.commit()
    return cost


def hourly_rate_cents(uow: UnitOfWork, user: str) -> int:
    """Return what an hour of a technician costs by the configuration; 0 where it does not say."""
    technician = uow.book.technicians.get(user)
    return 0 if technician is None else round(technician.hourly_cost * 100)


def take_off(open_uow: OpenUnitOfWork, by: By, cost_id: str) -> None:
    """Take a cost off a ticket; the worklog keeps what it was.

    Raises:
        NotFoundError: There is no such ticket, or no such cost on it.
    """
    with open_uow() as uow:
        ticket = known(uow, by.ticket_id)
        cost = uow.ticket_parts.drop_cost(by.ticket_id, cost_id)
        if cost is None:
            raise NotFoundError(
                "ticket %(number)s has no cost %(cost_id)r",
                number=ticket.number,
                cost_id=cost_id[:64],
            )
        part = PartChange(before=cost_fields(cost))
        _log(uow, ticket, by, TicketEventKind.COST, f"Took off {_words(cost)}", part)
        uow.commit()


def open_case(
    open_uow: OpenUnitOfWork,
    by: By,
    *,
    vendor: str,
    number: str,
    promised_at: datetime | None,
    new_id: Callable[[], str],
) -> VendorCase:
    """Open a case at a vendor; its own clock starts now.

    Raises:
        NotFoundError: There is no such ticket.
        InvalidError: The vendor is empty, or a text is too long.
        ConflictError: The ticket has too many cases.
    """
    name, line = checked_case(vendor, number)
    case = VendorCase(
        case_id=new_id(),
        ticket_id=by.ticket_id,
        vendor=name,
        number=line,
        opened_at=by.now,
        opened_by=checked_login("user", by.user),
        promised_at=promised_at,
        closed_at=None,
        outcome="",
    )
    with open_uow() as uow:
        ticket = known(uow, by.ticket_id)
        if len(uow.ticket_parts.cases(by.ticket_id)) >= CASES_LIMIT:
            raise ConflictError(
                "ticket %(number)s has %(limit)s vendor cases, the most",
                number=ticket.number,
                limit=CASES_LIMIT,
            )
        uow.ticket_parts.add_case(case)
        text = f"Case {line or 'without number'} at {name}"
        _log(uow, ticket, by, TicketEventKind.VENDOR, text, PartChange(after=case_fields(case)))
        uow.commit()
    return case


def close_case(open_uow: OpenUnitOfWork, by: By, case_id: str, *, outcome: str) -> None:
    """Close a case at a vendor; its clock stops.

    Raises:
        NotFoundError: There is no such ticket, or no such case on it.
        ConflictError: It is closed already.
        InvalidError: The outcome is too long.
    """
    words = checked_outcome(outcome)
    with open_uow() as uow:
        ticket = known(uow, by.ticket_id)
        cases = {one.case_id: one for one in uow.ticket_parts.cases(by.ticket_id)}
        case = cases.get(case_id)
        if case is None:
            raise NotFoundError(
                "ticket %(number)s has no vendor case %(case_id)r",
                number=ticket.number,
                case_id=case_id[:64],
            )
        if case.closed_at is not None:
            raise ConflictError(
                "the case at %(vendor)s was closed at %(closed_at)s UTC",
                vendor=case.vendor,
                closed_at=f"{case.closed_at:%Y-%m-%d %H:%M}",
            )
        closed = replace(case, closed_at=by.now, outcome=words)
        uow.ticket_parts.save_case(closed)
        part = PartChange(before=case_fields(case), after=case_fields(closed))
        text = f"Case {case.number or 'without number'} at {case.vendor} is closed: {words}"
        _log(uow, ticket, by, TicketEventKind.VENDOR, text.removesuffix(": "), part)
        uow.commit()


def _watcher(uow: UnitOfWork, by: By, kind: WatcherKind, name: str) -> Watcher:
    if kind is WatcherKind.PERSON:
        watcher = requester_of(uow, name)
        if not watcher:
            raise InvalidError("watcher: name a person")
    else:
        watcher = checked_login("watcher", name)
        if watcher not in uow.book.technicians:
            raise InvalidError(
                "watcher: the configuration has no technician %(name)r", name=name[:64]
            )
    return Watcher(
        ticket_id=by.ticket_id,
        kind=kind,
        watcher=watcher,
        added_at=by.now,
        added_by=checked_login("user", by.user),
    )


def _leads_to(uow: UnitOfWork, kind: LinkKind, start: TicketId, goal: TicketId) -> bool:
    seen, edge = {start}, {start}
    while edge and goal not in seen and len(seen) < _CHAIN_LIMIT:
        edge = set(uow.ticket_parts.next(kind, edge)) - seen
        seen |= edge
    return goal in seen or len(seen) >= _CHAIN_LIMIT


def _words(cost: Cost) -> str:
    amount = f"{cost.amount_cents / 100:.2f} {cost.currency}"
    if cost.kind is CostKind.TIME:
        return f"{cost.quantity} min of {cost.by} ({amount}): {cost.text}"
    return f"{cost.quantity} x {cost.text} ({amount})"


def _log(
    uow: UnitOfWork, ticket: Ticket, by: By, kind: TicketEventKind, text: str, part: PartChange
) -> None:
    login = checked_login("user", by.user)
    log_on_ticket(uow, ticket, kind=kind, actor=login, text=text, at=by.now, part=part)

"""Who watches a ticket, and what it is linked to.

Each change is one transaction with one worklog entry; the ticket's own row stays as it is.
"""

from sickbay_collector.core.desk.events import PartChange, TicketEventKind
from sickbay_collector.core.desk.parts import (
    LINKS_LIMIT,
    WATCHERS_LIMIT,
    LinkKind,
    TicketLink,
    Watcher,
    WatcherKind,
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
from sickbay_collector.services.ticket_parts import By, log_part

# Longer chains of causes say nothing; a cycle is found before.
_CHAIN_LIMIT = 10_000


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
            log_part(uow, ticket, by, TicketEventKind.WATCHED, words, part)
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
        log_part(uow, ticket, by, TicketEventKind.WATCHED, f"{watcher} watches it no more", part)
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
    log_part(uow, ticket, by, TicketEventKind.LINKED, text, part)
    log_part(
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
        log_part(
            uow, ticket, by, TicketEventKind.LINKED, f"Not {words} ticket {target.number}", part
        )
        log_part(uow, target, by, TicketEventKind.LINKED, text, part)
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

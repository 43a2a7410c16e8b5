"""How anybody acts on a ticket: the version that was seen, one change, one worklog entry.

A ticket that somebody wrote since is left as it is. Row, entry and what follows are one
transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sickbay_collector.core.desk.events import TicketEvent, TicketEventKind
from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.desk.ticket import Ticket, Visibility
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who acts on which ticket, and when."""

    ticket_id: TicketId
    user: str
    """Login name."""
    expected_version: int
    """The version that the user saw."""
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How an act stands in the worklog."""

    kind: TicketEventKind
    text: str
    visibility: Visibility = Visibility.INTERNAL


Change: TypeAlias = Callable[[UnitOfWork, Ticket], Ticket]
"""Returns a ticket as it should be; may read what it needs."""


def perform(open_uow: OpenUnitOfWork, act: Act, said: Said, change: Change) -> Ticket:
    """Change one ticket and commit.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The login name is malformed, or what the change refuses.
    """
    with open_uow() as uow:
        before = seen(uow, act)
        event = record(uow, before, change(uow, before), act, said)
        uow.commit()
    return event.after


def seen(uow: UnitOfWork, act: Act) -> Ticket:
    """Return the ticket of an act, still as the user saw it.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Somebody wrote it since that version.
        InvalidError: The login name is malformed.
    """
    checked_login("user", act.user)
    ticket = known(uow, act.ticket_id)
    if ticket.version != act.expected_version:
        raise ConflictError(
            "ticket %(number)s is at version %(version)s, not %(expected_version)s; read it again",
            number=ticket.number,
            version=ticket.version,
            expected_version=act.expected_version,
        )
    return ticket


def known(uow: UnitOfWork, ticket_id: TicketId) -> Ticket:
    """Return the ticket with this id.

    Raises:
        NotFoundError: There is none.
    """
    ticket = uow.tickets.get(ticket_id)
    if ticket is None:
        raise NotFoundError("there is no ticket %(ticket_id)r", ticket_id=ticket_id[:64])
    return ticket


def record(uow: UnitOfWork, before: Ticket, after: Ticket, act: Act, said: Said) -> TicketEvent:
    """Write what an act makes of a ticket, inside the caller's transaction.

    What leaves the ticket as it is, as assigning it to who has it already, is worth a line, but
    nobody is told.
    """
    if after == before:
        return log_on_ticket(
            uow,
            before,
            kind=said.kind,
            actor=act.user,
            text=said.text,
            at=act.now,
            visibility=said.visibility,
        )
    return write_ticket(
        uow,
        before,
        after,
        kind=said.kind,
        actor=act.user,
        text=said.text,
        at=act.now,
        visibility=said.visibility,
    )

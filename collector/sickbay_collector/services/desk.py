"""What technicians do to tickets, and the end of resolved ones.

Each use case names the version that the technician saw; a ticket that somebody wrote since is left
as it is. Each leaves one worklog entry with what was before and after.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.events import ENGINE, TicketEvent, TicketEventKind
from sickbay_collector.core.desk.text import checked_login, checked_text
from sickbay_collector.core.desk.ticket import Ticket, Visibility
from sickbay_collector.core.desk.transitions import ActorKind, TicketAction
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.ports import AlertRecord, OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket

# One run's share, so that a long queue never holds the database's write lock for long.
CLOSE_BATCH = 100


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
class _Said:
    """How an act stands in the worklog."""

    kind: TicketEventKind
    text: str
    visibility: Visibility = Visibility.INTERNAL


def take(open_uow: OpenUnitOfWork, act: Act) -> Ticket:
    """Begin to work on a ticket, or go on after waiting; the user becomes its assignee.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The login name is malformed.
    """
    user = checked_login("user", act.user)
    said = _Said(kind=TicketEventKind.TAKEN, text=f"{user} works on it")
    return _write(open_uow, act, said, lambda old: changes.taken(old, user=user, at=act.now))


def assign(open_uow: OpenUnitOfWork, act: Act, *, assignee: str) -> Ticket:
    """Give a ticket to a technician.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: A login name is malformed.
    """
    login = checked_login("assignee", assignee)
    said = _Said(kind=TicketEventKind.ASSIGNED, text=f"Assigned to {login}")
    return _write(
        open_uow, act, said, lambda old: changes.assigned(old, assignee=login, at=act.now)
    )


def wait(open_uow: OpenUnitOfWork, act: Act, action: TicketAction, *, reason: str) -> Ticket:
    """Let a ticket wait for its user, a vendor or a change.

    Args:
        open_uow: Opens the unit of work.
        act: Who, which and when.
        action: One of the three that begin with `wait_for`.
        reason: What is waited for, up to 4,000 characters.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The reason is empty or too long, or the login name malformed.
    """
    said = _Said(kind=TicketEventKind.WAITING, text=checked_text("reason", reason))
    return _write(open_uow, act, said, lambda old: changes.waiting(old, action))


def resolve(open_uow: OpenUnitOfWork, act: Act, *, resolution: str) -> Ticket:
    """Resolve a ticket with what was done, which the user who is affected may read.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The resolution is empty or over 4,000 characters, or the login malformed.
    """
    text = checked_text("resolution", resolution)
    said = _Said(kind=TicketEventKind.RESOLVED, text=text, visibility=Visibility.PUBLIC)
    return _write(
        open_uow,
        act,
        said,
        lambda old: changes.resolved(old, resolution=text, at=act.now, user=act.user),
    )


def reopen(open_uow: OpenUnitOfWork, act: Act, *, reason: str) -> Ticket:
    """Open a resolved ticket again.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The reason is empty or over 4,000 characters, or the login malformed.
    """
    said = _Said(kind=TicketEventKind.REOPENED, text=checked_text("reason", reason))
    return _write(open_uow, act, said, lambda old: changes.reopened(old, actor=ActorKind.PERSON))


def cancel(open_uow: OpenUnitOfWork, act: Act, *, reason: str) -> Ticket:
    """End a ticket that was no fault. Its alerts open no other until they closed once.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The reason is empty or over 4,000 characters, or the login malformed.
    """
    said = _Said(kind=TicketEventKind.CANCELLED, text=checked_text("reason", reason))
    return _write(open_uow, act, said, lambda old: changes.cancelled(old, at=act.now))


def note(
    open_uow: OpenUnitOfWork,
    ticket_id: TicketId,
    *,
    user: str,
    text: str,
    now: datetime,
    visibility: Visibility = Visibility.INTERNAL,
) -> None:
    """Add a note to a ticket's worklog, in any status; the ticket itself stays as it is.

    Raises:
        NotFoundError: There is no such ticket.
        InvalidError: The text is empty or over 4,000 characters, or the login malformed.
    """
    login, words = checked_login("user", user), checked_text("note", text)
    with open_uow() as uow:
        log_on_ticket(
            uow,
            _get(uow, ticket_id),
            kind=TicketEventKind.NOTE,
            actor=login,
            text=words,
            at=now,
            visibility=visibility,
        )
        uow.commit()


def close_expired(open_uow: OpenUnitOfWork, now: datetime) -> tuple[TicketEvent, ...]:
    """End the tickets whose reopen window is over, at most 100, and return what happened.

    A ticket that a person resolved while its alert stayed open and was measured again is not
    fixed: it is reopened instead, unless its rules are never reopened.
    """
    with open_uow() as uow:
        events = tuple(
            _end(uow, ticket, now) for ticket in uow.tickets.resolved_before(now, limit=CLOSE_BATCH)
        )
        if events:
            uow.commit()
    return events


def _end(uow: UnitOfWork, ticket: Ticket, now: datetime) -> TicketEvent:
    still = _measured_since(uow, ticket)
    if still is not None and ticket.reopen_window_s > 0:
        return write_ticket(
            uow,
            ticket,
            changes.reopened(ticket, actor=ActorKind.ENGINE),
            kind=TicketEventKind.REOPENED,
            actor=ENGINE,
            text=f"Not fixed: measured again after its resolution. {still.sentence}",
            at=now,
        )
    return write_ticket(
        uow,
        ticket,
        changes.closed(ticket, at=now),
        kind=TicketEventKind.CLOSED,
        actor=ENGINE,
        text="Closed: its reopen window is over",
        at=now,
    )


def _measured_since(uow: UnitOfWork, ticket: Ticket) -> AlertRecord | None:
    """Return an open alert of the ticket that has evidence from after the resolution."""
    later = {
        (item.rule_id, item.instance)
        for item in uow.tickets.evidence(ticket.ticket_id)
        if ticket.resolved_at is not None and item.at > ticket.resolved_at
    }
    for alert in uow.alerts.of_ticket(ticket.ticket_id):
        if alert.status in {"open", "clearing"} and (alert.rule_id, alert.instance) in later:
            return alert
    return None


def _write(
    open_uow: OpenUnitOfWork, act: Act, said: _Said, change: Callable[[Ticket], Ticket]
) -> Ticket:
    user = checked_login("user", act.user)
    with open_uow() as uow:
        before = _get(uow, act.ticket_id)
        if before.version != act.expected_version:
            raise ConflictError(
                f"ticket {before.number} is at version {before.version},"
                f" not {act.expected_version}; read it again"
            )
        event = _record(uow, before, change(before), act.now, user, said)
        uow.commit()
    return event.after


def _record(
    uow: UnitOfWork, before: Ticket, after: Ticket, at: datetime, user: str, said: _Said
) -> TicketEvent:
    if after == before:  # assigned to who has it already: worth a line, but nobody is told
        return log_on_ticket(
            uow,
            before,
            kind=said.kind,
            actor=user,
            text=said.text,
            at=at,
            visibility=said.visibility,
        )
    return write_ticket(
        uow,
        before,
        after,
        kind=said.kind,
        actor=user,
        text=said.text,
        at=at,
        visibility=said.visibility,
    )


def _get(uow: UnitOfWork, ticket_id: TicketId) -> Ticket:
    ticket = uow.tickets.get(ticket_id)
    if ticket is None:
        raise NotFoundError(f"there is no ticket {ticket_id[:64]!r}")
    return ticket

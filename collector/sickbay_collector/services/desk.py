"""What technicians do to tickets, and the end of resolved ones.

Each use case names the version that the technician saw; a ticket that somebody wrote since is left
as it is. Each leaves one worklog entry with what was before and after.
"""

from datetime import datetime

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.codes import NOT_SAID, ClosureCode, ResolutionCodes
from sickbay_collector.core.desk.events import ENGINE, TicketEvent, TicketEventKind
from sickbay_collector.core.desk.text import checked_login, checked_text
from sickbay_collector.core.desk.ticket import Ticket, Visibility
from sickbay_collector.core.desk.transitions import ActorKind, TicketAction
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.acts import Act, Said, known, perform
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket

__all__ = [
    "Act",
    "assign",
    "cancel",
    "close_expired",
    "note",
    "reopen",
    "resolve",
    "take",
    "wait",
]

# One run's share, so that a long queue never holds the database's write lock for long.
CLOSE_BATCH = 100


def take(open_uow: OpenUnitOfWork, act: Act) -> Ticket:
    """Begin to work on a ticket, or go on after waiting; the user becomes its assignee.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The login name is malformed.
    """
    user = checked_login("user", act.user)
    said = Said(kind=TicketEventKind.TAKEN, text=f"{user} works on it")
    return perform(open_uow, act, said, lambda _, old: changes.taken(old, user=user, at=act.now))


def assign(open_uow: OpenUnitOfWork, act: Act, *, assignee: str) -> Ticket:
    """Give a ticket to a technician.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: A login name is malformed.
    """
    login = checked_login("assignee", assignee)
    said = Said(kind=TicketEventKind.ASSIGNED, text=f"Assigned to {login}")
    return perform(
        open_uow, act, said, lambda _, old: changes.assigned(old, assignee=login, at=act.now)
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
    said = Said(kind=TicketEventKind.WAITING, text=checked_text("reason", reason))
    return perform(open_uow, act, said, lambda _, old: changes.waiting(old, action))


def resolve(
    open_uow: OpenUnitOfWork, act: Act, *, resolution: str, codes: ResolutionCodes = NOT_SAID
) -> Ticket:
    """Resolve a ticket with what was done, which the user who is affected may read.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The resolution is empty or over 4,000 characters, or the login malformed.
    """
    text = checked_text("resolution", resolution)
    said = Said(kind=TicketEventKind.RESOLVED, text=text, visibility=Visibility.PUBLIC)
    return perform(
        open_uow,
        act,
        said,
        lambda _, old: changes.resolved(
            old, resolution=text, at=act.now, user=act.user, codes=codes
        ),
    )


def reopen(open_uow: OpenUnitOfWork, act: Act, *, reason: str) -> Ticket:
    """Open a resolved ticket again.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The reason is empty or over 4,000 characters, or the login malformed.
    """
    said = Said(kind=TicketEventKind.REOPENED, text=checked_text("reason", reason))
    return perform(
        open_uow, act, said, lambda _, old: changes.reopened(old, actor=ActorKind.PERSON)
    )


def cancel(
    open_uow: OpenUnitOfWork,
    act: Act,
    *,
    reason: str,
    code: ClosureCode = ClosureCode.NO_FAULT,
) -> Ticket:
    """End a ticket that was no fault or is not wanted any more.

    Its alerts open no other until they closed once.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The reason is empty or over 4,000 characters, or the login malformed.
    """
    said = Said(kind=TicketEventKind.CANCELLED, text=checked_text("reason", reason))
    return perform(
        open_uow, act, said, lambda _, old: changes.cancelled(old, at=act.now, code=code)
    )


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
            known(uow, ticket_id),
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

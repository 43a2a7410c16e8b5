"""The one way to write a ticket: row, worklog entry, outbox message and what follows together.

Works inside the caller's unit of work and never commits.
"""

from dataclasses import replace
from datetime import datetime

from sickbay_collector.core.desk.events import (
    PartChange,
    TicketEvent,
    TicketEventKind,
    worklog_entry,
)
from sickbay_collector.core.desk.message import OutboxMessage
from sickbay_collector.core.desk.ticket import Ticket, Visibility
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.ticket_hooks import TICKET_HOOKS
from sickbay_collector.services.watcher_notices import tell_watchers

CHANNEL = "log"
"""The channel that every write of a ticket is announced on."""


def insert_ticket(
    uow: UnitOfWork,
    ticket: Ticket,
    *,
    actor: str,
    text: str,
    visibility: Visibility = Visibility.INTERNAL,
) -> TicketEvent | None:
    """Open a ticket; None when the device has one of that family open already."""
    stored = uow.tickets.insert_open(replace(ticket, tier_since=ticket.opened_at))
    if stored is None:
        return None
    event = TicketEvent(
        kind=TicketEventKind.OPENED, at=stored.opened_at, actor=actor, before=None, after=stored
    )
    _record(uow, event, text, visibility)
    _follow(uow, event)
    return event


def write_ticket(
    uow: UnitOfWork,
    before: Ticket,
    after: Ticket,
    *,
    kind: TicketEventKind,
    actor: str,
    text: str,
    at: datetime,
    visibility: Visibility = Visibility.INTERNAL,
) -> TicketEvent:
    """Write a changed ticket over the one that was read.

    Raises:
        ConflictError: Somebody else wrote the ticket since it was read.
    """
    written = replace(after, version=before.version + 1)
    if not uow.tickets.save(written, expected_version=before.version):
        raise ConflictError(
            "ticket %(number)s was changed by somebody else since version "
            "%(version)s; read it again",
            number=before.number,
            version=before.version,
        )
    event = TicketEvent(kind=kind, at=at, actor=actor, before=before, after=written)
    _record(uow, event, text, visibility)
    _follow(uow, event)
    return event


def log_on_ticket(
    uow: UnitOfWork,
    ticket: Ticket,
    *,
    kind: TicketEventKind,
    actor: str,
    text: str,
    at: datetime,
    visibility: Visibility = Visibility.INTERNAL,
    part: PartChange | None = None,
) -> TicketEvent:
    """Add to a ticket's worklog without changing the ticket, which tells who watches only.

    Args:
        uow: The caller's.
        ticket: As it is stored.
        kind: What happened.
        actor: Login name, or `ENGINE`.
        text: In words.
        at: When.
        visibility: Who may read it.
        part: What changed beside the ticket's own row.
    """
    event = TicketEvent(kind=kind, at=at, actor=actor, before=ticket, after=ticket)
    _record(uow, event, text, visibility, part)
    return event


def _record(
    uow: UnitOfWork,
    event: TicketEvent,
    text: str,
    visibility: Visibility,
    part: PartChange | None = None,
) -> None:
    uow.tickets.log(worklog_entry(event, text, visibility, part))
    tell_watchers(uow, event, text, visibility)
    if event.tells:
        uow.outbox.add(announcement(event))


def _follow(uow: UnitOfWork, event: TicketEvent) -> None:
    for hook in TICKET_HOOKS:
        hook(uow, event)


def announcement(event: TicketEvent) -> OutboxMessage:
    """Return the message that tells of a write of a ticket.

    The ticket's version makes each write's key its own; storing one twice keeps one.
    """
    ticket = event.after
    return OutboxMessage(
        key=f"{ticket.ticket_id}:{ticket.version}-{event.kind}:{CHANNEL}",
        channel=CHANNEL,
        payload=announced(event),
        created_at=event.at,
        not_before=event.at,
    )


def announced(event: TicketEvent) -> dict[str, str]:
    """Return what a message says of an event."""
    ticket = event.after
    return {
        "ticket_id": ticket.ticket_id,
        "number": str(ticket.number),
        "device_id": ticket.device_id or "",
        "event": event.kind.value,
        "status": ticket.status.value,
        "priority": ticket.priority.value,
        "tier": str(ticket.tier),
        "queue": ticket.queue,
        "assignee": ticket.assignee,
        "actor": event.actor,
        "title": ticket.title,
    }

"""A ticket after each action of the transition table; the one before is left as it is."""

from dataclasses import replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ActorKind, TicketAction, next_status

AUTOMATIC = "automatic"
"""The resolution of a ticket whose alerts all closed."""


def assigned(ticket: Ticket, *, assignee: str) -> Ticket:
    """Return the ticket in the hands of a technician who has not begun."""
    return replace(
        ticket, status=next_status(ticket.status, TicketAction.ASSIGN), assignee=assignee
    )


def taken(ticket: Ticket, *, user: str, at: datetime) -> Ticket:
    """Return the ticket with the user at work on it; the first to take it acknowledges it."""
    status = next_status(ticket.status, TicketAction.TAKE)
    return replace(_acknowledged(ticket, at), status=status, assignee=user)


def waiting(ticket: Ticket, action: TicketAction) -> Ticket:
    """Return the ticket waiting for the user, a vendor or a change."""
    return replace(ticket, status=next_status(ticket.status, action))


def resolved(ticket: Ticket, *, resolution: str, at: datetime, actor: ActorKind) -> Ticket:
    """Return the ticket resolved. A person who resolves it has acknowledged it by that."""
    status = next_status(ticket.status, TicketAction.RESOLVE, actor=actor)
    seen = _acknowledged(ticket, at) if actor is ActorKind.PERSON else ticket
    return replace(seen, status=status, resolved_at=at, resolution=resolution)


def reopened(ticket: Ticket, *, actor: ActorKind) -> Ticket:
    """Return the ticket open again and its reopening counted."""
    return replace(
        ticket,
        status=next_status(ticket.status, TicketAction.REOPEN, actor=actor),
        resolved_at=None,
        resolution="",
        reopen_count=ticket.reopen_count + 1,
    )


def closed(ticket: Ticket, *, at: datetime) -> Ticket:
    """Return the ticket closed for good."""
    status = next_status(ticket.status, TicketAction.CLOSE, actor=ActorKind.ENGINE)
    return replace(ticket, status=status, closed_at=at)


def cancelled(ticket: Ticket, *, at: datetime) -> Ticket:
    """Return the ticket ended without a resolution."""
    status = next_status(ticket.status, TicketAction.CANCEL)
    return replace(ticket, status=status, closed_at=at)


def window_ended(ticket: Ticket, *, now: datetime) -> bool:
    """Return whether a resolved ticket can no longer be reopened by a new alert."""
    if ticket.status is not TicketStatus.RESOLVED or ticket.resolved_at is None:
        return False
    return now >= ticket.resolved_at + timedelta(seconds=ticket.reopen_window_s)


def _acknowledged(ticket: Ticket, at: datetime) -> Ticket:
    return ticket if ticket.acknowledged_at is not None else replace(ticket, acknowledged_at=at)

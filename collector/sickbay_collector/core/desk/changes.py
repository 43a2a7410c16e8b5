"""A ticket after each action of the transition table; the one before is left as it is."""

from dataclasses import replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk.codes import (
    NOT_SAID,
    ClosureCode,
    ResolutionCode,
    ResolutionCodes,
)
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ActorKind, TicketAction, next_status
from sickbay_collector.core.ids import TicketId

AUTOMATIC = "automatic"
"""The resolution of a ticket whose alerts all closed."""


def assigned(
    ticket: Ticket, *, assignee: str, at: datetime, actor: ActorKind = ActorKind.PERSON
) -> Ticket:
    """Return the ticket in the hands of a technician who has not begun."""
    status = next_status(ticket.status, TicketAction.ASSIGN, actor=actor)
    return replace(_given(ticket, assignee, at), status=status)


def handed_on(ticket: Ticket, *, actor: ActorKind) -> Ticket:
    """Return the ticket in nobody's hands, for a tier or queue that has to take it."""
    status = next_status(ticket.status, TicketAction.HAND_ON, actor=actor)
    return replace(ticket, status=status, assignee="", assigned_at=None)


def taken(ticket: Ticket, *, user: str, at: datetime) -> Ticket:
    """Return the ticket with the user at work on it; the first to take it acknowledges it."""
    status = next_status(ticket.status, TicketAction.TAKE)
    return replace(_acknowledged(_given(ticket, user, at), user, at), status=status)


def waiting(ticket: Ticket, action: TicketAction) -> Ticket:
    """Return the ticket waiting for the user, a vendor or a change."""
    return replace(ticket, status=next_status(ticket.status, action))


def resolved(
    ticket: Ticket,
    *,
    resolution: str,
    at: datetime,
    user: str = "",
    codes: ResolutionCodes = NOT_SAID,
) -> Ticket:
    """Return the ticket resolved. A person who resolves it has acknowledged it by that.

    Args:
        ticket: As it is.
        resolution: What was done, or `AUTOMATIC`.
        at: When.
        user: Login name of who resolved it; "" for the engine.
        codes: How, as far as the user said.
    """
    actor = ActorKind.PERSON if user else ActorKind.ENGINE
    status = next_status(ticket.status, TicketAction.RESOLVE, actor=actor)
    seen = _acknowledged(ticket, user, at) if user else ticket
    code = codes.code if user else ResolutionCode.CLEARED
    return replace(
        seen,
        status=status,
        resolved_at=at,
        resolution=resolution,
        resolution_mode=codes.mode or "",
        cause_code=codes.cause or "",
        resolution_code=code or "",
        snoozed_until=None,
    )


def reopened(ticket: Ticket, *, actor: ActorKind) -> Ticket:
    """Return the ticket open again and its reopening counted; no snooze of before quiets it."""
    return replace(
        ticket,
        status=next_status(ticket.status, TicketAction.REOPEN, actor=actor),
        resolved_at=None,
        resolution="",
        resolution_mode="",
        cause_code="",
        resolution_code="",
        snoozed_until=None,
        reopen_count=ticket.reopen_count + 1,
    )


def closed(ticket: Ticket, *, at: datetime) -> Ticket:
    """Return the ticket closed for good."""
    status = next_status(ticket.status, TicketAction.CLOSE, actor=ActorKind.ENGINE)
    code = ClosureCode.CLEARED if ticket.resolution == AUTOMATIC else ClosureCode.SOLVED
    return replace(ticket, status=status, closed_at=at, closure_code=code)


def cancelled(ticket: Ticket, *, at: datetime, code: ClosureCode = ClosureCode.NO_FAULT) -> Ticket:
    """Return the ticket ended without a resolution."""
    status = next_status(ticket.status, TicketAction.CANCEL)
    return replace(ticket, status=status, closed_at=at, closure_code=code)


def merged(ticket: Ticket, *, into: TicketId, at: datetime, actor: ActorKind) -> Ticket:
    """Return the ticket ended because another goes on in its place."""
    status = next_status(ticket.status, TicketAction.MERGE, actor=actor)
    return replace(
        ticket,
        status=status,
        closed_at=at,
        closure_code=ClosureCode.DUPLICATE,
        merged_into=into,
    )


def window_ended(ticket: Ticket, *, now: datetime) -> bool:
    """Return whether a resolved ticket can no longer be reopened by a new alert."""
    if ticket.status is not TicketStatus.RESOLVED or ticket.resolved_at is None:
        return False
    return now >= ticket.resolved_at + timedelta(seconds=ticket.reopen_window_s)


def _acknowledged(ticket: Ticket, user: str, at: datetime) -> Ticket:
    if ticket.acknowledged_at is not None:
        return ticket
    return replace(ticket, acknowledged_at=at, acknowledged_by=user)


def _given(ticket: Ticket, assignee: str, at: datetime) -> Ticket:
    """Return the ticket with who has it now; going from one to another is counted."""
    if ticket.assignee == assignee:
        return ticket
    moves = ticket.reassignments + bool(ticket.assignee)
    return replace(ticket, assignee=assignee, assigned_at=at, reassignments=moves)


def acknowledged(ticket: Ticket, *, user: str, at: datetime) -> Ticket:
    """Return the ticket with who takes care of it; whoever was first stays that."""
    return _acknowledged(ticket, user, at)

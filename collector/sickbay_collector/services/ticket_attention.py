"""Acknowledging a ticket, and putting it off for a while. What pages follows by the hooks.

Neither asks which version somebody saw: taking care of a ticket is right whatever changed in it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.events import ENGINE, TicketEventKind
from sickbay_collector.core.desk.text import checked_login, checked_text
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.escalations import acknowledge as acknowledge_run
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket

MAX_SNOOZE = timedelta(days=7)
"""What is put off for longer should wait for its user, a vendor or a change."""


def acknowledge(
    open_uow: OpenUnitOfWork, ticket_id: TicketId, *, user: str, now: datetime
) -> Ticket:
    """Say that somebody takes care of a ticket, which stops its escalation.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It needs nobody any more, or somebody writes it at this moment.
        InvalidError: The login name is malformed.
    """
    with open_uow() as uow:
        ticket = take_care(uow, ticket_id, user=user, now=now)
        uow.commit()
    return ticket


def take_care(uow: UnitOfWork, ticket_id: TicketId, *, user: str, now: datetime) -> Ticket:
    """Acknowledge a ticket inside the caller's transaction.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It needs nobody any more, or somebody writes it at this moment.
        InvalidError: The login name is malformed.
    """
    login = checked_login("user", user)
    ticket = active_ticket(uow, ticket_id, "acknowledged")
    kind, text = TicketEventKind.ACKNOWLEDGED, f"{login} takes care of it"
    after = changes.acknowledged(ticket, user=login, at=now)
    if after != ticket:
        return write_ticket(uow, ticket, after, kind=kind, actor=login, text=text, at=now).after
    # A ticket that was reopened keeps who was first; only its escalation is new.
    acknowledge_run(uow, ticket, by=login, now=now)
    log_on_ticket(uow, ticket, kind=kind, actor=login, text=text, at=now)
    return ticket


def snooze(
    open_uow: OpenUnitOfWork,
    ticket_id: TicketId,
    *,
    user: str,
    until: datetime,
    reason: str,
    now: datetime,
) -> Ticket:
    """Put a ticket off: its escalation stands still until then, and goes on by itself.

    Args:
        open_uow: Opens the unit of work.
        ticket_id: Which ticket.
        user: Login name of who asks.
        until: When it ends, at most seven days ahead.
        reason: Why, up to 4,000 characters.
        now: The present time.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It needs nobody any more, or somebody writes it at this moment.
        InvalidError: The time is past or too far ahead, or the reason empty or too long.
    """
    login, words = checked_login("user", user), checked_text("reason", reason)
    if not now < until <= now + MAX_SNOOZE:
        raise InvalidError(
            "until: must lie within %(days)s days from now, not %(until)s",
            days=MAX_SNOOZE.days,
            until=until.isoformat(),
        )
    with open_uow() as uow:
        ticket = active_ticket(uow, ticket_id, "snoozed")
        event = write_ticket(
            uow,
            ticket,
            replace(ticket, snoozed_until=until),
            kind=TicketEventKind.SNOOZED,
            actor=login,
            text=f"Snoozed until {until:%Y-%m-%d %H:%M} UTC: {words}",
            at=now,
        )
        uow.commit()
    return event.after


def end_snooze(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
    """Let a ticket go on whose snooze is over: the handler of its timer."""
    ticket = uow.tickets.get(TicketId(key))
    if ticket is None or ticket.snoozed_until is None or ticket.snoozed_until > due_at:
        return
    write_ticket(
        uow,
        ticket,
        replace(ticket, snoozed_until=None),
        kind=TicketEventKind.SNOOZE_OVER,
        actor=ENGINE,
        text="The snooze is over",
        at=now,
    )


def active_ticket(uow: UnitOfWork, ticket_id: TicketId, what: str) -> Ticket:
    """Return and hold a ticket that somebody still has to work on.

    Args:
        uow: Where it is held until its end.
        ticket_id: Which ticket.
        what: What is to be done with it, for the message: "snoozed".

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It is over.
    """
    return checked_active(uow.tickets.hold([ticket_id]).get(ticket_id), ticket_id, what)


def checked_active(ticket: Ticket | None, ticket_id: TicketId, what: str) -> Ticket:
    """Return a ticket that was looked for, where somebody still has to work on it.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It is over.
    """
    if ticket is None:
        raise NotFoundError("there is no ticket %(ticket_id)r", ticket_id=ticket_id[:64])
    if ticket.status not in ACTIVE:
        raise ConflictError(
            "a ticket that is %(status)s cannot be %(what)s", status=ticket.status, what=what
        )
    return ticket

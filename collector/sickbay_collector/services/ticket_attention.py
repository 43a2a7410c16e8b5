"""Acknowledging a ticket, and putting it off for a while. What pages follows by the hooks."""

from dataclasses import replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.events import ENGINE, TicketEventKind
from sickbay_collector.core.desk.text import checked_login, checked_text
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.desk import Act
from sickbay_collector.services.escalations import acknowledge as acknowledge_run
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket

MAX_SNOOZE = timedelta(days=7)
"""What is put off for longer should wait for its user, a vendor or a change."""


def acknowledge(open_uow: OpenUnitOfWork, act: Act) -> Ticket:
    """Say that somebody takes care of a ticket, which stops its escalation.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It needs nobody any more, or somebody wrote it since that version.
        InvalidError: The login name is malformed.
    """
    text = f"{act.user} takes care of it"
    with open_uow() as uow:
        before = _seen(uow, act, "acknowledged")
        # A ticket that was reopened keeps who was first; only its escalation is new.
        after = changes.acknowledged(before, user=act.user, at=act.now)
        if after == before:
            acknowledge_run(uow, before, by=act.user, now=act.now)
        event = _written(uow, before, after, act, TicketEventKind.ACKNOWLEDGED, text)
        uow.commit()
    return event


def snooze(open_uow: OpenUnitOfWork, act: Act, *, until: datetime, reason: str) -> Ticket:
    """Put a ticket off: its escalation stands still until then, and goes on by itself.

    Args:
        open_uow: Opens the unit of work.
        act: Who, which and when.
        until: When it ends, at most seven days ahead.
        reason: Why, up to 4,000 characters.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It needs nobody any more, or somebody wrote it since that version.
        InvalidError: The time is past or too far ahead, or the reason empty or too long.
    """
    if not act.now < until <= act.now + MAX_SNOOZE:
        raise InvalidError(
            f"until: must lie within {MAX_SNOOZE.days} days from now, not {until.isoformat()}"
        )
    words = checked_text("reason", reason)
    text = f"Snoozed until {until:%Y-%m-%d %H:%M} UTC: {words}"
    with open_uow() as uow:
        before = _seen(uow, act, "snoozed")
        after = replace(before, snoozed_until=until)
        event = _written(uow, before, after, act, TicketEventKind.SNOOZED, text)
        uow.commit()
    return event


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


def _seen(uow: UnitOfWork, act: Act, what: str) -> Ticket:
    """Return the ticket of an act, still as the user saw it and in need of somebody."""
    checked_login("user", act.user)
    ticket = uow.tickets.get(act.ticket_id)
    if ticket is None:
        raise NotFoundError(f"there is no ticket {act.ticket_id[:64]!r}")
    if ticket.version != act.expected_version:
        raise ConflictError(
            f"ticket {ticket.number} is at version {ticket.version},"
            f" not {act.expected_version}; read it again"
        )
    if ticket.status not in ACTIVE:
        raise ConflictError(f"a ticket that is {ticket.status} cannot be {what}")
    return ticket


def _written(
    uow: UnitOfWork, before: Ticket, after: Ticket, act: Act, kind: TicketEventKind, text: str
) -> Ticket:
    if after == before:
        event = log_on_ticket(uow, before, kind=kind, actor=act.user, text=text, at=act.now)
    else:
        event = write_ticket(uow, before, after, kind=kind, actor=act.user, text=text, at=act.now)
    return event.after

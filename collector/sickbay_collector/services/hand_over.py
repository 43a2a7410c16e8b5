"""Handing a ticket on: by a technician who lacks something, or because a tier's time is over."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sickbay_collector.core.alerts.fields import short_duration
from sickbay_collector.core.desk.events import ENGINE, TicketEvent
from sickbay_collector.core.desk.ranking import Missing
from sickbay_collector.core.desk.text import checked_text
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.tier_clock import COUNTED
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.acts import Act, seen
from sickbay_collector.services.fleet_children import open_parent
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.routing import escalate, reroute
from sickbay_collector.services.tier_limits import (
    TIER_LIMIT,
    limit_due,
    next_tier_spec,
    too_many_reassignments,
)

_LATER = timedelta(hours=1)


def escalate_ticket(
    open_uow: OpenUnitOfWork, act: Act, *, missing: Missing, reason: str
) -> tuple[TicketEvent, ...]:
    """Hand a ticket to the next tier because skill, access or time is missing.

    Args:
        open_uow: Opens the unit of work.
        act: Who, which and when.
        missing: What is missing.
        reason: In words, up to 4,000 characters.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, its tier has no next one, or somebody wrote it since
            that version.
        InvalidError: The reason is empty or too long, or the login name malformed.
    """
    words = checked_text("reason", reason)
    return _write(
        open_uow,
        act,
        lambda uow, ticket: escalate(uow, ticket, missing, act.user, words, act.now),
    )


def reroute_ticket(open_uow: OpenUnitOfWork, act: Act, *, reason: str) -> tuple[TicketEvent, ...]:
    """Route a ticket anew, by the rules in force and what is known of it by now.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: Its status forbids it, or somebody wrote it since that version.
        InvalidError: The reason is empty or too long, or the login name malformed.
    """
    words = checked_text("reason", reason)
    return _write(open_uow, act, lambda uow, ticket: reroute(uow, ticket, act.user, words, act.now))


def on_tier_limit(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
    """Hand a ticket up whose time in its tier is over; a timer handler.

    What the tier allows may have changed since: then the timer is set anew, or is gone.
    """
    del due_at
    ticket = uow.tickets.get(TicketId(key))
    if ticket is None:
        return
    due, spec = limit_due(uow, ticket, now), next_tier_spec(uow, ticket)
    if due is None or spec is None or spec.time_limit_s is None:
        return
    if due > now:
        uow.timers.set(TIER_LIMIT, key, due)
        return
    if open_parent(uow, ticket) is not None:  # its parent is worked on; look again later
        uow.timers.set(TIER_LIMIT, key, now + _LATER)
        return
    limit = short_duration(spec.time_limit_s)
    escalate(uow, ticket, Missing.TIME, ENGINE, f"The {limit} of tier {spec.id} are used", now)


def on_too_many_reassignments(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
    """Hand a ticket up that went from hand to hand in its tier; a timer handler."""
    del due_at
    ticket = uow.tickets.get(TicketId(key))
    spec = None if ticket is None else next_tier_spec(uow, ticket)
    if ticket is None or spec is None or ticket.status not in COUNTED:
        return
    if too_many_reassignments(uow, ticket, spec):
        reason = f"Reassigned {spec.reassign_limit} times in tier {spec.id}"
        escalate(uow, ticket, Missing.SKILL, ENGINE, reason, now)


def _write(
    open_uow: OpenUnitOfWork,
    act: Act,
    do: Callable[[UnitOfWork, Ticket], tuple[TicketEvent, ...]],
) -> tuple[TicketEvent, ...]:
    with open_uow() as uow:
        events = do(uow, seen(uow, act))
        uow.commit()
    return events

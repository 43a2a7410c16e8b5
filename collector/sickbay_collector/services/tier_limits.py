"""How long a ticket may stay in its tier, and how often it may change hands there.

A hook keeps the timers while tickets are written; when one goes off, what it is for is looked at
again with the configuration in force, and the ticket goes up to the next tier.
"""

from datetime import datetime, timedelta

from sickbay_collector.core.desk.calendar import Calendar
from sickbay_collector.core.desk.events import TicketEvent
from sickbay_collector.core.desk.sla import around_the_clock
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.tier_clock import COUNTED, due_at, reassigned_since
from sickbay_collector.core.desk.tier_spec import TierSpec
from sickbay_collector.services.ports import UnitOfWork

TIER_LIMIT = "tier_limit"
"""Kind of the timer of a tier's time limit; its key is the ticket's id."""
TIER_REASSIGNED = "tier_reassigned"
"""Kind of the timer that goes off at once after too many reassignments."""


def keep_tier_timers(uow: UnitOfWork, event: TicketEvent) -> None:
    """Let the tier's time run or stand still as the ticket that was just written asks."""
    before, after = event.before, event.after
    if before is None or _place(before) != _place(after):
        set_limit(uow, after, event.at)
    if before is not None and after.reassignments > before.reassignments:
        spec = next_tier_spec(uow, after)
        if spec is not None and too_many_reassignments(uow, after, spec):
            uow.timers.set(TIER_REASSIGNED, after.ticket_id, event.at)


def set_limit(uow: UnitOfWork, ticket: Ticket, now: datetime) -> None:
    """Set the timer of the tier's limit, or take it away where nothing is to be waited for."""
    due = limit_due(uow, ticket, now)
    if due is None:
        uow.timers.cancel(TIER_LIMIT, ticket.ticket_id)
    else:
        uow.timers.set(TIER_LIMIT, ticket.ticket_id, due)


def limit_due(uow: UnitOfWork, ticket: Ticket, now: datetime) -> datetime | None:
    """Return when a ticket's time in its tier is over; `now` where it is over.

    None where it stands still, the tier has no limit, or there is no tier to go to.
    """
    spec = next_tier_spec(uow, ticket)
    if spec is None or spec.time_limit_s is None or ticket.status not in COUNTED:
        return None
    return due_at(
        uow.tickets.worklog(ticket.ticket_id),
        ticket.tier_since or ticket.opened_at,
        now,
        calendar_of(uow, spec),
        timedelta(seconds=spec.time_limit_s),
    )


def too_many_reassignments(uow: UnitOfWork, ticket: Ticket, spec: TierSpec) -> bool:
    """Return whether a ticket changed hands in its tier as often as it may."""
    if spec.reassign_limit is None:
        return False
    return reassigned_since(uow.tickets.worklog(ticket.ticket_id)) >= spec.reassign_limit


def next_tier_spec(uow: UnitOfWork, ticket: Ticket) -> TierSpec | None:
    """Return the ticket's tier where it has a next one to go to."""
    spec = uow.book.tiers.get(ticket.tier)
    return spec if spec is not None and spec.next in uow.book.tiers else None


def calendar_of(uow: UnitOfWork, spec: TierSpec) -> Calendar:
    """Return the calendar that a tier's time is counted by."""
    return uow.book.sla.calendars.get(spec.calendar) or around_the_clock(spec.calendar)


def _place(ticket: Ticket) -> tuple[str, datetime | None, bool]:
    """Return what the tier's time depends on."""
    return ticket.tier, ticket.tier_since, ticket.status in COUNTED

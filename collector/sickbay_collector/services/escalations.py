"""A ticket's escalation follows the ticket, inside the transaction that writes it. Never commits.

The first policy that fits is copied when a ticket opens, is reopened, or becomes more urgent while
nobody acknowledged it. `escalation_steps` does the steps, by a timer.
"""

from datetime import datetime

from sickbay_collector.core.desk import escalation_run
from sickbay_collector.core.desk.escalation import pick
from sickbay_collector.core.desk.escalation_run import LIVE, EscalationRun, RunState
from sickbay_collector.core.desk.events import TicketEvent, TicketEventKind
from sickbay_collector.core.desk.message import DeliveryRecord
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.services.fleet_children import open_parent
from sickbay_collector.services.ports import UnitOfWork

ESCALATION = "escalation"
"""The timer of a run's next step; its key is the ticket's id."""
SNOOZE = "snooze"
"""The timer of a snooze's end; its key is the ticket's id."""

_BY_URGENCY = tuple(Priority)
_BY_HAND = frozenset({TicketEventKind.TAKEN, TicketEventKind.ACKNOWLEDGED, TicketEventKind.WAITING})
"""Whoever does one of these takes care of the ticket."""


def follow(uow: UnitOfWork, event: TicketEvent) -> None:
    """Let a ticket's run start, pause, go on or end with what was just written."""
    before, after = event.before, event.after
    if after.status not in ACTIVE:
        if before is not None and before.snoozed_until is not None:
            uow.timers.cancel(SNOOZE, after.ticket_id)
        end(uow, after, reason=after.status.value, now=event.at)
        return
    parent = open_parent(uow, after)
    if parent is not None:
        end(uow, after, reason=f"ticket {parent.number} stands for it", now=event.at)
    elif before is None or before.status is TicketStatus.RESOLVED:
        start(uow, after, now=event.at)
    if before is None or before.status is TicketStatus.RESOLVED:
        return
    if before.snoozed_until != after.snoozed_until:
        _snooze(uow, after, now=event.at)
    if _is_acknowledgement(event):
        acknowledge(uow, after, by=event.actor, now=event.at)
    elif parent is None and _rank(after) < _rank(before):
        _start_anew(uow, after, now=event.at)


def start(uow: UnitOfWork, ticket: Ticket, *, now: datetime) -> None:
    """Copy the policy that fits a ticket onto it, and let it run; one that is live ends.

    Nothing happens where no policy fits, or the one that does lets its tickets rest.
    """
    policy = pick(uow.book.escalations.values(), ticket)
    if policy is None or not policy.steps:
        return
    calendars = uow.book.sla.calendars
    last = uow.escalations.hold(ticket.ticket_id)
    if last is not None:
        over = escalation_run.ended(last, reason=f"replaced by {policy.id}", at=now)
        uow.escalations.save(over)
    run = escalation_run.started(
        policy,
        ticket.ticket_id,
        run=1 if last is None else last.run + 1,
        now=now,
        calendars=calendars,
    )
    if ticket.snoozed_until is not None and ticket.snoozed_until > now:
        run = escalation_run.paused(run, now, calendars)
    uow.escalations.add(run)
    keep_time(uow, run)


def acknowledge(uow: UnitOfWork, ticket: Ticket, *, by: str, now: datetime) -> None:
    """Stop a ticket's run: nobody is told any more."""
    run = uow.escalations.hold(ticket.ticket_id)
    if run is not None:
        _put(uow, run, escalation_run.acknowledged(run, by=by, at=now))


def end(uow: UnitOfWork, ticket: Ticket, *, reason: str, now: datetime) -> None:
    """End the run of a ticket that needs it no more."""
    run = uow.escalations.hold(ticket.ticket_id)
    if run is not None:
        _put(uow, run, escalation_run.ended(run, reason=reason, at=now))


def keep_time(uow: UnitOfWork, run: EscalationRun) -> None:
    """Set the timer of a run's next step, or take it away."""
    if run.state in LIVE and run.due_at is not None:
        uow.timers.set(ESCALATION, run.ticket_id, run.due_at)
    else:
        uow.timers.cancel(ESCALATION, run.ticket_id)


def _snooze(uow: UnitOfWork, ticket: Ticket, *, now: datetime) -> None:
    """Pause a ticket's run until its snooze ends, or let it go on."""
    run, calendars = uow.escalations.hold(ticket.ticket_id), uow.book.sla.calendars
    if ticket.snoozed_until is None:
        uow.timers.cancel(SNOOZE, ticket.ticket_id)
        changed = run and escalation_run.resumed(run, now, calendars)
    else:
        uow.timers.set(SNOOZE, ticket.ticket_id, ticket.snoozed_until)
        changed = run and escalation_run.paused(run, now, calendars)
    if run is not None and changed is not None:
        _put(uow, run, changed)


def _start_anew(uow: UnitOfWork, ticket: Ticket, *, now: datetime) -> None:
    """Start the policy of a higher priority, unless somebody has acknowledged the ticket."""
    run = uow.escalations.hold(ticket.ticket_id)
    acked = ticket.acknowledged_at is not None if run is None else run.state is RunState.ACKED
    if not acked:
        start(uow, ticket, now=now)


def _put(uow: UnitOfWork, before: EscalationRun, after: EscalationRun) -> None:
    if after != before:
        uow.escalations.save(after)
        keep_time(uow, after)
        if after.state is RunState.ACKED and after.acked_at is not None:
            _withdraw(uow, after, f"{after.acked_by} takes care of it", after.acked_at)
        elif after.state is RunState.ENDED and after.ended_at is not None:
            _withdraw(uow, after, f"the ticket is {after.end_reason}", after.ended_at)


def page_key(run: EscalationRun) -> str:
    """Return what the keys of the pages of a ticket's runs begin with."""
    return f"escalation:{run.ticket_id}:"


def _withdraw(uow: UnitOfWork, run: EscalationRun, reason: str, now: datetime) -> None:
    """Take back pages that wait for the end of quiet hours, or for a channel that is down."""
    for message in uow.outbox.withdraw(page_key(run)):
        uow.deliveries.add(
            DeliveryRecord(
                key=message.key,
                ticket_id=message.ticket_id,
                channel=message.channel,
                recipient=message.recipient,
                at=now,
                state=message.state,
                reason=f"not sent: {reason}",
                sent_as="",
            )
        )


def _is_acknowledgement(event: TicketEvent) -> bool:
    """Return whether somebody takes the ticket on; again after it was reopened."""
    if event.kind in _BY_HAND:
        return True
    return event.before is not None and event.after.acknowledged_at != event.before.acknowledged_at


def _rank(ticket: Ticket) -> int:
    return _BY_URGENCY.index(ticket.priority)

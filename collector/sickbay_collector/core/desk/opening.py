"""What an alert does to the desk: open a ticket, join or reopen the one there is, or nothing.

One ticket of a device's family is open at a time. A resolved one counts as open until its reopen
window ends.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.alerts.change import AlertChange, ChangeKind
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.desk.changes import AUTOMATIC, window_ended
from sickbay_collector.core.desk.fresh_ticket import fresh_ticket
from sickbay_collector.core.desk.priority import PriorityDecision, decide_priority, more_urgent
from sickbay_collector.core.desk.routing import check_queue
from sickbay_collector.core.desk.ticket import (
    EvidenceItem,
    Ticket,
    TicketSource,
    TicketStatus,
)
from sickbay_collector.core.desk.wording import describe, title_of
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import TicketId


class Step(StrEnum):
    """What to do with the desk's tickets."""

    OPEN = "open"
    JOIN = "join"
    REOPEN = "reopen"
    RENEW = "renew"
    """Close the resolved ticket, whose reopen window is over, and open another."""
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do and why."""

    step: Step
    reason: str


def decide(
    change: AlertChange, *, existing: Ticket | None, owner: Ticket | None, now: datetime
) -> Decision:
    """Return what an alert that opened, or is measured again, does to the desk.

    Args:
        change: Of kind OPENED or EVIDENCE.
        existing: The device's ticket of the family that is neither closed nor cancelled.
        owner: The ticket that the alert belongs to; None for an alert that just opened.
        now: The collector's time.
    """
    is_new = change.kind is ChangeKind.OPENED
    if existing is None:
        return _without_open_ticket(change, owner, is_new=is_new)
    if existing.status is not TicketStatus.RESOLVED:
        return Decision(step=Step.JOIN, reason="a ticket of its kind is open")
    may_be_fixed = not is_new and existing.resolution != AUTOMATIC
    if may_be_fixed and _measured_before(change, existing):
        return Decision(step=Step.JOIN, reason="measured before the ticket was resolved")
    if window_ended(existing, now=now):
        return Decision(
            step=Step.RENEW, reason=f"the reopen window of ticket {existing.number} is over"
        )
    if may_be_fixed:
        # Conditions over days stay true a while after a fix; the end of the window decides.
        return Decision(step=Step.JOIN, reason="measured again after the ticket was resolved")
    return Decision(step=Step.REOPEN, reason="again within the reopen window")


def all_closed(statuses: Iterable[str]) -> bool:
    """Return whether alerts of these statuses leave nothing to do for their ticket."""
    return not STANDING.intersection(statuses)


STANDING = frozenset({"open", "clearing"})
"""Statuses of alerts that are not over."""


def draft_ticket(
    device: Device, change: AlertChange, rule: Rule, *, ticket_id: TicketId, now: datetime
) -> Ticket:
    """Return the new ticket of an alert where its rule asks; the store gives it its number.

    Raises:
        InvalidError: The rule's urgency, category or queue is not among those allowed.
    """
    draft = fresh_ticket(
        ticket_id=ticket_id,
        source=TicketSource.ALERT,
        title=title_of(device, change),
        description=describe(device, change, rule),
        category=rule.category,
        priority=priority_for(device, change, rule),
        reopen_window_s=rule.reopen_s,
        opened_at=now,
    )
    return replace(
        draft,
        device_id=device.device_id,
        family=rule.family,
        subcategory=rule.subcategory or "",
        tier=rule.tier,
        queue=check_queue(rule.queue),
        runbook=rule.runbook,
    )


def priority_for(device: Device, change: AlertChange, rule: Rule) -> PriorityDecision:
    """Return the priority of an alert on a device."""
    return decide_priority(
        device.criticality,
        change.urgency,
        minimum=rule.minimum_priority,
        device_class=device.device_class,
    )


def raised(ticket: Ticket, decision: PriorityDecision) -> Ticket:
    """Return the ticket with the higher of both priorities: while open it only rises."""
    if not more_urgent(decision.priority, ticket.priority):
        return ticket
    return replace(
        ticket,
        priority=decision.priority,
        impact=decision.impact,
        urgency=decision.urgency,
        priority_reason=decision.reason,
    )


def evidence_of(change: AlertChange, ticket_id: TicketId, *, now: datetime) -> list[EvidenceItem]:
    """Return the change's readings as evidence; none is dated after it was received."""
    return [
        EvidenceItem(
            ticket_id=ticket_id,
            at=min(change.at, now),
            rule_id=change.rule_id,
            instance=change.instance,
            instance_label=change.instance_label,
            metric=reading.metric,
            unit=reading.unit,
            value=reading.value,
            threshold=reading.threshold,
            since=change.since,
            sentence=change.sentence,
            history=change.history,
        )
        for reading in change.readings
    ]


def _without_open_ticket(change: AlertChange, owner: Ticket | None, *, is_new: bool) -> Decision:
    if is_new or owner is None:
        return Decision(step=Step.OPEN, reason="no ticket of its kind is open")
    if owner.status is TicketStatus.CANCELLED:
        return Decision(step=Step.IGNORE, reason=f"ticket {owner.number} was cancelled")
    if _measured_before(change, owner):
        return Decision(step=Step.IGNORE, reason=f"measured before ticket {owner.number} closed")
    return Decision(step=Step.OPEN, reason=f"still measured after ticket {owner.number} was closed")


def _measured_before(change: AlertChange, ticket: Ticket) -> bool:
    return ticket.resolved_at is not None and change.at <= ticket.resolved_at

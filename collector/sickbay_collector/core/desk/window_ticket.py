"""The ticket of a maintenance window: who did not come back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sickbay_collector.core.alerts.window import Baseline, Occurrence, Window
from sickbay_collector.core.desk.fresh_ticket import fresh_ticket
from sickbay_collector.core.desk.priority import PriorityDecision, priority_of
from sickbay_collector.core.desk.ticket import Ticket, TicketSource
from sickbay_collector.core.desk.wording import TITLE_LIMIT, cut
from sickbay_collector.core.ids import TicketId

CATEGORY = "other"
# As many devices as make something a matter of more than one user.
_MANY = 5
_LISTED = 100


def window_ticket(
    window: Window,
    occurrence: Occurrence,
    unwell: Sequence[Baseline],
    *,
    ticket_id: TicketId,
    now: datetime,
) -> Ticket:
    """Return the ticket of devices that a window left missing or with failing services.

    Routing gives it its place.
    """
    missing = sum(one.outcome == "missing" for one in unwell)
    what = (
        f"{_count(missing, 'device')} did not come back"
        if missing
        else f"{_count(len(unwell), 'device')} came back with something lost"
    )
    draft = fresh_ticket(
        ticket_id=ticket_id,
        source=TicketSource.ALERT,
        title=cut(f"Maintenance window {window.number}, {window.title}: {what}", TITLE_LIMIT),
        description=_describe(window, occurrence, unwell),
        category=CATEGORY,
        priority=_priority(unwell),
        reopen_window_s=0.0,
        opened_at=now,
    )
    return replace(draft, device_id=unwell[0].device_id if len(unwell) == 1 else None)


def _priority(unwell: Sequence[Baseline]) -> PriorityDecision:
    impact = 1 if len(unwell) >= _MANY else 2
    priority = priority_of(impact, 1)
    reason = (
        f"{priority.capitalize()} from impact {impact}"
        f" ({_count(len(unwell), 'device')}) and urgency 1 (not as before the maintenance)"
    )
    return PriorityDecision(priority=priority, impact=impact, urgency=1, reason=reason)


def _describe(window: Window, occurrence: Occurrence, unwell: Sequence[Baseline]) -> str:
    what = f"maintenance window {window.number}, {window.title}, by {window.author}"
    lines = [
        f"What: {what}: {window.reason}",
        f"When: {occurrence.starts_at:%Y-%m-%d %H:%M} to {occurrence.ends_at:%Y-%m-%d %H:%M} UTC",
        *(f"{one.hostname or one.device_id}: {_became(one)}" for one in unwell[:_LISTED]),
    ]
    if len(unwell) > _LISTED:
        lines.append(f"and {len(unwell) - _LISTED} more, in `sickbay window show {window.number}`")
    return "\n".join(lines)


def _became(one: Baseline) -> str:
    if one.outcome == "missing":
        return f"was {one.presence} at the start and did not come back"
    return "; ".join(one.lost)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""The ticket of a maintenance window: who did not come back."""

from collections.abc import Sequence
from datetime import datetime

from sickbay_collector.core.alerts.window import Baseline, Occurrence, Window
from sickbay_collector.core.desk.priority import priority_of
from sickbay_collector.core.desk.ticket import Ticket, TicketSource, TicketStatus
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
    impact = 1 if len(unwell) >= _MANY else 2
    priority = priority_of(impact, 1)
    missing = sum(one.outcome == "missing" for one in unwell)
    what = (
        f"{_count(missing, 'device')} did not come back"
        if missing
        else f"{_count(len(unwell), 'device')} came back with something lost"
    )
    return Ticket(
        ticket_id=ticket_id,
        number=0,
        version=1,
        device_id=unwell[0].device_id if len(unwell) == 1 else None,
        family=None,
        source=TicketSource.ALERT,
        status=TicketStatus.NEW,
        title=cut(f"Maintenance window {window.number}, {window.title}: {what}", TITLE_LIMIT),
        description=_describe(window, occurrence, unwell),
        category=CATEGORY,
        priority=priority,
        impact=impact,
        urgency=1,
        priority_reason=f"{priority.capitalize()} from impact {impact}"
        f" ({_count(len(unwell), 'device')}) and urgency 1 (not as before the maintenance)",
        tier="",
        queue="",
        routing_reason="",
        assignee="",
        runbook="",
        reopen_window_s=0.0,
        opened_at=now,
        acknowledged_at=None,
        resolved_at=None,
        closed_at=None,
        reopen_count=0,
        resolution="",
    )


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

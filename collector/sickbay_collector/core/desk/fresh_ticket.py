"""A ticket that nobody has touched yet: what all ways to open one have in common."""

from datetime import datetime

from sickbay_collector.core.desk.priority import PriorityDecision
from sickbay_collector.core.desk.ticket import Ticket, TicketSource, TicketStatus
from sickbay_collector.core.ids import TicketId


def fresh_ticket(
    *,
    ticket_id: TicketId,
    source: TicketSource,
    title: str,
    description: str,
    category: str,
    priority: PriorityDecision,
    reopen_window_s: float,
    opened_at: datetime,
) -> Ticket:
    """Return a new ticket without device, place and anything that is done later.

    Routing gives it its place, and the store its number.
    """
    return Ticket(
        ticket_id=ticket_id,
        number=0,
        version=1,
        device_id=None,
        family=None,
        source=source,
        status=TicketStatus.NEW,
        title=title,
        description=description,
        category=category,
        priority=priority.priority,
        impact=priority.impact,
        urgency=priority.urgency,
        priority_reason=priority.reason,
        tier="",
        queue="",
        routing_reason="",
        assignee="",
        runbook="",
        reopen_window_s=reopen_window_s,
        opened_at=opened_at,
        acknowledged_at=None,
        resolved_at=None,
        closed_at=None,
        reopen_count=0,
        resolution="",
    )

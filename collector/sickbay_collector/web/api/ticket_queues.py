"""`/api/v1/tickets/queues`: what waits where."""

from datetime import datetime

from fastapi import APIRouter

from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.desk.ticket_search import TicketFilter
from sickbay_collector.core.desk.transitions import OPEN
from sickbay_collector.services.queues import queue_counts
from sickbay_collector.web.api.base import Schema, problems
from sickbay_collector.web.auth import TicketsRead
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/tickets", tags=["tickets"])


class QueueSchema(Schema):
    """The tickets of one tier and queue that somebody has to work on."""

    tier: str
    queue: str
    waiting: int
    unassigned: int
    mine: int
    """Of the token's user."""
    pressing: int
    """Urgent or high."""
    late: int
    """With an SLA clock past its due time."""
    oldest_at: datetime | None
    """When the oldest was opened; null for an empty queue."""


class Queues(Schema):
    """What waits in each queue, and how many tickets have each status."""

    items: tuple[QueueSchema, ...]
    """Those of the tiers in order, and others that have tickets."""
    statuses: dict[TicketStatus, int]
    """Of tickets that are not over; those without a ticket are left out."""


@router.get("/queues", responses={**problems()})
def get_queues(context: Context, principal: TicketsRead) -> Queues:
    """Count the tickets that wait, by tier and queue."""
    with context.open_reads() as uow:
        items = queue_counts(uow, user=principal.user, now=context.clock())
        statuses = uow.ticket_counts.statuses(TicketFilter(statuses=OPEN))
    return Queues(
        items=tuple(QueueSchema.model_validate(one) for one in items), statuses=dict(statuses)
    )

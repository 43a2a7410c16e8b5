"""Looking at why a ticket is where it is."""

from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.routing_ports import RankingRecord
from sickbay_collector.services.tier_limits import limit_due, next_tier_spec


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingDetail:
    """How a ticket came to its place, and when it leaves it."""

    records: tuple[RankingRecord, ...]
    """In the order of asking."""
    tier_due_at: datetime | None
    """When its time in the tier is over; None where that is open."""
    next_tier: str
    """"" where its tier is the last."""


def routing_detail(uow: UnitOfWork, ticket: Ticket, *, now: datetime) -> RoutingDetail:
    """Return how a ticket came to its place, and when it leaves it."""
    spec = next_tier_spec(uow, ticket)
    return RoutingDetail(
        records=tuple(uow.routing.of_ticket(ticket.ticket_id)),
        tier_due_at=limit_due(uow, ticket, now),
        next_tier="" if spec is None else spec.next,
    )

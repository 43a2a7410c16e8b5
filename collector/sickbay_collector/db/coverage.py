"""Arrivals of tickets by their hour, and feed tokens."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from sickbay_collector.core.desk.parts import CostKind
from sickbay_collector.core.desk.staffing import Arrival
from sickbay_collector.db.feed_tables import feed_token as table
from sickbay_collector.db.records import build, values
from sickbay_collector.db.ticket_part_tables import ticket_cost
from sickbay_collector.db.ticket_tables import ticket
from sickbay_collector.services.coverage_ports import FeedToken

# What was spent on a ticket that is not resolved says little about what it takes.
_MINUTES = (
    select(func.sum(ticket_cost.c.quantity))
    .where(ticket_cost.c.ticket_id == ticket.c.ticket_id, ticket_cost.c.kind == CostKind.TIME)
    .scalar_subquery()
    .label("minutes")
)


class SqlCoverageStore:
    """Implements `CoverageStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def arrivals(
        self, since: datetime, until: datetime, *, tier: str, limit: int
    ) -> Sequence[Arrival]:
        """Return the tickets that were opened in a stretch of time, newest first."""
        statement = (
            select(ticket.c.opened_at, ticket.c.resolved_at, _MINUTES)
            .where(ticket.c.opened_at >= since, ticket.c.opened_at < until)
            .order_by(ticket.c.opened_at.desc())
            .limit(limit)
        )
        if tier:
            statement = statement.where(ticket.c.tier == tier)
        return [
            Arrival(
                at=row.opened_at,
                handling_min=float(row.minutes) if row.resolved_at and row.minutes else None,
            )
            for row in self._connection.execute(statement)
        ]

    def feed_by_hash(self, secret_hash: str) -> FeedToken | None:
        """Return the feed token whose secret has this hash, live or not."""
        statement = select(table).where(table.c.secret_hash == secret_hash)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(FeedToken, row)

    def add_feed(self, token: FeedToken) -> None:
        """Store a new feed token."""
        self._connection.execute(insert(table).values(values(token)))

    def revoke_feed(self, feed_id: str, *, at: datetime) -> bool:
        """End a feed token; False when there is none or it was revoked before."""
        statement = update(table).where(table.c.feed_id == feed_id, table.c.revoked_at.is_(None))
        return self._connection.execute(statement.values(revoked_at=at)).rowcount == 1

    def feeds(self) -> Sequence[FeedToken]:
        """Return every feed token, oldest first."""
        statement = select(table).order_by(table.c.created_at, table.c.feed_id)
        return [build(FeedToken, row) for row in self._connection.execute(statement).mappings()]

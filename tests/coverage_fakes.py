"""Arrivals and feed tokens in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sickbay_collector.core.desk.parts import CostKind
from sickbay_collector.core.desk.staffing import Arrival
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.coverage_ports import FeedToken
from tests.ticket_parts_fakes import Parts


class FakeCoverageStore:
    def __init__(
        self, feeds: dict[str, FeedToken], tickets: dict[TicketId, Ticket], parts: Parts
    ) -> None:
        self._feeds = feeds
        self._tickets = tickets
        self._parts = parts

    def arrivals(
        self, since: datetime, until: datetime, *, tier: str, limit: int
    ) -> Sequence[Arrival]:
        found = [
            Arrival(at=one.opened_at, handling_min=self._minutes(one))
            for one in self._tickets.values()
            if since <= one.opened_at < until and tier in {"", one.tier}
        ]
        return sorted(found, key=lambda one: one.at, reverse=True)[:limit]

    def _minutes(self, ticket: Ticket) -> float | None:
        spent = sum(
            one.quantity
            for one in self._parts.costs.values()
            if one.ticket_id == ticket.ticket_id and one.kind is CostKind.TIME
        )
        return float(spent) if ticket.resolved_at and spent else None

    def feed_by_hash(self, secret_hash: str) -> FeedToken | None:
        return next((one for one in self._feeds.values() if one.secret_hash == secret_hash), None)

    def add_feed(self, token: FeedToken) -> None:
        if token.feed_id in self._feeds or self.feed_by_hash(token.secret_hash):
            raise ConflictError(f"feed {token.feed_id} is there")
        self._feeds[token.feed_id] = token

    def revoke_feed(self, feed_id: str, *, at: datetime) -> bool:
        token = self._feeds.get(feed_id)
        if token is None or token.revoked_at is not None:
            return False
        self._feeds[feed_id] = replace(token, revoked_at=at)
        return True

    def feeds(self) -> Sequence[FeedToken]:
        return sorted(self._feeds.values(), key=lambda one: (one.created_at, one.feed_id))

"""What coverage needs of the outside, as a protocol: the past of tickets, and feed tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.staffing import Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedToken:
    """Lets a calendar program read rotas, for one technician. Only a hash is kept of its secret."""

    feed_id: str
    secret_hash: str
    login: str
    created_at: datetime
    created_by: str
    """Login name."""
    revoked_at: datetime | None
    """None while it is live."""


class CoverageStore(Protocol):
    """Arrivals of tickets, and feed tokens."""

    def arrivals(
        self, since: datetime, until: datetime, *, tier: str, limit: int
    ) -> Sequence[Arrival]:
        """Return the tickets that were opened from `since` to before `until`, newest first.

        Those that are resolved and have time booked know how long they took.

        Args:
            since: From when on.
            until: Until when.
            tier: Only of this tier; "" for all.
            limit: How many at most.
        """
        ...

    def feed_by_hash(self, secret_hash: str) -> FeedToken | None:
        """Return the feed token whose secret has this hash, live or not."""
        ...

    def add_feed(self, token: FeedToken) -> None:
        """Store a new feed token."""
        ...

    def revoke_feed(self, feed_id: str, *, at: datetime) -> bool:
        """End a feed token; False when there is none or it was revoked before."""
        ...

    def feeds(self) -> Sequence[FeedToken]:
        """Return every feed token, oldest first."""
        ...

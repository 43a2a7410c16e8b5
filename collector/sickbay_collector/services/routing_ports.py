"""What routing needs of the outside: rankings that are kept, and what technicians have and had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sickbay_collector.core.desk.ranking import Ranking
from sickbay_collector.core.desk.worker import PastWork
from sickbay_collector.core.ids import TicketId


class RoutingCause(StrEnum):
    """Why somebody asked where a ticket goes."""

    OPENED = "opened"
    ESCALATED = "escalated"
    REROUTED = "rerouted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingRecord:
    """What came of asking one tier for one ticket. Never changed."""

    ticket_id: TicketId
    at: datetime
    cause: RoutingCause
    tier: str
    queue: str
    rule: str
    """Name of the routing rule; "" where the tier followed from an escalation."""
    text: str
    """What came of it, in words."""
    candidates: int
    """How many could have had it."""
    refused: int
    """How many could not."""
    ranking: Ranking
    """The best of those and some of these; all where they are few."""


class RoutingStore(Protocol):
    """Rankings, and statistics of technicians."""

    def add(self, record: RankingRecord) -> None:
        """Keep a ranking."""
        ...

    def of_ticket(self, ticket_id: TicketId) -> Sequence[RankingRecord]:
        """Return a ticket's rankings in the order of asking."""
        ...

    def open_loads(self) -> Mapping[str, int]:
        """Return how many tickets each assignee has that are not resolved; none left out."""
        ...

    def past_work(self, family: str | None, category: str, *, limit: int) -> Mapping[str, PastWork]:
        """Return what each assignee made of tickets with this fingerprint.

        Args:
            family: Of the alert rules; None for tickets from elsewhere.
            category: Of the tickets.
            limit: How many of the newest count.
        """
        ...

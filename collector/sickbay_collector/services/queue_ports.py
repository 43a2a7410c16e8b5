"""Counting tickets by queue and by status, as a protocol."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.queue_count import QueueCount
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.desk.ticket_search import TicketFilter


class TicketCounts(Protocol):
    """Counts tickets in one statement each."""

    def queues(self, wanted: TicketFilter, *, user: str, now: datetime) -> Sequence[QueueCount]:
        """Return what waits by tier and queue, those without a ticket left out."""
        ...

    def statuses(self, wanted: TicketFilter) -> Mapping[TicketStatus, int]:
        """Return how many there are by status, those without a ticket left out."""
        ...

"""How much waits in a queue of the desk."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCount:
    """The tickets of one tier and queue that somebody has to work on."""

    tier: str
    queue: str
    waiting: int
    unassigned: int
    mine: int
    """Of who asks."""
    pressing: int
    """Urgent or high."""
    late: int
    """With an SLA clock past its due time."""
    oldest_at: datetime | None
    """When the oldest was opened; None for an empty queue."""

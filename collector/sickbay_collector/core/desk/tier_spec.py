"""What a tier is for: its work, what it may do, how long a ticket may stay, where it goes then."""

from dataclasses import dataclass
from enum import StrEnum


class AssignMode(StrEnum):
    """What a tier does with a ticket that comes to it."""

    AUTO = "auto"
    """The best technician gets it; while the tier has none it waits in the queue."""
    QUEUE = "queue"
    """It waits until somebody takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierSpec:
    """One tier, or a queue beside the tiers."""

    id: str
    name: str
    responsibilities: tuple[str, ...]
    """In words, one sentence each."""
    allowed_actions: tuple[str, ...]
    """In words, one action each."""
    time_limit_s: float | None
    """How long a ticket may stay here; None for as long as it takes."""
    next: str
    """Id of the tier that it goes to then; "" for none."""
    queue: str
    """Where its tickets wait unless a routing rule says otherwise."""
    triggers: tuple[str, ...]
    """In words, what makes a ticket one for this tier."""
    assign: AssignMode = AssignMode.AUTO
    calendar: str = ""
    """Id of the calendar that the time limit is counted by; "" for around the clock."""
    reassign_limit: int | None = None
    """With so many reassignments a ticket goes to the next tier; None for never."""

"""What a tier is for: its work, what it may do, how long a ticket may stay, where it goes then."""

from dataclasses import dataclass


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

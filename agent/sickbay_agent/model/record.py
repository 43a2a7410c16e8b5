"""What travels besides vitals and inventory: losses and problems, and the lanes of all."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Lane(StrEnum):
    """An ordered stream of records within one device."""

    SAMPLES = "samples"
    EVENTS = "events"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Records of one lane that the agent had to drop."""

    lane: Lane
    first_seq: int
    last_seq: int
    count: int
    reason: str
    """"full", "too old" or "damaged"."""
    first_observe_at: datetime | None = None
    last_observe_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReport:
    """A problem in the user's own words, at most 4,000 characters."""

    text: str
    user_name: str = ""

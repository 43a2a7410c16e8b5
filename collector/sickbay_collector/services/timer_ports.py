"""What the desk needs to do something at a time: timers, kept with what they are about.

A timer is set in the transaction that makes it necessary, and taken in the one that does what it
is for; so it goes off exactly once, whatever dies in between.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Something that happens at a time, once. Kind and key name it."""

    kind: str
    """Names who handles it: "escalation", "snooze", ..."""
    key: str
    """What it is about, mostly an id."""
    due_at: datetime
    next_at: datetime
    """When it is tried next: when it is due, later after it failed."""
    attempts: int
    """How often it failed."""


class TimerStore(Protocol):
    """Timers."""

    def set(self, kind: str, key: str, due_at: datetime) -> None:
        """Let something happen then; replaces the timer of that kind and key."""
        ...

    def cancel(self, kind: str, key: str) -> bool:
        """Take a timer away; return whether there was one."""
        ...

    def get(self, kind: str, key: str) -> Timer | None:
        """Return the timer of that kind and key."""
        ...

    def next_at(self, kinds: Collection[str]) -> datetime | None:
        """Return when the next timer of these kinds is to be tried; None for never."""
        ...

    def due(self, kinds: Collection[str], until: datetime, *, limit: int) -> Sequence[Timer]:
        """Hold timers to be tried at `until` or before, those that wait longest first.

        The tickets that they are about are held too. A timer is left out, not waited for, while
        somebody else holds it or writes its ticket.
        """
        ...

    def remove(self, timer: Timer) -> bool:
        """Take a timer away that is there as it was; False where it is not."""
        ...

    def put_off(self, timer: Timer, next_at: datetime) -> None:
        """Count a failure of a timer that is there as it was, and try it again then."""
        ...

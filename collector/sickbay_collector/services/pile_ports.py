"""What the home page asks of the database about tickets. `db` implements it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sickbay_collector.core.desk.ticket_search import FoundTicket


class Pile(StrEnum):
    """Why a ticket is for somebody to look at now. A ticket is in one pile at most."""

    MAJOR = "major"
    """A major incident, whoever has it."""
    MINE = "mine"
    """Assigned to who asks."""
    WAITING = "waiting"
    """Nobody has it, or nobody acknowledged it yet."""
    PRESSING = "pressing"
    """Others have it, and it is late or soon will be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap:
    """The top of a pile: what is due first."""

    tickets: tuple[FoundTicket, ...] = ()
    count: int = 0
    """Of the whole pile."""


class PileStore(Protocol):
    """Tickets by who has to look at them."""

    def tops(
        self, user: str, tiers: Collection[str], *, due_before: datetime, limit: int
    ) -> Mapping[Pile, Heap]:
        """Return the tops of the piles of tickets that wait for somebody.

        Args:
            user: Login of who asks.
            tiers: Whose tickets are waiting and pressing; none for every tier's.
            due_before: Until when something presses.
            limit: At most so many of each.
        """
        ...

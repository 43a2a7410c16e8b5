"""What needs somebody now: their own tickets, those that wait for anybody, those that press."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.services.pile_ports import Pile
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.sla_lookups import pressing
from sickbay_collector.services.ticket_lookups import TicketRow

SOON = timedelta(hours=2)
"""What is due within this time presses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PileView:
    """The top of a pile as lines of a list."""

    rows: tuple[TicketRow, ...]
    count: int
    """Of the whole pile."""


def piles_of(uow: UnitOfWork, user: str, *, limit: int, now: datetime) -> Mapping[Pile, PileView]:
    """Return the tops of somebody's piles of tickets.

    Whoever is configured as a technician has those of their tiers; others of all tiers.

    Args:
        uow: Where to read.
        user: Login of who asks.
        limit: At most so many of each pile.
        now: The present time.
    """
    technician = uow.book.technicians.get(user)
    tiers = frozenset(technician.tiers) if technician is not None else frozenset()
    tops = uow.piles.tops(user, tiers, due_before=now + SOON, limit=limit)
    clocks = pressing(uow, [one.ticket.ticket_id for heap in tops.values() for one in heap.tickets])
    return {
        pile: PileView(
            rows=tuple(
                TicketRow(
                    ticket=one.ticket,
                    hostname=one.hostname,
                    sla=clocks.get(one.ticket.ticket_id),
                )
                for one in heap.tickets
            ),
            count=heap.count,
        )
        for pile, heap in tops.items()
    }

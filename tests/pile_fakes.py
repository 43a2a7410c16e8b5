"""The piles of the home page, by a walk through all tickets."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sickbay_collector.core.desk.ticket_search import FoundTicket, TicketFilter, TicketOrder
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.db.types import to_micros
from sickbay_collector.services.pile_ports import Heap, Pile
from sickbay_collector.services.ticket_ports import TicketStore


class FakePileStore:
    def __init__(self, tickets: TicketStore) -> None:
        self._tickets = tickets

    def tops(
        self, user: str, tiers: Collection[str], *, due_before: datetime, limit: int
    ) -> Mapping[Pile, Heap]:
        found: dict[Pile, list[FoundTicket]] = {pile: [] for pile in Pile}
        wanted = TicketFilter(statuses=ACTIVE)
        for one in self._tickets.search(wanted, TicketOrder.DUE, limit=1000):
            pile = _pile(one, user, tiers, to_micros(due_before))
            if pile is not None:
                found[pile].append(one)
        return {
            pile: Heap(tickets=tuple(_in_order(tickets)[:limit]), count=len(tickets))
            for pile, tickets in found.items()
        }


def _in_order(tickets: Sequence[FoundTicket]) -> Sequence[FoundTicket]:
    return sorted(tickets, key=lambda one: (one.rank, one.ticket.number))


def _pile(one: FoundTicket, user: str, tiers: Collection[str], due_before: int) -> Pile | None:
    ticket = one.ticket
    if ticket.major:
        return Pile.MAJOR
    if ticket.assignee == user:
        return Pile.MINE
    if tiers and ticket.tier not in tiers:
        return None
    if not ticket.assignee or ticket.acknowledged_at is None:
        return Pile.WAITING
    return Pile.PRESSING if one.rank < due_before else None

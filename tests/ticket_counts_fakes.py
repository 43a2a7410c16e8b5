"""Tickets counted in memory. It has no clocks, so none is late."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sickbay_collector.core.desk.queue_count import QueueCount
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketStatus
from sickbay_collector.core.desk.ticket_search import TicketFilter, passes
from sickbay_collector.core.ids import TicketId


class FakeTicketCounts:
    def __init__(self, tickets: dict[TicketId, Ticket]) -> None:
        self._tickets = tickets

    def queues(self, wanted: TicketFilter, *, user: str, now: datetime) -> Sequence[QueueCount]:
        del now
        found = [one for one in self._tickets.values() if passes(one, wanted)]
        return [
            _counted([one for one in found if (one.tier, one.queue) == key], user)
            for key in {(one.tier, one.queue) for one in found}
        ]

    def statuses(self, wanted: TicketFilter) -> Mapping[TicketStatus, int]:
        return Counter(one.status for one in self._tickets.values() if passes(one, wanted))


def _counted(tickets: Sequence[Ticket], user: str) -> QueueCount:
    pressing = {Priority.URGENT, Priority.HIGH}
    return QueueCount(
        tier=tickets[0].tier,
        queue=tickets[0].queue,
        waiting=len(tickets),
        unassigned=sum(one.assignee == "" for one in tickets),
        mine=sum(one.assignee == user for one in tickets),
        pressing=sum(one.priority in pressing for one in tickets),
        late=0,
        oldest_at=min(one.opened_at for one in tickets),
    )

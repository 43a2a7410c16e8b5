"""Rankings and statistics of technicians in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.desk.worker import PastWork
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.routing_ports import RankingRecord


class FakeRoutingStore:
    def __init__(self, rankings: list[RankingRecord], tickets: dict[TicketId, Ticket]) -> None:
        self._rankings = rankings
        self._tickets = tickets

    def add(self, record: RankingRecord) -> None:
        self._rankings.append(record)

    def of_ticket(self, ticket_id: TicketId) -> Sequence[RankingRecord]:
        return [one for one in self._rankings if one.ticket_id == ticket_id]

    def open_loads(self) -> Mapping[str, int]:
        return Counter(
            one.assignee
            for one in self._tickets.values()
            if one.assignee and one.status in ACTIVE and one.merged_into is None
        )

    def past_work(self, family: str | None, category: str, *, limit: int) -> Mapping[str, PastWork]:
        done = [
            one
            for one in self._tickets.values()
            if (one.family, one.category) == (family, category)
            and one.assignee
            and (one.resolved_at is not None or one.reopen_count)
        ]
        done.sort(key=lambda one: one.opened_at, reverse=True)
        found: dict[str, PastWork] = {}
        for one in done[:limit]:
            before = found.get(one.assignee, PastWork())
            found[one.assignee] = PastWork(
                resolved=before.resolved + 1, kept=before.kept + (one.reopen_count == 0)
            )
        return found

"""Rankings that are kept, and what technicians have in hand and made of their tickets."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, case, func, insert, select, text

from sickbay_collector.core.desk.worker import PastWork
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.records import columns, fetch, values
from sickbay_collector.db.routing_tables import DONE, IN_HAND
from sickbay_collector.db.routing_tables import ticket_ranking as table
from sickbay_collector.db.tables import ticket
from sickbay_collector.services.routing_ports import RankingRecord

_RANKING = columns(table, RankingRecord)


class SqlRoutingStore:
    """Implements `RoutingStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, record: RankingRecord) -> None:
        """Keep a ranking."""
        self._connection.execute(insert(table).values(values(record)))

    def of_ticket(self, ticket_id: TicketId) -> Sequence[RankingRecord]:
        """Return a ticket's rankings in the order of asking."""
        statement = select(*_RANKING).where(table.c.ticket_id == ticket_id)
        return fetch(self._connection, RankingRecord, statement.order_by(table.c.entry))

    def open_loads(self) -> Mapping[str, int]:
        """Return how many tickets each assignee has that are not resolved."""
        statement = select(ticket.c.assignee, func.count().label("tickets")).where(text(IN_HAND))
        rows = self._connection.execute(statement.group_by(ticket.c.assignee))
        return {str(assignee): int(count) for assignee, count in rows}

    def past_work(self, family: str | None, category: str, *, limit: int) -> Mapping[str, PastWork]:
        """Return what each assignee made of the newest tickets with this fingerprint."""
        # PostgreSQL uses no index for IS NOT DISTINCT FROM.
        is_family = ticket.c.family.is_(None) if family is None else ticket.c.family == family
        newest = (
            select(ticket.c.assignee, ticket.c.reopen_count)
            .where(text(DONE), ticket.c.category == category, is_family)
            .order_by(ticket.c.opened_at.desc())
            .limit(limit)
            .subquery()
        )
        statement = select(
            newest.c.assignee,
            func.count().label("resolved"),
            func.sum(case((newest.c.reopen_count == 0, 1), else_=0)).label("kept"),
        )
        rows = self._connection.execute(statement.group_by(newest.c.assignee))
        return {
            assignee: PastWork(resolved=resolved, kept=int(kept))
            for assignee, resolved, kept in rows
        }

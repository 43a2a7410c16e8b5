"""Rankings that are kept, and what technicians have in hand and made of their tickets."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, TextClause, insert, select, text

from sickbay_collector.core.desk.worker import PastWork
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.records import columns, fetch, values
from sickbay_collector.db.routing_tables import DONE, IN_HAND
from sickbay_collector.db.routing_tables import ticket_ranking as table
from sickbay_collector.services.routing_ports import RankingRecord

_RANKING = columns(table, RankingRecord)
# Made once: each decision asks them, and to make them anew takes as long as to answer.
_LOADS = f"SELECT assignee, count(*) FROM ticket WHERE {IN_HAND} GROUP BY assignee"  # noqa: S608


def _past(is_family: str) -> TextClause:
    return text(
        "SELECT assignee, count(*), sum(CASE WHEN reopen_count = 0 THEN 1 ELSE 0 END)"  # noqa: S608
        " FROM (SELECT assignee, reopen_count FROM ticket"
        f" WHERE {DONE} AND category = :category AND {is_family}"
        " ORDER BY opened_at DESC LIMIT :limit) AS newest GROUP BY assignee"
    )


# PostgreSQL uses no index for IS NOT DISTINCT FROM.
_PAST_OF_FAMILY, _PAST_OF_NONE = _past("family = :family"), _past("family IS NULL")


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
        rows = self._connection.exec_driver_sql(_LOADS)
        return {str(assignee): int(count) for assignee, count in rows.all()}

    def past_work(self, family: str | None, category: str, *, limit: int) -> Mapping[str, PastWork]:
        """Return what each assignee made of the newest tickets with this fingerprint."""
        statement = _PAST_OF_NONE if family is None else _PAST_OF_FAMILY
        asked = {"category": category, "limit": limit}
        if family is not None:
            asked["family"] = family
        rows = self._connection.execute(statement, asked).all()
        return {
            assignee: PastWork(resolved=resolved, kept=int(kept))
            for assignee, resolved, kept in rows
        }

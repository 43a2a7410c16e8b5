"""Counts tickets by queue and by status."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, select

from sickbay_collector.core.desk.queue_count import QueueCount
from sickbay_collector.core.desk.ticket import Priority, TicketStatus
from sickbay_collector.core.desk.ticket_search import TicketFilter
from sickbay_collector.db.sla_tables import sla_clock
from sickbay_collector.db.ticket_search import conditions
from sickbay_collector.db.ticket_tables import ticket as table

_PRESSING = (Priority.URGENT, Priority.HIGH)


class SqlTicketCounts:
    """Implements `TicketCounts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def queues(self, wanted: TicketFilter, *, user: str, now: datetime) -> Sequence[QueueCount]:
        """Return what waits by tier and queue, those without a ticket left out."""
        late = select(sla_clock.c.ticket_id).where(
            sla_clock.c.stopped_at.is_(None), sla_clock.c.due_at < now
        )
        statement = (
            select(
                table.c.tier,
                table.c.queue,
                func.count().label("waiting"),
                _count(table.c.assignee == "").label("unassigned"),
                _count(table.c.assignee == user).label("mine"),
                _count(table.c.priority.in_(_PRESSING)).label("pressing"),
                _count(table.c.ticket_id.in_(late)).label("late"),
                func.min(table.c.opened_at, type_=table.c.opened_at.type).label("oldest_at"),
            )
            .where(*conditions(wanted))
            .group_by(table.c.tier, table.c.queue)
        )
        rows = self._connection.execute(statement).mappings()
        return [QueueCount(**row) for row in rows]

    def statuses(self, wanted: TicketFilter) -> Mapping[TicketStatus, int]:
        """Return how many there are by status, those without a ticket left out."""
        statement = (
            select(table.c.status, func.count()).where(*conditions(wanted)).group_by(table.c.status)
        )
        return {row[0]: row[1] for row in self._connection.execute(statement)}


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

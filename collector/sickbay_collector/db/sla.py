"""Ledgers of what was promised, and the clocks that they come to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Executable, func, insert, select

from sickbay_collector.core.desk.sla import SlaClock, SlaEvent, SlaState, SlaTarget
from sickbay_collector.core.desk.sla_policy import SlaBook
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.bulk import insertion, write_rows
from sickbay_collector.db.records import columns, fetch, values
from sickbay_collector.db.sla_tables import sla_clock as table
from sickbay_collector.db.sla_tables import sla_event

_EVENT = columns(sla_event, SlaEvent)
_CLOCK = columns(table, SlaClock)
_PUT = insertion(table, SlaClock, replaces=("ticket_id", "target"))


class SqlSlaStore:
    """Implements `SlaStore`.

    Args:
        connection: Where the transaction is.
        book: The policies and calendars in force.
    """

    def __init__(self, connection: Connection, book: SlaBook) -> None:
        self._connection = connection
        self._book = book

    @property
    def book(self) -> SlaBook:
        """Return the policies and calendars in force."""
        return self._book

    def append(self, event: SlaEvent) -> None:
        """Append to the ledger."""
        self._connection.execute(insert(sla_event).values(values(event)))

    def events(self, ticket_id: TicketId) -> Sequence[SlaEvent]:
        """Return a ticket's ledger, both targets, in the order of writing."""
        statement = select(*_EVENT).where(sla_event.c.ticket_id == ticket_id)
        return fetch(self._connection, SlaEvent, statement.order_by(sla_event.c.entry))

    def ledgers(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Sequence[SlaEvent]]:
        """Return the ledgers of these tickets, both targets, each in the order of writing."""
        statement = select(*_EVENT).where(sla_event.c.ticket_id.in_(sorted(set(ticket_ids))))
        found: dict[TicketId, list[SlaEvent]] = {}
        for one in fetch(self._connection, SlaEvent, statement.order_by(sla_event.c.entry)):
            found.setdefault(one.ticket_id, []).append(one)
        return found

    def save(self, clock: SlaClock) -> None:
        """Write how a clock stands, over what is there."""
        self.save_all([clock])

    def save_all(self, clocks: Sequence[SlaClock]) -> None:
        """Write how clocks stand, no two of them the same, over what is there."""
        write_rows(self._connection, _PUT, clocks)

    def clocks(self, ticket_ids: Collection[TicketId]) -> Sequence[SlaClock]:
        """Return the clocks of these tickets, by ticket and target."""
        statement = select(*_CLOCK).where(table.c.ticket_id.in_(ticket_ids))
        return self._found(statement.order_by(table.c.ticket_id, table.c.target))

    def hold(self, ticket_id: TicketId) -> Sequence[SlaClock]:
        """Return a ticket's clocks, which nobody else writes until this transaction ends."""
        statement = select(*_CLOCK).where(table.c.ticket_id == ticket_id)
        return self._found(statement.order_by(table.c.target).with_for_update())

    def next_at(self) -> datetime | None:
        """Return when there is something to announce next; None for never."""
        statement = select(table.c.next_at).where(table.c.next_at.is_not(None))
        found: datetime | None = self._connection.execute(
            statement.order_by(table.c.next_at).limit(1)
        ).scalar()
        return found

    def due(self, before: datetime, *, limit: int) -> Sequence[SlaClock]:
        """Hold clocks with something to announce since before that time, longest due first.

        Two that sweep at once get different ones; neither waits for a ticket that is being written.
        """
        return self._found(
            select(*_CLOCK)
            .where(table.c.next_at.is_not(None), table.c.next_at < before)
            .order_by(table.c.next_at, table.c.ticket_id, table.c.target)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )

    def outdated(self, book: str, *, limit: int) -> Sequence[SlaClock]:
        """Hold clocks that go on and were reckoned with other calendars than this version."""
        return self._found(
            select(*_CLOCK)
            .where(table.c.stopped_at.is_(None), table.c.book != book)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )

    def open_counts(self) -> Mapping[tuple[SlaTarget, SlaState], int]:
        """Return how many clocks have not stopped, by how they stand."""
        names = (table.c.target, table.c.state)
        statement = select(*names, func.count().label("clocks")).where(table.c.stopped_at.is_(None))
        rows = self._connection.execute(statement.group_by(*names))
        return {(target, state): count for target, state, count in rows}

    def outcome_counts(self) -> Mapping[tuple[SlaTarget, Priority, SlaState], int]:
        """Return how clocks ended, in all ledgers; one that was reopened may end again."""
        names = (sla_event.c.target, sla_event.c.priority, sla_event.c.outcome)
        ended = select(*names, func.count().label("ends")).where(sla_event.c.outcome.is_not(None))
        rows = self._connection.execute(ended.group_by(*names))
        return {(target, priority, outcome): count for target, priority, outcome, count in rows}

    def _found(self, statement: Executable) -> Sequence[SlaClock]:
        return fetch(self._connection, SlaClock, statement)

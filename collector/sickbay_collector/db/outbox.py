"""Messages to the outside, stored with the change that caused them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.db.tables import outbox as table
from sickbay_collector.services.ports import OutboxMessage


class SqlOutboxStore:
    """Implements `OutboxStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, message: OutboxMessage) -> None:
        """Store a message; a key that is there already is left as it is."""
        insertion = insert_into(self._connection, table).on_conflict_do_nothing()
        self._connection.execute(insertion, values(message))

    def pending(self, *, limit: int) -> Sequence[OutboxMessage]:
        """Return messages that were not sent, oldest first."""
        statement = (
            select(*columns(table, OutboxMessage))
            .where(table.c.sent_at.is_(None))
            .order_by(table.c.created_at, table.c.key)
            .limit(limit)
        )
        rows = self._connection.execute(statement).mappings()
        return [build(OutboxMessage, row) for row in rows]

    def mark_sent(self, key: str, *, at: datetime) -> None:
        """Note that a message was sent; the first time counts."""
        statement = update(table).where(table.c.key == key, table.c.sent_at.is_(None))
        self._connection.execute(statement.values(sent_at=at))

"""Messages to the outside, stored with the change that caused them."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from sqlalchemy import Connection, or_, select, update

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

    def claim(self, *, limit: int, now: datetime, until: datetime) -> Sequence[OutboxMessage]:
        """Return messages to send, oldest first; until then nobody else gets them.

        What another worker is claiming at this moment is passed over, not waited for.
        """
        free = (
            select(table.c.key)
            .where(
                table.c.sent_at.is_(None),
                or_(table.c.claimed_until.is_(None), table.c.claimed_until <= now),
            )
            .order_by(table.c.created_at, table.c.key)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(table)
            .where(table.c.key.in_(free))
            .values(claimed_until=until)
            .returning(*columns(table, OutboxMessage))
        )
        rows = self._connection.execute(statement).mappings()
        claimed = [build(OutboxMessage, row) for row in rows]
        return sorted(claimed, key=attrgetter("created_at", "key"))

    def release(self, key: str) -> None:
        """Give back a claimed message that could not be sent."""
        statement = update(table).where(table.c.key == key)
        self._connection.execute(statement.values(claimed_until=None))

    def mark_sent(self, key: str, *, at: datetime) -> None:
        """Note that a message was sent; the first time counts."""
        statement = update(table).where(table.c.key == key, table.c.sent_at.is_(None))
        self._connection.execute(statement.values(sent_at=at))

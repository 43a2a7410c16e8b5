"""Who looks at which ticket at this moment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.db.ticket_presence_tables import ticket_presence as table
from sickbay_collector.services.presence_ports import Presence

_PRESENCE = columns(table, Presence)


class SqlPresenceStore:
    """Implements `PresenceStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def see(self, presence: Presence) -> None:
        """Note that somebody looks at a ticket, over what was noted before."""
        row = values(presence)
        noted = insert_into(self._connection, table).values(row)
        self._connection.execute(
            noted.on_conflict_do_update(
                index_elements=["ticket_id", "login"],
                set_={"seen_at": row["seen_at"], "is_writing": row["is_writing"]},
            )
        )

    def at(self, ticket_id: TicketId, *, since: datetime) -> Sequence[Presence]:
        """Return who looked at a ticket since then, by login."""
        statement = select(*_PRESENCE).where(
            table.c.ticket_id == ticket_id, table.c.seen_at >= since
        )
        rows = self._connection.execute(statement.order_by(table.c.login)).mappings()
        return [build(Presence, row) for row in rows]

    def forget(self, before: datetime) -> None:
        """Drop what was noted before that time."""
        self._connection.execute(delete(table).where(table.c.seen_at < before))

"""What is done once, however often it is asked for: requests by key, and groups of alerts.

The insert decides, so that of two at the same time the second waits for the first to commit.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.records import insert_into
from sickbay_collector.db.ticket_part_tables import alert_group, kept_request
from sickbay_collector.services.ticket_parts_ports import KeptRequest, RequestKey


class SqlOnceStore:
    """Implements `OnceStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, key: RequestKey, ticket_id: TicketId, *, now: datetime) -> KeptRequest | None:
        """Keep a request; None when it is the first of its key, else the one that was kept."""
        first = insert_into(self._connection, kept_request).values(
            user=key.user,
            route=key.route,
            key=key.key,
            body_hash=key.body_hash,
            ticket_id=ticket_id,
            kept_at=now,
        )
        added = first.on_conflict_do_nothing().returning(kept_request.c.key)
        if self._connection.execute(added).first() is not None:
            return None
        found = self._connection.execute(
            select(kept_request.c.body_hash, kept_request.c.ticket_id).where(
                kept_request.c.user == key.user,
                kept_request.c.route == key.route,
                kept_request.c.key == key.key,
            )
        ).one()
        return KeptRequest(body_hash=found.body_hash, ticket_id=TicketId(found.ticket_id))

    def forget(self, before: datetime) -> None:
        """Drop what was kept before that time."""
        self._connection.execute(delete(kept_request).where(kept_request.c.kept_at < before))

    def group(self, key: str, ticket_id: TicketId) -> TicketId:
        """Return the ticket of a group of alerts; the given one for a new group."""
        # Writing the row, even as it is, makes others wait on PostgreSQL.
        statement = insert_into(self._connection, alert_group).values(key=key, ticket_id=ticket_id)
        kept = statement.on_conflict_do_update(
            index_elements=["key"], set_={"key": alert_group.c.key}
        ).returning(alert_group.c.ticket_id)
        return TicketId(str(self._connection.execute(kept).scalar_one()))

    def regroup(self, key: str, ticket_id: TicketId) -> None:
        """Give a group another ticket."""
        statement = update(alert_group).where(alert_group.c.key == key)
        self._connection.execute(statement.values(ticket_id=ticket_id))

"""What is done once, however often it is asked for: requests by key, and groups of alerts.

The insert decides, so that of two at the same time the second waits for the first to commit.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, delete, exists, select, update

from sickbay_collector.core.desk.outside_alerts import AlertGroup
from sickbay_collector.core.desk.transitions import ENDED
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.records import insert_into
from sickbay_collector.db.ticket_part_tables import alert_group, kept_request
from sickbay_collector.db.ticket_tables import ticket
from sickbay_collector.services.ticket_parts_ports import KeptRequest, RequestKey


class SqlOnceStore:
    """Implements `OnceStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, key: RequestKey, made_id: str, *, now: datetime) -> KeptRequest | None:
        """Keep a request; None when it is the first of its key, else the one that was kept."""
        first = insert_into(self._connection, kept_request).values(
            user=key.user,
            route=key.route,
            key=key.key,
            body_hash=key.body_hash,
            ticket_id=made_id,
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
        return KeptRequest(body_hash=found.body_hash, made_id=found.ticket_id)

    def forget(self, before: datetime) -> None:
        """Drop what was kept before that time."""
        self._connection.execute(delete(kept_request).where(kept_request.c.kept_at < before))

    def group(self, key: str, ticket_id: TicketId, *, now: datetime) -> AlertGroup:
        """Return a group of alerts, heard of by that; a new one gets the given ticket."""
        # Writing the row makes others wait on PostgreSQL.
        statement = insert_into(self._connection, alert_group).values(
            key=key, ticket_id=ticket_id, firing=(), left_out=0, heard_at=now
        )
        kept = statement.on_conflict_do_update(
            index_elements=["key"], set_={"heard_at": statement.excluded.heard_at}
        ).returning(*alert_group.c)
        return _group(self._connection.execute(kept).one())

    def regroup(self, group: AlertGroup) -> None:
        """Keep a group as it is now."""
        statement = update(alert_group).where(alert_group.c.key == group.key)
        self._connection.execute(
            statement.values(
                ticket_id=group.ticket_id,
                firing=tuple(sorted(group.episodes)),
                left_out=group.left_out,
            )
        )

    def drop_groups(self, before: datetime, *, limit: int) -> int:
        """Drop groups that nothing was heard of since then and whose ticket is over."""
        is_open = exists().where(
            ticket.c.ticket_id == alert_group.c.ticket_id, ticket.c.status.not_in(ENDED)
        )
        old = select(alert_group.c.key).where(alert_group.c.heard_at < before, ~is_open)
        some = old.order_by(alert_group.c.heard_at).limit(limit)
        statement = delete(alert_group).where(alert_group.c.key.in_(some))
        return self._connection.execute(statement).rowcount

    def groups_of(self, ticket_id: TicketId) -> Sequence[AlertGroup]:
        """Return the groups of a ticket, by key."""
        statement = select(*alert_group.c).where(alert_group.c.ticket_id == ticket_id)
        rows = self._connection.execute(statement.order_by(alert_group.c.key))
        return [_group(row) for row in rows]

    def move_groups(self, ticket_id: TicketId, other_id: TicketId) -> None:
        """Give the groups of a ticket another one."""
        statement = update(alert_group).where(alert_group.c.ticket_id == ticket_id)
        self._connection.execute(statement.values(ticket_id=other_id))


def _group(row: Row[*tuple[object, ...]]) -> AlertGroup:
    return AlertGroup(
        key=row.key,
        ticket_id=TicketId(row.ticket_id),
        episodes=frozenset(row.firing),
        left_out=row.left_out,
    )

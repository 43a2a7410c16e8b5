"""Tags of devices."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, delete, func, select

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.tag import TagCount
from sickbay_collector.db.records import insert_into
from sickbay_collector.db.tag_tables import device_tag as table


class SqlTagStore:
    """Implements `TagStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, tuple[str, ...]]:
        """Return the tags of these devices, in order; devices without one are left out."""
        statement = (
            select(table.c.device_id, table.c.tag)
            .where(table.c.device_id.in_(device_ids))
            .order_by(table.c.device_id, table.c.tag)
        )
        rows = self._connection.execute(statement)
        return {
            DeviceId(device_id): tuple(row.tag for row in mine)
            for device_id, mine in groupby(rows, key=attrgetter("device_id"))
        }

    def tagged(self, tags: Collection[str]) -> Sequence[DeviceId]:
        """Return the devices that have at least one of these tags, by id."""
        statement = select(table.c.device_id).where(table.c.tag.in_(tags)).distinct()
        found = self._connection.execute(statement.order_by(table.c.device_id)).scalars()
        return [DeviceId(one) for one in found]

    def counts(self, *, limit: int) -> Sequence[TagCount]:
        """Return the tags that devices have, in order."""
        statement = select(table.c.tag, func.count().label("devices")).group_by(table.c.tag)
        rows = self._connection.execute(statement.order_by(table.c.tag).limit(limit))
        return [TagCount(tag=row.tag, devices=row.devices) for row in rows]

    def add(
        self, tags: Collection[str], device_ids: Collection[DeviceId], *, at: datetime, by: str
    ) -> None:
        """Give devices tags; who has one keeps it as it is.

        Raises:
            ConflictError: There is no such device (raised by the unit of work).
        """
        rows = [
            {"device_id": device_id, "tag": tag, "added_at": at, "added_by": by}
            for device_id in sorted(set(device_ids))
            for tag in sorted(set(tags))
        ]
        if rows:
            statement = insert_into(self._connection, table).on_conflict_do_nothing()
            self._connection.execute(statement, rows)

    def remove(self, tags: Collection[str], device_ids: Collection[DeviceId]) -> None:
        """Take tags from devices that have them."""
        self._connection.execute(
            delete(table).where(table.c.device_id.in_(device_ids), table.c.tag.in_(tags))
        )

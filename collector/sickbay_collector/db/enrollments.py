"""How devices came in."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.device_tables import enrollment as table
from sickbay_collector.db.records import fetch, insert_into, values


class SqlEnrollmentStore:
    """Implements `EnrollmentStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, record: EnrollmentRecord) -> None:
        """Keep how a device came in, in place of the last time."""
        said = values(record)
        insertion = insert_into(self._connection, table).values(said)
        self._connection.execute(
            insertion.on_conflict_do_update(index_elements=["device_id"], set_=said)
        )

    def of(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, EnrollmentRecord]:
        """Return how these devices came in, those of which it is known."""
        statement = select(table).where(table.c.device_id.in_(device_ids))
        found = fetch(self._connection, EnrollmentRecord, statement)
        return {one.device_id: one for one in found}

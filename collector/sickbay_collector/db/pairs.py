"""What people decided about devices that look alike."""

from sqlalchemy import Connection, select

from sickbay_collector.core.device_pair import Apart, in_order
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.pair_tables import device_apart as table
from sickbay_collector.db.records import build, columns, insert_into, values

_APART = columns(table, Apart)


class SqlPairStore:
    """Implements `PairStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_apart(self, decision: Apart) -> None:
        """Keep that two devices are different, in place of what was kept of them.

        Raises:
            ConflictError: There is no such device (raised by the unit of work).
        """
        said = values(decision)
        insertion = insert_into(self._connection, table).values(said)
        kept = insertion.on_conflict_do_update(index_elements=["one", "other"], set_=said)
        self._connection.execute(kept)

    def apart(self, one: DeviceId, other: DeviceId) -> Apart | None:
        """Return the decision that two devices are different, in whichever order."""
        first, second = in_order(one, other)
        statement = select(*_APART).where(table.c.one == first, table.c.other == second)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(Apart, row)

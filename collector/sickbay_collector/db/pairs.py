"""What people decided about devices that look alike."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, delete, or_, select, update

from sickbay_collector.core.device_pair import Alias, Apart, in_order
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.alert_tables import alert
from sickbay_collector.db.asset_tables import asset_repair
from sickbay_collector.db.device_tables import device
from sickbay_collector.db.identity_tables import identity_verdict
from sickbay_collector.db.pair_tables import device_alias
from sickbay_collector.db.pair_tables import device_apart as table
from sickbay_collector.db.problem_tables import problem
from sickbay_collector.db.quiet_tables import muted_alert
from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.db.ticket_tables import ticket

_APART = columns(table, Apart)
_ALIAS = columns(device_alias, Alias)
_HANDED_OVER = (ticket, alert, muted_alert, asset_repair, problem)


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

    def apart_of(self, device_id: DeviceId) -> Sequence[Apart]:
        """Return the decisions that a device is different from others, in order of the pairs."""
        mine = or_(table.c.one == device_id, table.c.other == device_id)
        statement = select(*_APART).where(mine).order_by(table.c.one, table.c.other)
        return [build(Apart, row) for row in self._connection.execute(statement).mappings()]

    def drop_apart(self, one: DeviceId, other: DeviceId) -> None:
        """Forget that two devices are different."""
        first, second = in_order(one, other)
        gone = delete(table).where(table.c.one == first, table.c.other == second)
        self._connection.execute(gone)

    def put_alias(self, alias: Alias) -> None:
        """Keep that a record ended; what ended for it before goes on with the survivor too.

        Raises:
            ConflictError: It ended before, or there is no such device (raised by the unit of work).
        """
        earlier = update(device_alias).where(device_alias.c.survivor == alias.device_id)
        self._connection.execute(earlier.values(survivor=alias.survivor))
        row = values(alias) | {"hostname_key": alias.hostname.lower()}
        self._connection.execute(insert_into(self._connection, device_alias).values(row))

    def alias(self, device_id: DeviceId) -> Alias | None:
        """Return how a record ended; None for one that did not."""
        statement = select(*_ALIAS).where(device_alias.c.device_id == device_id)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(Alias, row)

    def aliases_of(self, survivor: DeviceId) -> Sequence[Alias]:
        """Return the records that a device goes on for, the last one that ended first."""
        statement = select(*_ALIAS).where(device_alias.c.survivor == survivor)
        last_first = statement.order_by(device_alias.c.at.desc(), device_alias.c.device_id)
        return [build(Alias, row) for row in self._connection.execute(last_first).mappings()]

    def survivors(
        self, device_ids: Collection[DeviceId], *, name: str = ""
    ) -> Mapping[DeviceId, DeviceId]:
        """Return for records that ended as what they go on: of these ids, and of this host name."""
        ids = device_alias.c.device_id.in_(device_ids)
        asked = or_(ids, device_alias.c.hostname_key == name.lower()) if name else ids
        statement = select(device_alias.c.device_id, device_alias.c.survivor).where(asked)
        return {
            DeviceId(row.device_id): DeviceId(row.survivor)
            for row in self._connection.execute(statement)
        }

    def hand_over(self, ended: DeviceId, survivor: DeviceId) -> None:
        """Give the survivor what belongs to a record that ends.

        Raises:
            ConflictError: Both have an open ticket of a family (raised by the unit of work).
        """
        for one in _HANDED_OVER:
            moved = update(one).where(one.c.device_id == ended)
            self._connection.execute(moved.values(device_id=survivor))
        flagged, verdict = device.c, identity_verdict.c
        twins = update(device).where(
            flagged.possible_duplicate_of == ended, flagged.device_id != survivor
        )
        self._connection.execute(twins.values(possible_duplicate_of=survivor))
        alike = update(identity_verdict).where(verdict.other == ended)
        mine = verdict.device_id == survivor
        self._connection.execute(alike.where(mine).values(other=None))
        self._connection.execute(alike.where(~mine).values(other=survivor))

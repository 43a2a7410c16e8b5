"""Devices."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from sickbay_collector.core.device import Criticality, Device, DeviceClass, DeviceStatus
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.device_lines import put_line
from sickbay_collector.db.device_tables import device as table
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.records import build, columns, values
from sickbay_collector.services.counts import GONE

_DEVICE = columns(table, Device)
_PENDING = (table.c.status == DeviceStatus.PENDING, table.c.revoked_at.is_(None))


class SqlDeviceStore:
    """Implements `DeviceStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, device_id: DeviceId, *, hold: bool = False) -> Device | None:
        """Return the device with this id; with `hold` nobody else writes it meanwhile.

        On SQLite a transaction that writes is alone anyway.
        """
        statement = select(*_DEVICE).where(table.c.device_id == device_id)
        if hold:
            statement = statement.with_for_update()
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(Device, row)

    def load(self, device_ids: Collection[DeviceId]) -> Sequence[Device]:
        """Return those of the devices that are there, by id."""
        statement = select(*_DEVICE).where(table.c.device_id.in_(device_ids))
        rows = self._connection.execute(statement.order_by(table.c.device_id)).mappings()
        return [build(Device, row) for row in rows]

    def by_nonce(self, enroll_nonce: str) -> Device | None:
        """Return the device that was enrolled with this nonce; none for ""."""
        return self._first(table.c.enroll_nonce == enroll_nonce) if enroll_nonce else None

    def by_instance(self, agent_instance_id: str) -> Device | None:
        """Return the device of this agent, the last enrolled where there are several."""
        return self._first(table.c.agent_instance_id == agent_instance_id)

    def add(self, device: Device) -> None:
        """Store a new device.

        Raises:
            ConflictError: Its id or nonce is taken (raised by the unit of work).
        """
        self._connection.execute(insert(table).values(_row(device)))
        put_line(self._connection, device)

    def save(self, device: Device) -> None:
        """Write a device.

        Raises:
            NotFoundError: It was never added.
        """
        statement = update(table).where(table.c.device_id == device.device_id)
        if not self._connection.execute(statement.values(_row(device))).rowcount:
            raise NotFoundError(f"no device {device.device_id}")
        put_line(self._connection, device)

    def all(self) -> Sequence[Device]:
        """Return every device, by id, which is the order of enrollment."""
        rows = self._connection.execute(select(*_DEVICE).order_by(table.c.device_id)).mappings()
        return [build(Device, row) for row in rows]

    def named(self, name: str, *, limit: int) -> Sequence[Device]:
        """Return the devices of this host name whatever its case, else those it begins, by name."""
        key = name.lower()
        column = table.c.hostname_key
        # Behind every name that begins so: no text has a later character.
        begins = and_(column >= key, column < f"{key}\U0010ffff")
        for condition in (column == key, begins):
            statement = select(*_DEVICE).where(condition).order_by(column, table.c.device_id)
            rows = self._connection.execute(statement.limit(limit)).mappings()
            if found := [build(Device, row) for row in rows]:
                return found
        return []

    def revoked(self, *, limit: int) -> Sequence[Device]:
        """Return devices that are shut out, the last one first."""
        shut_out = select(*_DEVICE).where(table.c.revoked_at.is_not(None))
        last_first = shut_out.order_by(table.c.revoked_at.desc(), table.c.device_id).limit(limit)
        return [build(Device, row) for row in self._connection.execute(last_first).mappings()]

    def pending(self, *, limit: int) -> Sequence[Device]:
        """Return devices that wait for approval and are not shut out, the oldest first."""
        waiting = select(*_DEVICE).where(*_PENDING)
        first = waiting.order_by(table.c.enrolled_at, table.c.device_id).limit(limit)
        return [build(Device, row) for row in self._connection.execute(first).mappings()]

    def twins(self, *, limit: int) -> Sequence[Device]:
        """Return devices in service that may be known ones, the last enrolled first."""
        flagged = select(*_DEVICE).where(
            table.c.possible_duplicate_of.is_not(None),
            table.c.revoked_at.is_(None),
            table.c.status.not_in(GONE),
        )
        last_first = flagged.order_by(table.c.enrolled_at.desc(), table.c.device_id).limit(limit)
        return [build(Device, row) for row in self._connection.execute(last_first).mappings()]

    def activate(self, device_id: DeviceId) -> bool:
        """Make a device active that waits for approval and is not shut out; False for others."""
        waiting = update(table).where(table.c.device_id == device_id, *_PENDING)
        if not self._connection.execute(waiting.values(status=DeviceStatus.ACTIVE)).rowcount:
            return False
        line = update(device_line).where(device_line.c.device_id == device_id)
        self._connection.execute(line.values(status=DeviceStatus.ACTIVE))
        return True

    def classify(
        self, device_id: DeviceId, *, device_class: DeviceClass, criticality: Criticality
    ) -> None:
        """Write what a device is for, and nothing else of it."""
        for one in (table, device_line):
            statement = update(one).where(one.c.device_id == device_id)
            self._connection.execute(
                statement.values(device_class=device_class, criticality=criticality)
            )

    def _first(self, condition: ColumnElement[bool]) -> Device | None:
        statement = select(*_DEVICE).where(condition).order_by(table.c.enrolled_at.desc()).limit(1)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(Device, row)


def _row(device: Device) -> dict[str, object]:
    return values(device) | {"hostname_key": device.hostname.lower()}

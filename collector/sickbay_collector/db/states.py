"""Evaluation state: one row a device, written with every report. The hottest statement we have.

A row is written only where its stored version is the one before; two collectors that evaluated
the same device find out here, and one of them does it again.

With the row goes the device's line, which lists read (`line_tables.py`).

The writes are plain SQL for the driver on purpose: SQLAlchemy's handling of parameters costs as
much per row as the rest of the write (measured: 30 against 15 us).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from operator import itemgetter

from sqlalchemy import Connection, bindparam, select

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.device_lines import SEEN, STATE_COLUMNS
from sickbay_collector.db.device_tables import device_state as table
from sickbay_collector.db.engine import SQLITE
from sickbay_collector.db.records import build
from sickbay_collector.db.state_arrays import StateRow, insert_rows, update_rows
from sickbay_collector.db.types import to_micros
from sickbay_collector.services.device_ports import StoredState

_FIRST_VERSION = 1
# PostgreSQL takes 65,535 parameters, SQLite 32,766.
_IDS_MAX = 10_000
_LOAD = select(table).where(table.c.device_id.in_(bindparam("device_ids", expanding=True)))
# The columns of `_row`, in its order; the row's key stands last.
_COLUMNS = (
    "version",
    "received_at",
    "observed_at",
    "report_interval_s",
    "goodbye",
    "clock_offset_s",
    "score",
    "score_low",
    "score_high",
    "confidence",
    "open_alerts",
    "hour",
    "state",
    "frames",
    "score_day_ago",
    "score_week_ago",
    "device_id",
)
_INSERT = (
    f"INSERT INTO device_state ({', '.join(_COLUMNS)}) "  # noqa: S608 - fixed names, no input
    f"VALUES ({', '.join('?' for _ in _COLUMNS)}) ON CONFLICT DO NOTHING"
)
_UPDATE = (
    f"UPDATE device_state SET {', '.join(f'{name} = ?' for name in _COLUMNS[:-1])} "  # noqa: S608
    "WHERE device_id = ? AND version = ?"
)


_LINE = itemgetter(*map(_COLUMNS.index, (*STATE_COLUMNS, "device_id")))


class SqlStateStore:
    """Implements `StateStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, StoredState]:
        """Return the rows of these devices; those without a row are left out."""
        ids = list(device_ids)
        found: dict[DeviceId, StoredState] = {}
        for start in range(0, len(ids), _IDS_MAX):
            some = {"device_ids": ids[start : start + _IDS_MAX]}
            for row in self._connection.execute(_LOAD, some).mappings():
                found[row["device_id"]] = build(StoredState, row)
        return found

    def save(self, states: Sequence[StoredState]) -> Collection[DeviceId]:
        """Write rows whose version is one above the stored; return devices where it was not.

        Raises:
            ConflictError: A device is unknown (raised by the unit of work).
        """
        first = [state for state in states if state.version == _FIRST_VERSION]
        later = [state for state in states if state.version != _FIRST_VERSION]
        if self._connection.dialect.name != SQLITE:
            return [*self._missed(insert_rows, first), *self._missed(update_rows, later)]
        stale: list[DeviceId] = []
        if first:
            stale += self._write(_INSERT, first, [_row(state) for state in first])
        if later:
            rows = [(*_row(state), state.version - 1) for state in later]
            stale += self._write(_UPDATE, later, rows)
        gone = frozenset(stale)
        lines = [_LINE(_row(state)) for state in states if state.device_id not in gone]
        if lines:
            self._connection.exec_driver_sql(SEEN, lines)
        return stale

    def _missed(
        self,
        write: Callable[[Connection, Sequence[StateRow]], Collection[DeviceId]],
        states: Sequence[StoredState],
    ) -> list[DeviceId]:
        """Write on PostgreSQL, and return the devices whose row was not written."""
        if not states:
            return []
        written = write(self._connection, [_row(state) for state in states])
        return [state.device_id for state in states if state.device_id not in written]

    def _write(
        self, sql: str, states: Sequence[StoredState], rows: Sequence[StateRow]
    ) -> list[DeviceId]:
        """Write on SQLite in one execution; only when a row was stale, find out which."""
        connection = self._connection
        connection.exec_driver_sql("SAVEPOINT states")
        stale: list[DeviceId] = []
        if connection.exec_driver_sql(sql, list(rows)).rowcount != len(rows):
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT states")
            stale = [
                state.device_id
                for state, row in zip(states, rows, strict=True)
                if not connection.exec_driver_sql(sql, row).rowcount
            ]
        connection.exec_driver_sql("RELEASE SAVEPOINT states")
        return stale


def _row(state: StoredState) -> StateRow:
    observed_at = state.observed_at
    return (
        state.version,
        to_micros(state.received_at),
        None if observed_at is None else to_micros(observed_at),
        state.report_interval_s,
        state.goodbye,
        state.clock_offset_s,
        state.score,
        state.score_low,
        state.score_high,
        state.confidence,
        state.open_alerts,
        state.hour,
        state.state,
        state.frames,
        state.score_day_ago,
        state.score_week_ago,
        state.device_id,
    )

"""One history of two records of one machine: the rows of the one that ends join the survivor's."""

import logging
from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, Table, delete

from sickbay_collector.core.errors import DamagedError
from sickbay_collector.core.history import day_of, month_of
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.history_tables import history_day, history_month, history_samples
from sickbay_collector.db.hours import join_hours, pack_day, unpack_day
from sickbay_collector.db.packed_rows import PackedRows, key_of
from sickbay_collector.db.rollups import join_rollups, pack_rollups, unpack_rollups

log = logging.getLogger(__name__)

# Longer than roll-ups by day are kept; and what a clock that is ahead may have reported.
_DAYS_BACK = 6 * 366
_DAYS_AHEAD = 32


def join_rows(connection: Connection, ended: DeviceId, survivor: DeviceId, *, at: datetime) -> None:
    """Give the survivor the rows of a record whose days are all rolled up.

    What is damaged stays where it is and is logged, so that it does not hold up the rest.
    """
    days = range(day_of(at) - _DAYS_BACK, day_of(at) + _DAYS_AHEAD)
    months = range(month_of(days[0]), month_of(days[-1]) + 1)
    rows = PackedRows(connection)
    for table, join in _JOINS.items():
        theirs = rows.read(table, ended, months if table is history_month else days)
        mine = rows.read(table, survivor, theirs)
        joined = []
        for key, data in theirs.items():
            try:
                whole = join(mine[key], data) if key in mine else data
                rows.write(table, survivor, key, whole)
            except DamagedError as error:
                log.error("history.left_out device=%s row=%d %s", ended, key, error)  # noqa: TRY400
            else:
                joined.append(key)
        column = table.c[key_of(table)]
        gone = delete(table).where(table.c.device_id == ended, column.in_(joined))
        connection.execute(gone)


def _samples(mine: bytes, theirs: bytes) -> bytes:
    hours = dict(unpack_day(mine))
    for place, message in unpack_day(theirs).items():
        hours[place] = join_hours(message, hours[place]) if place in hours else message
    return pack_day(hours)


def _rollups(mine: bytes, theirs: bytes) -> bytes:
    return pack_rollups(join_rollups(unpack_rollups(mine), unpack_rollups(theirs)))


_JOINS: MappingProxyType[Table, Callable[[bytes, bytes], bytes]] = MappingProxyType(
    {history_samples: _samples, history_day: _rollups, history_month: _rollups}
)

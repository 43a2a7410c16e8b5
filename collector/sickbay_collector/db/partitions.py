"""PostgreSQL's partitions of history: made ahead, filled from the default one, dropped when old.

Samples by the day, roll-ups by hour by the month, roll-ups by day by the year. What belongs to no
partition, because a device was offline for months or this job did not run, is in the default one
and moves out of it as soon as its partition is made.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from sickbay_collector.core.history import (
    Resolution,
    day_of,
    month_of,
)
from sickbay_collector.db.engine import POSTGRESQL, limit
from sickbay_collector.db.errors import store_errors

log = logging.getLogger(__name__)

# Partitions are there a week before the first row; a job that fails for some days does no harm.
_AHEAD = timedelta(days=7)
# A chart that is being read holds up a change for as long; the next run tries again.
_LOCK_TIMEOUT = "2s"
# A day of a large fleet that waits in the default partition is some hundred thousand rows.
_MOVE_S = 600.0
# Any number that is ours.
_ADVISORY_LOCK = 0x51CB_A2


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A stretch of one table's keys, from `first` to before `end`."""

    table: str
    key: str
    name: str
    first: int
    end: int


def keep_partitions(
    engine: Engine, kept_from: Mapping[Resolution, datetime], now: datetime
) -> tuple[int, int]:
    """Make the partitions from `kept_from` to a week ahead, drop older ones.

    Returns how many were made and dropped. Nothing happens on SQLite, or while another collector
    is at it.

    Args:
        engine: The database.
        kept_from: The begin of a day, month and year for samples, hours and days.
        now: The present time.

    Raises:
        BusyError: A table was in use for too long; what was done before stays done.
        StoreError: The database cannot be used.
    """
    if engine.dialect.name != POSTGRESQL:
        return 0, 0
    made = dropped = 0
    for resolution, since in kept_from.items():
        wanted = list(_wanted(resolution, since, now + _AHEAD))
        there = _existing(engine, wanted[0].table)
        made += sum(_make(engine, one) for one in wanted if one.name not in there)
        oldest = wanted[0].name
        dropped += sum(_drop(engine, name) for name in sorted(there) if name < oldest)
    if made or dropped:
        log.info("history.partitions made=%d dropped=%d", made, dropped)
    return made, dropped


def _wanted(resolution: Resolution, since: datetime, until: datetime) -> Iterator[Partition]:
    at = since
    while at <= until:
        following = _next(resolution, at)
        yield _partition(resolution, at, following)
        at = following


def _next(resolution: Resolution, at: datetime) -> datetime:
    if resolution is Resolution.SAMPLE:
        return at + timedelta(days=1)
    if resolution is Resolution.HOUR:
        return (at.replace(day=1) + timedelta(days=32)).replace(day=1)
    return at.replace(year=at.year + 1)


def _partition(resolution: Resolution, at: datetime, end: datetime) -> Partition:
    # Names sort by time; the default partition's sorts after all of them.
    if resolution is Resolution.SAMPLE:
        name, first = f"history_samples_{at:%Y%m%d}", day_of(at)
        return Partition(table="history_samples", key="day", name=name, first=first, end=first + 1)
    if resolution is Resolution.HOUR:
        name = f"history_day_{at:%Y%m}"
        return Partition(
            table="history_day", key="day", name=name, first=day_of(at), end=day_of(end)
        )
    name, first = f"history_month_{at:%Y}", month_of(day_of(at))
    return Partition(table="history_month", key="month", name=name, first=first, end=first + 12)


def _existing(engine: Engine, table: str) -> set[str]:
    """Return the partitions of a table, without the default one."""
    query = text(
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
        "WHERE inhparent = to_regclass(:table)"
    )
    with store_errors(), engine.connect() as connection:
        found = connection.execute(query, {"table": table}).scalars()
        return set(found) - {f"{table}_default"}


def _make(engine: Engine, one: Partition) -> bool:
    """Make a partition in a transaction of its own, with what waits for it in the default one."""
    key = one.key
    within = f"{key} >= {one.first} AND {key} < {one.end}"
    move = (
        f"WITH moved AS (DELETE FROM {one.table}_default WHERE {within} "  # noqa: S608 - own names
        f"RETURNING {key}, device_id, data) "
        f"INSERT INTO {one.name} ({key}, device_id, data) SELECT * FROM moved"
    )
    attach = (
        f"ALTER TABLE {one.table} ATTACH PARTITION {one.name} "
        f"FOR VALUES FROM ({one.first}) TO ({one.end})"
    )
    with store_errors(), engine.begin() as connection:
        if not _alone(connection):
            return False
        for sql in (
            f"CREATE TABLE {one.name} (LIKE {one.table} INCLUDING DEFAULTS INCLUDING STORAGE)",
            f"LOCK TABLE {one.table}_default IN ACCESS EXCLUSIVE MODE",
            move,
            # Spares ATTACH a look at every row.
            f"ALTER TABLE {one.name} ADD CONSTRAINT within CHECK ({within})",
            attach,
            f"ALTER TABLE {one.name} DROP CONSTRAINT within",
        ):
            connection.exec_driver_sql(sql)
    return True


def _drop(engine: Engine, name: str) -> bool:
    with store_errors(), engine.begin() as connection:
        if not _alone(connection):
            return False
        connection.exec_driver_sql(f"DROP TABLE {name}")
    return True


def _alone(connection: Connection) -> bool:
    """Take the lock that one collector at a time has; wait little for others, work for long."""
    limit(connection, _MOVE_S)
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
    return bool(
        connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({_ADVISORY_LOCK})").scalar()
    )

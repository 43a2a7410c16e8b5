"""Moves a collector's data to another database, all of it in one transaction or none.

Values go as the drivers hand them over, because both databases keep them alike (`types.py`). What
has arrived is read back and compared with what was sent, before anything is committed; whatever
ends the move leaves the target as empty as it was, and it can be begun again.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from sqlalchemy import Boolean, Connection, Engine, Table, func, select

from sickbay_collector.core.errors import StoreError
from sickbay_collector.core.history import Resolution, day_start, month_start
from sickbay_collector.db.engine import SQLITE, WRITES, limit
from sickbay_collector.db.errors import store_errors
from sickbay_collector.db.migrate import check, current, upgrade
from sickbay_collector.db.partitions import keep_partitions
from sickbay_collector.db.tables import metadata
from sickbay_collector.db.uow import read_connection

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told the table, the rows that are done, and how many there are."""
_Row: TypeAlias = tuple[int | float | str | bytes | None, ...]
_Print: TypeAlias = tuple[int, int]
"""Number of rows, and the sum of their hashes: the same in whatever order they come."""

_RESOLUTIONS: Mapping[str, Resolution] = MappingProxyType(
    {
        "history_samples": Resolution.SAMPLE,
        "history_day": Resolution.HOUR,
        "history_month": Resolution.DAY,
    }
)
_TIMES: Mapping[str, Callable[[int], datetime]] = MappingProxyType(
    {"day": day_start, "month": month_start}
)
# Terms of running processes, which know the old database only.
_LEFT_BEHIND = frozenset({"lease"})
# 500 hours of history are 1 MB.
_BATCH = 500
_HASH_BYTES = 8
_MODULUS = 1 << 128


def move(source: Engine, target: Engine, *, now: datetime, progress: Progress) -> Mapping[str, int]:
    """Copy everything and verify it; return the number of rows by table.

    Nobody may write to the source meanwhile: what came after the begin would stay behind.

    Args:
        source: At this program's schema.
        target: Without a schema, or at this program's and empty.
        now: The present time; partitions are made up to it.
        progress: Is told after each batch.

    Raises:
        StoreError: The schemas differ, the target is not empty, something cannot be stored there,
            or what arrived is not what was sent. The target is as it was.
    """
    check(source)
    if current(target) is None:
        upgrade(target)
    check(target)
    _refuse_unless_empty(target)
    with read_connection(source, within_s=math.inf) as reader:
        _make_partitions(reader, target, now)
        with store_errors(), target.connect() as opened:
            writer = opened.execution_options(**{WRITES: True})
            writer.begin()
            limit(writer, math.inf)
            if writer.dialect.name == SQLITE:
                writer.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            counts = {
                table.name: _move_table(reader, writer, table, progress) for table in _tables()
            }
            _continue_counters(writer)
            writer.commit()
    return counts


def _tables() -> list[Table]:
    """Return what moves, each table after those that it refers to."""
    return [table for table in metadata.sorted_tables if table.name not in _LEFT_BEHIND]


def _refuse_unless_empty(target: Engine) -> None:
    with read_connection(target) as connection:
        for table in _tables():
            if connection.execute(select(1).select_from(table).limit(1)).scalar() is not None:
                raise StoreError(
                    f"the target is not empty: table {table.name} has rows; "
                    "name a new database, or drop and create this one"
                )


def _make_partitions(reader: Connection, target: Engine, now: datetime) -> None:
    """Make the target's partitions before the rows come, so that none has to move again."""
    kept_from: dict[Resolution, datetime] = {}
    for table in _tables():
        if table.dialect_options["postgresql"]["partition_by"]:
            key = table.columns[0]
            first = reader.execute(select(func.min(key))).scalar()
            if first is not None:
                resolution = _RESOLUTIONS[table.name]
                kept_from[resolution] = _begin(resolution, _TIMES[key.name](first))
    keep_partitions(target, kept_from, now)


def _begin(resolution: Resolution, at: datetime) -> datetime:
    """Return the begin of the partition that a time is in."""
    if resolution is Resolution.SAMPLE:
        return at
    return at.replace(day=1) if resolution is Resolution.HOUR else at.replace(month=1, day=1)


def _move_table(reader: Connection, writer: Connection, table: Table, progress: Progress) -> int:
    total = reader.execute(select(func.count()).select_from(table)).scalar() or 0
    sent = _Fingerprint()
    _write(writer, table, _told(sent.noting(_rows(reader, table)), table.name, total, progress))
    arrived = _Fingerprint()
    for _ in arrived.noting(_rows(writer, table)):
        pass
    if sent.value != arrived.value:
        raise StoreError(
            f"table {table.name}: {sent.value[0]} rows were sent, {arrived.value[0]} arrived, "
            "or not the same ones; nothing was moved"
        )
    return arrived.value[0]


class _Fingerprint:
    """Counts and hashes rows that pass by."""

    def __init__(self) -> None:
        self.value: _Print = (0, 0)

    def noting(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        """Pass the rows on."""
        count, total = self.value
        for row in rows:
            digest = hashlib.blake2b(repr(row).encode(), digest_size=_HASH_BYTES).digest()
            count, total = count + 1, (total + int.from_bytes(digest)) % _MODULUS
            yield row
        self.value = (count, total)


def _rows(connection: Connection, table: Table) -> Iterator[_Row]:
    """Return all rows as the driver hands them over, without holding them all.

    But for truth, which SQLite keeps as 0 or 1: PostgreSQL takes and gives nothing but a boolean.
    """
    flags = [isinstance(column.type, Boolean) for column in table.columns]
    sql = f'SELECT {_names(table)} FROM "{table.name}"'  # noqa: S608 - our own names
    streamed = {"stream_results": True, "yield_per": _BATCH}
    for row in connection.exec_driver_sql(sql, execution_options=streamed):
        yield tuple(
            bool(value) if is_flag and value is not None else value
            for is_flag, value in zip(flags, row, strict=True)
        )


def _told(
    rows: Iterable[_Row], name: str, total: int, progress: Progress
) -> Iterator[Sequence[_Row]]:
    """Return the rows in batches, and tell after each that was taken."""
    progress(name, 0, total)
    batch: list[_Row] = []
    done = 0
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            done += len(batch)
            progress(name, done, total)
            batch = []
    if batch:
        yield batch
    progress(name, total, total)


def _write(writer: Connection, table: Table, batches: Iterable[Sequence[_Row]]) -> None:
    if writer.dialect.name == SQLITE:
        marks = ", ".join("?" for _ in table.columns)
        sql = f'INSERT INTO "{table.name}" ({_names(table)}) VALUES ({marks})'  # noqa: S608 - own names
        for batch in batches:
            writer.exec_driver_sql(sql, list(batch))
        return
    # One COPY a table: rows may refer to later ones of the same table.
    driver = writer.connection.driver_connection
    try:
        with (
            driver.cursor() as cursor,  # type: ignore[union-attr]
            cursor.copy(f'COPY "{table.name}" ({_names(table)}) FROM STDIN') as copy,
        ):
            for batch in batches:
                for row in batch:
                    copy.write_row(row)
    except writer.dialect.loaded_dbapi.Error as error:
        line = str(error).strip().partition("\n")[0]
        raise StoreError(f"table {table.name}: {line}; nothing was moved") from error


def _continue_counters(writer: Connection) -> None:
    """Let PostgreSQL number on from what came; SQLite does so by itself."""
    if writer.dialect.name == SQLITE:
        return
    for table in _tables():
        column = table.autoincrement_column
        if column is not None and column.autoincrement is True:
            highest = func.max(column)
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            writer.execute(select(func.setval(sequence, highest)).having(highest.is_not(None)))


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)

"""Stores that are filled with days or years of packed history, as jobs would have left them."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, event, text

from sickbay_collector.core.history import DAY_HOURS, Resolution, day_of, hour_of, month_of
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.engine import SQLITE, WRITES
from sickbay_collector.db.partitions import keep_partitions
from sickbay_collector.services.history_upkeep import Retention
from tests.history.office import SAMPLES_AN_HOUR, Week

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
RETENTION = Retention(
    samples=timedelta(days=90), hours=timedelta(days=730), days=timedelta(days=1830)
)
_ROWS_AT_ONCE = 500


def device_ids(count: int) -> list[DeviceId]:
    """Return that many ids, like the collector's own."""
    return [DeviceId(f"0195a000-0000-7000-8000-{number:012x}") for number in range(count)]


def grow(engine: Engine, devices: Sequence[DeviceId], weeks: Sequence[Week], *, days: int) -> int:
    """Fill an empty store with the days before today; return how many samples it has of them.

    Days that are over are rolled up; today is not. Hours older than their retention are left out.
    """
    partition(engine, NOW)
    today, last = day_of(NOW), hour_of(NOW)
    oldest = max(today - days, day_of(NOW - RETENTION.samples))
    own = {one: weeks[place % len(weeks)] for place, one in enumerate(devices)}
    hours = (
        (hour, one, week.hour(hour))
        for hour in range(today * DAY_HOURS, last)
        for one, week in own.items()
    )
    over = range(today - days, today)
    _insert(
        engine,
        "history_samples (day, device_id, data)",
        (
            (day, one, week.samples_of(day))
            for day in range(oldest, today)
            for one, week in own.items()
        ),
    )
    _insert(engine, "history_hour (hour, device_id, data)", hours)
    _insert(
        engine,
        "history_day (day, device_id, data)",
        ((day, one, week.day(day)) for day in over for one, week in own.items()),
    )
    months = sorted({month_of(day) for day in over})
    _insert(
        engine,
        "history_month (month, device_id, data)",
        ((month, one, week.month) for month in months for one, week in own.items()),
    )
    _insert(
        engine, "history_unrolled (device_id, day)", ((one, day) for one in own for day in (today,))
    )
    settle(engine)
    return (today - oldest) * DAY_HOURS * SAMPLES_AN_HOUR * len(devices)


def partition(engine: Engine, now: datetime) -> None:
    """Make the partitions that the collector's job would have made."""
    keep_partitions(engine, {one: RETENTION.first_kept(one, now) for one in Resolution}, now)


def settle(engine: Engine) -> None:
    """Write everything to its place, and let PostgreSQL know what it has."""
    if engine.dialect.name == SQLITE:
        with engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _insert(engine: Engine, into: str, rows: Iterable[Sequence[int | str | bytes]]) -> None:
    lot: list[Sequence[int | str | bytes]] = []
    for row in rows:
        lot.append(row)
        if len(lot) == _ROWS_AT_ONCE:
            write(engine, into, lot)
            lot = []
    if lot:
        write(engine, into, lot)


def write(engine: Engine, into: str, rows: Sequence[Sequence[int | str | bytes]]) -> None:
    """Insert rows in one transaction."""
    mark = "?" if engine.dialect.name == SQLITE else "%s"
    values = ", ".join(mark for _ in rows[0])
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        connection.exec_driver_sql(
            f"INSERT INTO {into} VALUES ({values})",  # noqa: S608 - names of our own
            [tuple(row) for row in rows],
        )
        connection.commit()


@contextmanager
def rows_read(engine: Engine) -> Iterator[list[int]]:
    """Yield a list that gets the number of rows of each query that the block runs."""
    counts: list[int] = []

    def count(
        connection: Connection,
        cursor: object,
        statement: str,
        parameters: Sequence[object],
        context: object,
        executemany: bool,  # noqa: FBT001
    ) -> None:
        del cursor, context, executemany
        if statement.startswith("SELECT"):
            own = connection.connection.cursor()
            own.execute(f"SELECT count(*) FROM ({statement}) AS counted", parameters)  # noqa: S608
            counts.extend(row[0] for row in own.fetchall())
            own.close()

    event.listen(engine, "after_cursor_execute", count)
    try:
        yield counts
    finally:
        event.remove(engine, "after_cursor_execute", count)


def best_ms(works: Sequence[Callable[[], object]], *, rounds: int) -> list[float]:
    """Return the least time of each piece of work, done turn by turn."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for place, work in enumerate(works):
            began = time.perf_counter()
            work()
            best[place] = min(best[place], (time.perf_counter() - began) * 1e3)
    return best

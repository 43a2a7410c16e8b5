"""PostgreSQL's partitions come before their rows and go with them; SQLite files shrink."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from sickbay_collector.core.errors import BusyError
from sickbay_collector.core.history import DAY_HOURS, Resolution, hour_of
from sickbay_collector.db import migrate
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.frames import FrameWriter
from sickbay_collector.db.partitions import keep_partitions
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.db.vacuum import give_back
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, add_devices
from tests.kit.postgres import Cluster

CPU = "cpu.busy_ratio"
HOUR = hour_of(NOW)
KEPT_FROM = {
    Resolution.SAMPLE: datetime(2026, 10, 30, tzinfo=UTC),
    Resolution.HOUR: datetime(2026, 9, 1, tzinfo=UTC),
    Resolution.DAY: datetime(2025, 1, 1, tzinfo=UTC),
}


@pytest.fixture
def fresh(cluster: Cluster) -> Iterator[Engine]:
    """A database of the test's own, because partitions outlive their rows."""
    engine = open_engine(cluster.create())
    migrate.upgrade(engine)
    yield engine
    engine.dispose()


def _on(seconds: float) -> bool:
    del seconds
    return False


def _partitions(engine: Engine) -> list[str]:
    query = text(
        "SELECT inhrelid::regclass::text FROM pg_inherits "
        "WHERE inhparent::regclass::text LIKE 'history_%' AND "
        "(SELECT relkind FROM pg_class WHERE oid = inhrelid) = 'r' ORDER BY 1"
    )
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def _rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())  # noqa: S608


def _stores(engine: Engine, *hours: int) -> Stores:
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    add_devices(stores, ONE)
    with stores.open() as uow:
        for hour in hours:
            writer = FrameWriter(hour=hour)
            writer.append(datetime.fromtimestamp(hour * 3600, UTC), {CPU: {"": 0.5}})
            uow.history.close_hour(ONE, hour, writer.frames)
            uow.history.roll_up(ONE, hour // DAY_HOURS)
        uow.commit()
    return stores


def test_partitions_reach_from_what_is_kept_to_a_week_ahead(fresh: Engine) -> None:
    """A second run has nothing to do."""
    done = [keep_partitions(fresh, KEPT_FROM, NOW) for _ in range(2)]

    days = [
        f"history_samples_2026{day}" for day in ("1030", "1031", *(f"110{n}" for n in range(1, 10)))
    ]
    assert done == [(11 + 3 + 2, 0), (0, 0)]
    assert _partitions(fresh) == [
        "history_day_202609",
        "history_day_202610",
        "history_day_202611",
        "history_day_default",
        "history_month_2025",
        "history_month_2026",
        "history_month_default",
        *days,
        "history_samples_default",
    ]


def test_rows_that_came_before_their_partition_move_into_it(fresh: Engine) -> None:
    """Those of no partition stay in the default one; all are read as before."""
    stores = _stores(fresh, HOUR, HOUR - DAY_HOURS, HOUR - 90 * DAY_HOURS)
    assert _rows(fresh, "history_samples_default") == 3

    keep_partitions(fresh, KEPT_FROM, NOW)

    with stores.read() as uow:
        found = uow.history.read(ONE, [CPU], since=NOW - timedelta(days=100), until=NOW)
    assert _rows(fresh, "history_samples_default") == 1
    assert _rows(fresh, "history_samples_20261102") == 1
    assert len(found[0].points) == 3


def test_partitions_that_are_too_old_go_with_their_rows(fresh: Engine) -> None:
    _stores(fresh, HOUR, HOUR - 2 * DAY_HOURS)
    keep_partitions(fresh, KEPT_FROM, NOW)
    later = {**KEPT_FROM, Resolution.SAMPLE: datetime(2026, 11, 1, tzinfo=UTC)}

    assert keep_partitions(fresh, later, NOW) == (0, 2)
    assert _rows(fresh, "history_samples") == 1
    assert "history_samples_20261031" not in _partitions(fresh)


def test_one_collector_at_a_time_changes_partitions(fresh: Engine) -> None:
    with fresh.begin() as other:
        other.exec_driver_sql("SELECT pg_advisory_xact_lock(5360546)")

        assert keep_partitions(fresh, KEPT_FROM, NOW) == (0, 0)
    assert keep_partitions(fresh, KEPT_FROM, NOW) == (16, 0)


def test_a_table_in_use_is_left_for_the_next_run(fresh: Engine) -> None:
    keep_partitions(fresh, KEPT_FROM, NOW)
    later = {**KEPT_FROM, Resolution.SAMPLE: datetime(2026, 11, 1, tzinfo=UTC)}
    with fresh.begin() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM history_samples").scalar_one()
        with pytest.raises(BusyError, match="lock timeout"):
            keep_partitions(fresh, later, NOW)

    assert keep_partitions(fresh, later, NOW) == (0, 2)


def test_nothing_is_partitioned_on_sqlite(sqlite: Engine) -> None:
    assert keep_partitions(sqlite, KEPT_FROM, NOW) == (0, 0)


def test_a_file_gives_back_what_is_free(sqlite: Engine, tmp_path: Path) -> None:
    """Down to a quarter of it, which the next rows take."""
    with sqlite.begin() as connection:
        for hour in range(200):
            connection.execute(
                text("INSERT INTO history_hour VALUES (:hour, 'x', zeroblob(200000))"),
                {"hour": hour},
            )
    with sqlite.begin() as connection:
        connection.execute(text("DELETE FROM history_hour WHERE hour > 20"))
    steps = 0

    def counted(seconds: float) -> bool:
        nonlocal steps
        steps += seconds > 0
        return False

    given = give_back(sqlite, counted)

    with sqlite.begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
        pages, free = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("page_count", "freelist_count")
        )
    assert given * 8192 > 30_000_000
    assert steps > 1
    assert pages / 5 < free <= pages / 4
    assert (tmp_path / "collector.db").stat().st_size < 12_000_000
    assert give_back(sqlite, _on) == 0


def test_nothing_is_given_back_on_postgresql(fresh: Engine) -> None:
    assert give_back(fresh, _on) == 0


def test_an_hour_that_closes_while_its_day_is_rolled_up_is_not_lost(fresh: Engine) -> None:
    """It waits for the roll-up, and marks the day again; nobody locks the other out."""
    stores = _stores(fresh)
    one, other = (open_unit_of_work(fresh) for _ in range(2))
    hours = (HOUR - 1, HOUR - 2)

    def close(hour: int) -> None:
        writer = FrameWriter(hour=hour)
        writer.append(datetime.fromtimestamp(hour * 3600 + 60, UTC), {CPU: {"": 0.25}})
        with other() as uow:
            uow.history.close_hour(ONE, hour, writer.frames)
            uow.commit()

    close(HOUR - 1)
    with ThreadPoolExecutor(1) as pool:
        with one() as uow:
            uow.history.roll_up(ONE, HOUR // DAY_HOURS)
            late = [pool.submit(close, hour) for hour in hours]
            done, _ = wait(late, timeout=0.2)
            uow.commit()
        for each in late:
            each.result(timeout=60)

    with stores.read() as uow:
        waiting = uow.history.unrolled(HOUR, limit=9)
        found = uow.history.read(ONE, [CPU], since=NOW - timedelta(days=1), until=NOW)
    assert not done
    assert [one.day for one in waiting] == [HOUR // DAY_HOURS]
    assert len(found[0].points) == 2

"""What a sample costs on disk, and what reading a month of one device takes.

The fleet is the simulator's, in process: nothing but the database is weighed here.
"""

import gc
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.config import load_config
from sickbay_collector.core.history import Resolution
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.history_upkeep import roll_up_days
from sickbay_collector.services.rulebook import load_rules
from sickbay_collector.simulator.fleet.presence import Hours
from sickbay_collector.simulator.in_process import simulate_in_process
from sickbay_collector.simulator.plan import Plan
from sickbay_collector.simulator.tally import Tally
from sickbay_collector.storage import Storage, open_storage
from tests.bench.scale import Scale

_METRICS = ("cpu.busy_ratio", "memory.available_ratio", "health.score")
_CHART_DAYS = 30
# Samples of days that are rolled up, and hours of the last one.
_PACKED = """SELECT sum(length(data)) FROM
    (SELECT data FROM history_samples UNION ALL SELECT data FROM history_hour)"""
_BATCH = 5


def measure(scale: Scale) -> dict[str, float]:
    """Return bytes for each sample on disk, and milliseconds of a chart."""
    days = Plan(
        devices=scale.disk_devices,
        minutes=scale.disk_days * 1440,
        interval_s=60,
        batch=_BATCH,
        hours=Hours.ALWAYS,
    )
    month = Plan(
        devices=1,
        minutes=_CHART_DAYS * 1440,
        interval_s=scale.chart_interval_s,
        hours=Hours.ALWAYS,
    )
    return _disk(days) | _chart(month, scale.reads)


def _disk(plan: Plan) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="sickbay-bench-") as name:
        storage, database = _opened(Path(name))
        empty_bytes = _size_bytes(database)
        tally, seconds = _fill(storage, plan)
        grown = _size_bytes(database) - empty_bytes
        hours = _one(database, _PACKED)
        storage.engine.dispose()
    return {
        "db_bytes_per_sample": grown / tally.samples,
        "db_hours_bytes_per_sample": hours / tally.samples,
        "sent_bytes_per_sample": tally.wire_bytes / tally.samples,
        "db_kib_per_device_day": grown / plan.devices / (plan.minutes / 1440) / 1024,
        "in_process_samples_per_s": tally.samples / seconds,
    }


def _chart(plan: Plan, reads: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="sickbay-bench-") as name:
        storage, database = _opened(Path(name))
        _fill(storage, plan)
        device_id = DeviceId(_text(database, "SELECT device_id FROM device"))
        until = datetime.now(UTC)
        since = until - timedelta(days=_CHART_DAYS)

        def by_hour() -> int:
            with storage.open_reads() as uow:
                found = uow.history.read_rollups(
                    device_id, _METRICS, Resolution.HOUR, since=since, until=until
                )
            return sum(len(series.points) for series in found)

        def by_sample() -> int:
            with storage.open_reads() as uow:
                found = uow.history.read(device_id, _METRICS, since=since, until=until)
            return sum(len(series.points) for series in found)

        points = by_hour()
        figures = {
            "chart_30d_ms": _median_ms(by_hour, reads),
            "chart_30d_points": float(points),
            "chart_30d_samples_ms": _median_ms(by_sample, max(reads // 3, 3)),
            "chart_30d_samples_points": float(by_sample()),
        }
        storage.engine.dispose()
    return figures


def _opened(folder: Path) -> tuple[Storage, Path]:
    config = load_config(None, {}, {"state_dir": folder})
    return open_storage(config, migrate=True), folder / "collector.db"


def _fill(storage: Storage, plan: Plan) -> tuple[Tally, float]:
    """Simulate, then roll up as the collector's jobs do."""
    tally, began = Tally(plan.devices), time.process_time()
    simulate_in_process(plan, storage.open_uow, load_rules([]), new_id, tally)
    seconds = time.process_time() - began
    roll_up_days(storage.open_uow, utc_now(), lambda _: False)
    return tally, seconds


def _size_bytes(database: Path) -> int:
    """Return the size of the pages in use, what waits in the log included."""
    pages = _one(database, "PRAGMA page_count") - _one(database, "PRAGMA freelist_count")
    return pages * _one(database, "PRAGMA page_size")


def _one(database: Path, query: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(query).fetchone()[0])


def _text(database: Path, query: str) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute(query).fetchone()[0])


def _median_ms(read: Callable[[], int], times: int) -> float:
    took: list[float] = []
    for _ in range(times):
        gc.collect()
        began = time.perf_counter()
        read()
        took.append(time.perf_counter() - began)
    return median(took) * 1000

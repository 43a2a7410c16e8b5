"""How long a sweep of the SLA clocks of 100,000 open tickets takes, on both databases.

Beside it: bare upserts of the very rows that the sweep of all wrote, without any of its work, as
many in a transaction as it takes clocks.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, Table, text, update

from sickbay_collector.db.engine import SQLITE
from sickbay_collector.db.notice_tables import outbox
from sickbay_collector.db.sla_tables import sla_clock
from sickbay_collector.db.ticket_tables import worklog
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.sla_sweep import AT_ONCE, sweep
from tests.bench.many_tickets import NOW, TICKETS, add_open, book, databases, settle, ticket_id

_WRITTEN = (sla_clock, worklog, outbox)


def measure() -> dict[str, float]:
    """Return seconds of a sweep when nothing is due, one of a hundred, and all at once."""
    with databases() as engines:
        return {
            f"{prefix}{name}": round(value, 4)
            for prefix, engine in engines.items()
            for name, value in _sweeps(engine).items()
        }


def _sweeps(engine: Engine) -> dict[str, float]:
    add_open(engine)
    settle(engine)
    none_s = _sweep_s(engine, NOW, expected=0)
    _make_due(engine, first=TICKETS // 100)
    one_percent_s = _sweep_s(engine, NOW, expected=TICKETS // 100)
    _make_due(engine, first=TICKETS)
    all_s = _sweep_s(engine, NOW + timedelta(seconds=1), expected=TICKETS)
    return {
        "sla_sweep_100k_none_s": none_s,
        "sla_sweep_100k_one_percent_s": one_percent_s,
        "sla_sweep_100k_all_s": all_s,
        "sla_sweep_100k_rows_s": _rows_s(engine),
    }


def _make_due(engine: Engine, *, first: int) -> None:
    """Let the clocks of the first so many tickets be late, and nobody know yet."""
    late = {"due_at": NOW - timedelta(seconds=1), "next_at": NOW - timedelta(seconds=1)}
    with engine.begin() as connection:
        connection.execute(
            update(sla_clock).where(sla_clock.c.ticket_id < ticket_id(first)).values(late)
        )
    settle(engine)


def _sweep_s(engine: Engine, now: datetime, *, expected: int) -> float:
    desk = book()
    open_reads = open_read_only(engine, book=lambda: desk)
    open_uow = open_unit_of_work(engine, book=lambda: desk)
    began = time.perf_counter()
    swept = sweep(open_reads, open_uow, now, _wait)
    took_s = time.perf_counter() - began
    if swept != expected:
        raise RuntimeError(f"the bench swept {swept} clocks, not {expected}")
    return took_s


_NO_TRIGGERS = "SET LOCAL session_replication_role = replica"


def _wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _rows_s(engine: Engine) -> float:
    """Return how long it takes to write the swept rows over or anew, by the driver alone."""
    stored = {table: _stored(engine, table) for table in _WRITTEN}
    # The worklog is append-only by a trigger, which is out of the way for this.
    is_sqlite = engine.dialect.name == SQLITE
    aside = "DROP TRIGGER worklog_no_delete" if is_sqlite else _NO_TRIGGERS
    with engine.begin() as connection:
        connection.execute(text(aside))
        connection.execute(text("DELETE FROM worklog"))
        connection.execute(text("DELETE FROM outbox"))
    settle(engine)
    began = time.perf_counter()
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        for batch in range(0, TICKETS, AT_ONCE):
            if engine.dialect.name == SQLITE:
                cursor.execute("BEGIN IMMEDIATE")
            for table, rows in stored.items():
                share = len(rows) // TICKETS or 1
                part = rows[batch * share : (batch + AT_ONCE) * share]
                cursor.executemany(_upsert(engine, table), part)
            raw.commit()
    finally:
        raw.close()
    return time.perf_counter() - began


def _stored(engine: Engine, table: Table) -> Sequence[tuple[object, ...]]:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    newest = f"SELECT {names} FROM {table.name} ORDER BY 1 DESC LIMIT {2 * TICKETS}"  # noqa: S608
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(newest)]


def _upsert(engine: Engine, table: Table) -> str:
    mark = "?" if engine.dialect.name == SQLITE else "%s"
    names = [f'"{column.name}"' for column in table.columns]
    keys = [f'"{column.name}"' for column in table.primary_key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) "  # noqa: S608 - our own tables
        f"VALUES ({', '.join([mark] * len(names))}) "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"
    )

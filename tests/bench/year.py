"""What a year of 100,000 tickets costs whoever looks at it: the KPI report and the metrics."""

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from sqlalchemy import Engine

from sickbay_collector.core.desk.kpi import KpiGroup
from sickbay_collector.db.reads import count_fleet
from sickbay_collector.db.uow import open_read_only
from sickbay_collector.metrics import Metrics, render
from sickbay_collector.services.counts import FleetCounts
from sickbay_collector.services.desk_totals import RunningTotals
from sickbay_collector.services.kpis import REPORT_S, desk_kpis
from tests.bench.many_tickets import NOW, TICKETS, YEAR, add_year, databases, settle

SCRAPES = 9


def measure() -> dict[str, float]:
    """Return seconds of a report, and of the first scrape and the following ones."""
    with databases() as engines:
        return {
            f"{prefix}{name}": round(value, 3)
            for prefix, engine in engines.items()
            for name, value in _looks(engine).items()
        }


def _looks(engine: Engine) -> dict[str, float]:
    add_year(engine)
    settle(engine)
    return {"kpi_year_100k_s": _kpi_s(engine)} | _scrapes(engine)


def _kpi_s(engine: Engine) -> float:
    open_reads = open_read_only(engine)

    def report() -> None:
        with open_reads(within_s=REPORT_S) as uow:
            rows = desk_kpis(uow, since=NOW - YEAR, until=NOW, by=KpiGroup.CATEGORY)
        if sum(row.opened for row in rows) != TICKETS:
            raise RuntimeError(f"the bench reported {sum(row.opened for row in rows)} tickets")

    return median(_took_s(report) for _ in range(3))


def _scrapes(engine: Engine) -> dict[str, float]:
    totals = RunningTotals(open_read_only(engine))

    def count() -> FleetCounts:
        counts = count_fleet(engine, now=NOW, started_at=NOW)
        return replace(counts, desk=totals.now(NOW))

    metrics = Metrics(count_fleet=count, version="bench")
    took = [_took_s(lambda: render(metrics, "")) for _ in range(1 + SCRAPES)]
    return {"metrics_100k_first_s": took[0], "metrics_100k_s": median(took[1:])}


def _took_s(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began

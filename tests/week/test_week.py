"""A department's week on a simulated clock, compared with an independent reckoning of it.

Configuration, database, services, timers and delivery are the real ones; the clock and the
channels are ours. The reckoning reads the rows that are left and the documents, nothing else.
"""

import logging
import sqlite3
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

import sickbay_collector
from sickbay_collector.core.desk.kpi import KpiGroup
from sickbay_collector.db import migrate
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.reads import count_fleet
from sickbay_collector.desk_metrics import desk_families
from sickbay_collector.services.desk_totals import RunningTotals
from sickbay_collector.services.kpis import desk_kpis
from tests.week.plain import Plain
from tests.week.reckoning import NEAR, Reckoning
from tests.week.records import read_records
from tests.week.script import MONDAY, SUNDAY_NIGHT, Script
from tests.week.stage import DEPARTMENT, Stage

_SHIPPED = Path(sickbay_collector.__file__).parent
_DOCUMENTS = [
    _SHIPPED / "sla" / "default.yaml",
    _SHIPPED / "desk" / "default.yaml",
    _SHIPPED / "desk" / "escalations.yaml",
    DEPARTMENT / "desk.yaml",
]
_AFTER = SUNDAY_NIGHT + timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _calm(caplog: pytest.LogCaptureFixture) -> None:
    """Leave out the warnings of messages that are tried again."""
    caplog.set_level(logging.ERROR)


def test_week_of_a_department_is_as_reckoned(tmp_path: Path) -> None:
    """Every ticket ends with the right person, clock and record."""
    engine = open_engine(f"sqlite:///{tmp_path}/collector.db")
    event.listen(engine, "connect", _fast)
    _play_and_compare(engine, 1)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [2, 3])
def test_other_weeks_are_as_reckoned_on_postgresql(postgresql_url: str, seed: int) -> None:
    _play_and_compare(open_engine(postgresql_url), seed)


def _fast(connection: sqlite3.Connection, _record: object) -> None:
    """Let SQLite not wait for the disk: nothing crashes here."""
    connection.execute("PRAGMA synchronous=OFF")


def _play_and_compare(engine: Engine, seed: int) -> None:
    migrate.upgrade(engine)
    stage = Stage(engine=engine, now=MONDAY)
    plain = Plain(_DOCUMENTS, MONDAY - timedelta(days=1))
    Script(stage, plain, seed).plan()
    stage.play(SUNDAY_NIGHT)
    reckoning = Reckoning(plain, read_records(engine), SUNDAY_NIGHT)
    differences = reckoning.differences()

    assert not differences, "\n".join(differences)
    assert len(reckoning.records.tickets) >= 150
    _check_figures(stage, reckoning)
    _check_timers(stage)
    _check_quiet(reckoning)
    engine.dispose()


def _check_figures(stage: Stage, reckoning: Reckoning) -> None:
    """Report and counters are what counting the worklog comes to."""
    with stage.read() as uow:
        (found,) = desk_kpis(uow, since=MONDAY, until=_AFTER, by=KpiGroup.NONE)
        by_tier = desk_kpis(uow, since=MONDAY, until=_AFTER, by=KpiGroup.TIER)
    kpis, figures, counters = asdict(found), reckoning.figures(), reckoning.counters()
    counts = replace(
        count_fleet(stage.engine, now=SUNDAY_NIGHT, started_at=MONDAY),
        desk=RunningTotals(stage.read).now(_AFTER),
    )
    totals = {
        family.name.removeprefix("sickbay_tickets_"): sum(one.value for one in family.samples)
        for family in desk_families(counts)
    }

    assert figures == {name: pytest.approx(kpis[name]) for name in figures}
    assert sum(one.opened for one in by_tier) == figures["opened"]
    assert counters == {name: totals[name] for name in counters}


def _check_timers(stage: Stage) -> None:
    """Each timer did what it is for, within two seconds."""
    assert all(one.ok for _, one in stage.ran)
    assert [one for at, one in stage.ran if at - one.timer.due_at > NEAR] == []
    assert len(stage.ran) > 100


def _check_quiet(reckoning: Reckoning) -> None:
    """What was silenced or maintained opens a ticket only where it outlived that."""
    tickets = reckoning.records.tickets.values()
    inodes = {row["title"].partition(":")[0] for row in tickets if row["family"] == "disk.inodes"}
    (night,) = [row for row in tickets if row["title"].startswith("Maintenance window")]

    assert {"ws-21", "srv-2"} <= inodes
    assert not {"ws-22", "srv-1"} & inodes
    assert night["title"].endswith("1 device did not come back")
    assert "srv-3" in night["description"]

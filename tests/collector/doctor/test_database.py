"""What is wrong with the database is named, and what to do; nothing is made or changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sickbay_collector.config import CollectorConfig, load_config
from sickbay_collector.db import migrate
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.vitals import LastReport
from sickbay_collector.doctor.database import check_database, judge_reports
from sickbay_collector.doctor.finding import Finding, Verdict
from tests.collector.clinic import NOW, make_template, open_clinic


def _config(folder: Path) -> CollectorConfig:
    return load_config(Path("/dev/null"), {}, {"state_dir": folder})


def _check(folder: Path, now: datetime = NOW) -> dict[str, Finding]:
    return {one.check: one for one in check_database(_config(folder), now=now)}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory whose database is of this program's schema."""
    engine = open_engine(f"sqlite:///{tmp_path}/collector.db")
    migrate.upgrade(engine)
    engine.dispose()
    return tmp_path


def test_a_database_that_is_well(state: Path) -> None:
    found = _check(state)

    assert list(found) == ["database", "integrity", "schema", "reports"]
    assert {one.verdict for one in found.values()} == {Verdict.OK}
    assert found["integrity"].text == "every page is whole"
    assert found["reports"].text == "no device is enrolled yet: `sickbay token make`"


def test_the_last_report_of_a_fleet(tmp_path: Path) -> None:
    """Of all devices that are still expected to report."""
    (tmp_path / "template").mkdir()
    (tmp_path / "state").mkdir()
    with open_clinic(make_template(tmp_path / "template"), tmp_path / "state"):
        [database] = (tmp_path / "state").glob("*.db")
        url = f"sqlite:///{database}"
        config = load_config(Path("/dev/null"), {}, {"database_url": url})
        soon, late = (
            {one.check: one for one in check_database(config, now=NOW + after)}["reports"]
            for after in (timedelta(0), timedelta(days=2))
        )

    assert soon.verdict is Verdict.OK
    assert soon.text.startswith("the last of 3 devices' came ")
    assert late.verdict is Verdict.WARNING
    assert "2 d ago: does the collector run" in late.text


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = _check(tmp_path)

    assert [one.verdict for one in found.values()] == [Verdict.WARNING]
    assert "is not there yet" in found["database"].text
    assert list(tmp_path.iterdir()) == []


def test_an_older_schema_is_a_problem(state: Path) -> None:
    engine = open_engine(f"sqlite:///{state}/collector.db")
    migrate.downgrade(engine, "-1")
    engine.dispose()
    found = _check(state)

    assert found["schema"].verdict is Verdict.PROBLEM
    assert "run `sickbay migrate`" in found["schema"].text
    assert "reports" not in found


def test_a_damaged_database_is_a_problem(state: Path) -> None:
    """Read to its last page: the schema alone may look well."""
    database = state / "collector.db"
    data = bytearray(database.read_bytes())
    data[8192 * 4 : 8192 * 20] = b"\xff" * 8192 * 16
    database.write_bytes(data)
    found = _check(state)

    assert found["integrity"].verdict is Verdict.PROBLEM
    assert "stop the collector and restore a backup" in found["integrity"].text
    assert "\n" not in found["integrity"].text


@pytest.mark.parametrize(
    ("content", "says"),
    [pytest.param("no database " * 999, "not an SQLite database", id="another file")],
)
def test_what_is_no_database_is_a_problem(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "collector.db").write_text(content)
    found = _check(tmp_path)

    assert [one.verdict for one in found.values()] == [Verdict.PROBLEM]
    assert says in found["database"].text


def test_a_server_that_does_not_answer_keeps_its_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://u:hunter2@/x?host={tmp_path}&password=hunter3"
    config = load_config(Path("/dev/null"), {}, {"database_url": url})
    [found] = check_database(config, now=NOW)

    assert found.verdict is Verdict.PROBLEM
    assert "hunter" not in found.text


AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("interval_s", "silent_s", "verdict"),
    [
        pytest.param(60, 900, Verdict.OK, id="15 min at short intervals"),
        pytest.param(60, 901, Verdict.WARNING, id="more"),
        pytest.param(300, 1500, Verdict.OK, id="five long intervals"),
        pytest.param(300, 1501, Verdict.WARNING, id="more than five"),
        pytest.param(60, -300, Verdict.OK, id="5 min ahead"),
        pytest.param(60, -301, Verdict.PROBLEM, id="further ahead"),
    ],
)
def test_silence_is_judged_by_the_interval(
    interval_s: float, silent_s: float, verdict: Verdict
) -> None:
    last = LastReport(devices=3, received_at=AT, report_interval_s=interval_s)

    assert judge_reports(last, now=AT + timedelta(seconds=silent_s)).verdict is verdict


def test_devices_that_never_reported_are_worth_a_look() -> None:
    last = LastReport(devices=3, received_at=None, report_interval_s=None)
    found = judge_reports(last, now=AT)

    assert found.verdict is Verdict.WARNING
    assert "none of 3 devices ever reported" in found.text

"""All checks in their order, and none that changes anything."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sickbay_collector.config import CollectorConfig, load_config
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.doctor.examine import check_clock, examine
from sickbay_collector.doctor.finding import Finding, Verdict, ok, problem, warning, worst

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def test_wrong_settings_are_the_only_finding() -> None:
    """Nothing else can be looked at without them."""

    def load() -> CollectorConfig:
        raise ConfigError("collector.toml: http_port: too large")

    assert list(examine(load, now=NOW)) == [
        problem("settings", "collector.toml: http_port: too large")
    ]


def test_a_new_collector_is_looked_at_and_not_made(tmp_path: Path) -> None:
    ports = dict.fromkeys(("agent_port", "enroll_port", "http_port", "admin_port"), 0)
    settings = {"state_dir": tmp_path / "new", "server_names": ["a.example"], **ports}
    found = list(examine(lambda: load_config(Path("/dev/null"), {}, settings), now=NOW))

    assert [one.check for one in found] == [
        "settings", "clock", "state directory", "disk space", "authority", "rules", "sla", "desk",
        "collector", "agent_port 0", "enroll_port 0", "http_port 0", "admin_port 0", "database",
    ]  # fmt: skip
    assert {one.verdict for one in found if one.check != "disk space"} == {
        Verdict.OK,
        Verdict.WARNING,
    }
    assert not any("\n" in one.text for one in found)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_looked_at_is_a_finding(tmp_path: Path) -> None:
    """A path too long for the system stands for any that it refuses."""
    settings = {"ca_dir": tmp_path / ("x" * 300)}
    found = list(examine(lambda: load_config(Path("/dev/null"), {}, settings), now=NOW))
    [authority] = [one for one in found if one.check == "authority"]

    assert authority.verdict is Verdict.PROBLEM
    assert "File name too long: run as the collector's user" in authority.text


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        pytest.param(datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), Verdict.PROBLEM, id="before"),
        pytest.param(datetime(2026, 1, 1, tzinfo=UTC), Verdict.OK, id="first moment"),
        pytest.param(datetime(2075, 12, 31, tzinfo=UTC), Verdict.OK, id="last day"),
        pytest.param(datetime(2076, 1, 1, tzinfo=UTC), Verdict.PROBLEM, id="after"),
    ],
)
def test_a_clock_out_of_its_century_is_a_problem(now: datetime, verdict: Verdict) -> None:
    assert check_clock(now).verdict is verdict


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        pytest.param([], Verdict.OK, id="none"),
        pytest.param([ok("a", "")], Verdict.OK, id="ok"),
        pytest.param([ok("a", ""), warning("b", "")], Verdict.WARNING, id="warning"),
        pytest.param([problem("a", ""), warning("b", "")], Verdict.PROBLEM, id="problem"),
    ],
)
def test_the_worst_counts(findings: list[Finding], expected: Verdict) -> None:
    assert worst(findings) is expected

from pathlib import Path

import pytest

from sickbay_agent.config import AgentConfig
from sickbay_agent.exchange import Settings, WatchLine
from sickbay_agent.settings import WATCH_LINE_LIMIT, SettingsFile, accepted, behaviour

LINE = WatchLine(metric="cpu.busy_ratio", above=0.9)


@pytest.mark.parametrize(
    ("own", "asked", "expected"),
    [
        pytest.param(True, None, True, id="collector says nothing"),
        pytest.param(True, False, False, id="collector says no"),
        pytest.param(False, True, False, id="the device's owner says no"),
        pytest.param(True, True, True, id="both agree"),
    ],
)
def test_names_of_programs_need_both(own: bool, asked: bool | None, expected: bool) -> None:  # noqa: FBT001 - a table
    config = AgentConfig(process_names=own)

    assert behaviour(config, Settings(process_names=asked)).process_names is expected


def test_what_the_collector_leaves_out_stays_the_agents_own() -> None:
    config = AgentConfig(sample_interval_s=30, report_interval_s=90)
    now = behaviour(config, Settings(report_interval_s=300))

    assert (now.sample_interval_s, now.report_interval_s, now.slow_interval_s) == (30, 300, 3600)


@pytest.mark.parametrize(
    ("kept", "offered", "expected"),
    [
        pytest.param(2, 1, 2, id="older"),
        pytest.param(2, 3, 3, id="newer"),
        pytest.param(2, None, 2, id="none"),
    ],
)
def test_the_newest_settings_count(kept: int, offered: int | None, expected: int) -> None:
    offer = None if offered is None else Settings(version=offered)

    assert accepted(Settings(version=kept), offer).version == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(4.9, None, id="below"),
        pytest.param(5, 5, id="least"),
        pytest.param(3600, 3600, id="most"),
        pytest.param(3601, None, id="past"),
        pytest.param(float("nan"), None, id="no number"),
    ],
)
def test_an_interval_out_of_range_is_left_out(value: float, expected: float | None) -> None:
    offered = Settings(version=1, report_interval_s=value, sample_interval_s=60)

    assert accepted(Settings(), offered) == Settings(
        version=1, report_interval_s=expected, sample_interval_s=60
    )


@pytest.mark.parametrize("extra", [0, 1])
def test_watch_lines_are_limited(extra: int) -> None:
    offered = Settings(version=1, watch_lines=(LINE,) * (WATCH_LINE_LIMIT + extra))

    assert len(accepted(Settings(), offered).watch_lines) == WATCH_LINE_LIMIT


def test_watch_lines_without_a_finite_limit_are_left_out() -> None:
    lines = (WatchLine(metric="x"), WatchLine(metric="x", above=float("inf")), LINE)

    assert accepted(Settings(), Settings(watch_lines=lines)).watch_lines == (LINE,)


def test_settings_are_kept_on_disk(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    settings = Settings(version=3, sample_interval_s=10.0, process_names=False, watch_lines=(LINE,))
    file.save(settings)

    assert file.load() == settings


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"watch_lines": [{"a": 1}]}', b"\xff", b'{"watch_lines": 3}']
)
def test_a_damaged_file_leaves_the_agents_own_settings(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "settings.json").write_bytes(content)

    assert SettingsFile(tmp_path / "settings.json").load() == Settings()

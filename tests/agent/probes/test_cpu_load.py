from collections.abc import Mapping
from pathlib import Path

import pytest

from sickbay_agent.errors import Unknown
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import CpuSample, Sample
from sickbay_agent.probes import cpu_load
from sickbay_agent.probes.cpu_load import Ticks, parse_loadavg, parse_stat, sample_cpu
from tests.agent.fakes import laptop_context


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "cpu  10 1 5 80 4 1 2 3 7 7\ncpu0 1 1 1 1\n",
            Ticks(total=106, idle=80, iowait=4),
            id="guest times are counted once",
        ),
        pytest.param("cpu  10 1 5 80 4\n", Ticks(total=100, idle=80, iowait=4), id="old kernel"),
        pytest.param("cpu  10 1 5 80\n", None, id="too short"),
        pytest.param("cpu  10 1 x 80 4\n", None, id="no number"),
        pytest.param("cpu0 10 1 5 80 4\n", None, id="no sum"),
        pytest.param("", None, id="empty"),
    ],
)
def test_parse_stat(text: str, expected: Ticks | None) -> None:
    assert expected == parse_stat(text)


@pytest.mark.parametrize(
    ("text", "load"),
    [
        pytest.param("0.74 0.61 0.55 2/1411 88213", 0.74, id="load"),
        pytest.param("", None, id="empty"),
        pytest.param("high", None, id="word"),
    ],
)
def test_parse_loadavg(text: str, load: float | None) -> None:
    assert load == parse_loadavg(text)


@pytest.mark.parametrize(
    ("previous", "expected"),
    [
        pytest.param({}, CpuSample(load_1m=1.0), id="first run"),
        pytest.param(
            {"total": 900.0, "idle": 750.0, "iowait": 40.0},
            CpuSample(busy_ratio=0.4, iowait_ratio=0.1, load_1m=1.0),
            id="since the run before",
        ),
        pytest.param(
            {"total": 2000.0, "idle": 750.0, "iowait": 40.0},
            CpuSample(load_1m=1.0),
            id="another boot",
        ),
        pytest.param(
            {"total": 1000.0, "idle": 800.0, "iowait": 50.0},
            CpuSample(load_1m=1.0),
            id="no time between",
        ),
        pytest.param(
            {"total": 900.0, "idle": 801.0, "iowait": 52.0},
            CpuSample(busy_ratio=1.0, iowait_ratio=0.0, load_1m=1.0),
            id="idle time went back",
        ),
        pytest.param(
            {"total": 990.0, "idle": 700.0, "iowait": 0.0},
            CpuSample(busy_ratio=0.0, iowait_ratio=1.0, load_1m=1.0),
            id="more idle than time",
        ),
    ],
)
def test_load(previous: Mapping[str, float], expected: CpuSample) -> None:
    """The kernel corrects its idle times, so differences may be out of range."""
    ticks = Ticks(total=1000, idle=800, iowait=50)

    assert expected == sample_cpu(ticks, previous, 1.0)


def test_laptop() -> None:
    assert cpu_load.PROBE.read(laptop_context()) == Observation(
        sample=Sample(cpu=CpuSample(load_1m=0.74)),
        counters={"total": 23_086_990, "idle": 21_873_000, "iowait": 58_210},
    )


def test_no_stat(tmp_path: Path) -> None:
    with pytest.raises(Unknown, match="stat has no line of processor times"):
        cpu_load.PROBE.read(laptop_context(folder=tmp_path))

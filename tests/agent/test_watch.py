import pytest

from sickbay_agent.exchange import WatchLine
from sickbay_agent.model.sample import (
    CpuSample,
    DriveSample,
    MemorySample,
    ProtectionSample,
    Sample,
    ThermalSample,
    VolumeSample,
)
from sickbay_agent.watch import Crossing, crossings

SAMPLE = Sample(
    cpu=CpuSample(busy_ratio=0.5),
    memory=MemorySample(total_bytes=1000, available_bytes=50),
    volumes=(
        VolumeSample(volume_id="root", mount_point="/", total_bytes=100, free_bytes=5),
        VolumeSample(volume_id="home", mount_point="/home", total_bytes=100, free_bytes=50),
    ),
    drives=(DriveSample(drive_id="S1", smart_passed=False), DriveSample(drive_id="S2")),
    thermals=(ThermalSample(sensor_id="cpu", temperature_celsius=99.0),),
    protection=ProtectionSample(firewall_on=False),
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(WatchLine(metric="cpu.busy_ratio", above=0.5), [], id="at the line"),
        pytest.param(
            WatchLine(metric="cpu.busy_ratio", above=0.4), ["+cpu.busy_ratio/"], id="over"
        ),
        pytest.param(
            WatchLine(metric="volume.free_ratio", below=0.1), ["-volume.free_ratio/root"], id="any"
        ),
        pytest.param(
            WatchLine(metric="volume.free_ratio", instance="home", below=0.1), [], id="another one"
        ),
        pytest.param(
            WatchLine(metric="memory.available_ratio", below=0.1),
            ["-memory.available_ratio/"],
            id="derived",
        ),
        pytest.param(
            WatchLine(metric="drive.smart_failed", above=0.5), ["+drive.smart_failed/S1"], id="flag"
        ),
        pytest.param(
            WatchLine(metric="protection.firewall_on", below=0.5),
            ["-protection.firewall_on/"],
            id="flag that falls",
        ),
        pytest.param(WatchLine(metric="battery.charge_ratio", below=1), [], id="not there"),
        pytest.param(WatchLine(metric="no.such_metric", below=1), [], id="not known"),
        pytest.param(
            WatchLine(metric="thermal.temperature_celsius", below=0, above=90),
            ["+thermal.temperature_celsius/cpu"],
            id="two limits",
        ),
    ],
)
def test_a_line_is_crossed_by_what_is_beyond_it(line: WatchLine, expected: list[str]) -> None:
    found = [_text(crossing) for crossing in crossings([line], SAMPLE)]

    assert found == expected


def _text(crossing: Crossing) -> str:
    sign = "+" if crossing.is_above else "-"
    return f"{sign}{crossing.metric}/{crossing.instance}"

from pathlib import Path

import pytest

from sickbay_agent.errors import NotApplicable
from sickbay_agent.model.sample import ThermalSample
from sickbay_agent.probes import thermal
from tests.agent.fakes import laptop_context, write_tree


def sensors(folder: Path, files: dict[str, str]) -> tuple[ThermalSample, ...]:
    """Return the sensors of a tree with these files below <sys>/class."""
    write_tree(folder, {f"sys/class/{path}": text for path, text in files.items()})
    return thermal.PROBE.read(laptop_context(folder=folder)).sample.thermals


def test_laptop() -> None:
    """A sensor's id is its chip's name and its label; not every sensor has a limit."""
    assert thermal.PROBE.read(laptop_context()).sample.thermals == (
        ThermalSample(sensor_id="acpitz/temp1", temperature_celsius=48.0, critical_celsius=105.0),
        ThermalSample(
            sensor_id="nvme/Composite", temperature_celsius=36.85, critical_celsius=84.85
        ),
        ThermalSample(sensor_id="k10temp/Tctl", temperature_celsius=52.625),
    )


@pytest.mark.parametrize(
    ("millidegrees", "celsius"),
    [
        pytest.param(45_500, 45.5, id="warm"),
        pytest.param(-5_000, -5.0, id="frost"),
        pytest.param(-128_000, None, id="not connected"),
        pytest.param(127_500, None, id="not connected either"),
        pytest.param(None, None, id="not readable"),
    ],
)
def test_temperature(millidegrees: int | None, celsius: float | None) -> None:
    assert celsius == thermal.temperature(millidegrees)


@pytest.mark.parametrize(
    ("millidegrees", "celsius"),
    [
        pytest.param(100_000, 100.0, id="limit"),
        pytest.param(65_261_850, None, id="a drive without one"),
        pytest.param(0, None, id="zero"),
        pytest.param(None, None, id="not readable"),
    ],
)
def test_critical(millidegrees: int | None, celsius: float | None) -> None:
    assert celsius == thermal.critical(millidegrees)


def test_equal_sensors_are_numbered(tmp_path: Path) -> None:
    """Two equal drives have equal chips; their alerts must not be one."""
    files = {
        "hwmon/hwmon0/name": "nvme",
        "hwmon/hwmon0/temp1_input": "30000",
        "hwmon/hwmon1/name": "nvme",
        "hwmon/hwmon1/temp1_input": "31000",
    }

    assert [sensor.sensor_id for sensor in sensors(tmp_path, files)] == [
        "nvme/temp1",
        "nvme/temp1#2",
    ]


def test_disks_are_not_kept_awake(tmp_path: Path) -> None:
    files = {"hwmon/hwmon0/name": "drivetemp", "hwmon/hwmon0/temp1_input": "30000"}
    with pytest.raises(NotApplicable):
        sensors(tmp_path, files)


def test_zones_where_no_chip_is(tmp_path: Path) -> None:
    """The critical trip point is where the kernel shuts the device down."""
    files = {
        "thermal/cooling_device0/temp": "1000",
        "thermal/thermal_zone0/type": "cpu-thermal",
        "thermal/thermal_zone0/temp": "51200",
        "thermal/thermal_zone0/trip_point_0_type": "passive",
        "thermal/thermal_zone0/trip_point_0_temp": "75000",
        "thermal/thermal_zone0/trip_point_1_type": "critical",
        "thermal/thermal_zone0/trip_point_1_temp": "95000",
    }

    assert sensors(tmp_path, files) == (
        ThermalSample(
            sensor_id="thermal_zone/cpu-thermal", temperature_celsius=51.2, critical_celsius=95.0
        ),
    )


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(64, (64, False), id="at the limit"),
        pytest.param(65, (64, True), id="one more"),
    ],
)
def test_limit(tmp_path: Path, count: int, expected: tuple[int, bool]) -> None:
    files = {f"sys/class/hwmon/hwmon0/temp{n}_input": "30000" for n in range(count)}
    context = laptop_context(folder=write_tree(tmp_path, files))
    sample = thermal.PROBE.read(context).sample

    assert expected == (len(sample.thermals), sample.truncated)


def test_no_sensor(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match="no temperature sensors"):
        sensors(tmp_path, {})

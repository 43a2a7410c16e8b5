from pathlib import Path

import pytest

from sickbay_agent.errors import NotApplicable
from sickbay_agent.model.hardware import BatteriesSection, Battery
from sickbay_agent.model.sample import BatteryCondition, BatterySample
from sickbay_agent.probes import battery
from tests.agent.fakes import laptop_context, write_tree

FOLDER = "sys/class/power_supply"


def supply(name: str, **attributes: str) -> dict[str, str]:
    """Return the files of a power supply, a battery unless told otherwise."""
    own = {"type": "Battery", **attributes}
    return {f"{FOLDER}/{name}/{key}": f"{value}\n" for key, value in own.items()}


def sample(folder: Path, **attributes: str) -> BatterySample:
    """Return the state of a battery with these attributes."""
    write_tree(folder, supply("BAT0", **attributes))
    return battery.read_sample(folder / FOLDER / "BAT0")


def test_laptop() -> None:
    observation = battery.PROBE.read(laptop_context())

    assert observation.sample.battery == BatterySample(
        battery_id="00314",
        design_wh=52.5,
        full_wh=44.1,
        charge_ratio=0.71,
        cycles=312,
        is_discharging=True,
        power_w=9.87,
    )
    assert observation.sections == (
        BatteriesSection(
            batteries=(
                Battery(
                    battery_id="00314",
                    manufacturer="NVT",
                    model="FB14-4C52",
                    serial="00314",
                    chemistry="Li-poly",
                    design_wh=52.5,
                ),
            )
        ),
    )


def test_battery_that_tells_charge(tmp_path: Path) -> None:
    """Charge becomes energy at the design voltage, power is current times voltage."""
    assert sample(
        tmp_path,
        charge_full_design="4000000",
        charge_full="3000000",
        charge_now="1500000",
        voltage_min_design="12000000",
        voltage_now="12000000",
        current_now="-1000000",
        status="Charging",
    ) == BatterySample(
        battery_id="BAT0",
        design_wh=48.0,
        full_wh=36.0,
        charge_ratio=0.5,
        is_discharging=False,
        power_w=12.0,
    )


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({}, BatterySample(battery_id="BAT0"), id="nothing told"),
        pytest.param({"cycle_count": "0"}, BatterySample(battery_id="BAT0"), id="no cycle counter"),
        pytest.param(
            {"energy_full": "0", "energy_full_design": "0"},
            BatterySample(battery_id="BAT0"),
            id="energy not known",
        ),
        pytest.param(
            {"charge_full": "3000000"}, BatterySample(battery_id="BAT0"), id="charge, no voltage"
        ),
        pytest.param({"status": "Unknown"}, BatterySample(battery_id="BAT0"), id="status unknown"),
        pytest.param(
            {"capacity": "104"}, BatterySample(battery_id="BAT0", charge_ratio=1.0), id="over full"
        ),
        pytest.param(
            {"health": "Dead"},
            BatterySample(battery_id="BAT0", condition=BatteryCondition.REPLACE),
            id="dead",
        ),
        pytest.param(
            {"health": "Good"},
            BatterySample(battery_id="BAT0", condition=BatteryCondition.NORMAL),
            id="good",
        ),
        pytest.param({"health": "Overheat"}, BatterySample(battery_id="BAT0"), id="only hot now"),
        pytest.param(
            {"serial_number": "0000"}, BatterySample(battery_id="BAT0"), id="placeholder serial"
        ),
    ],
)
def test_state(tmp_path: Path, attributes: dict[str, str], expected: BatterySample) -> None:
    """Firmware writes 0 for what it does not know."""
    assert expected == sample(tmp_path, **attributes)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="desktop"),
        pytest.param(supply("AC", type="Mains"), id="mains"),
        pytest.param(supply("hidpp_battery_0", scope="Device"), id="a mouse's"),
        pytest.param(supply("BAT1", present="0"), id="an empty bay"),
    ],
)
def test_no_battery(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(NotApplicable, match="the device has no battery"):
        battery.PROBE.read(laptop_context(folder=write_tree(tmp_path, files)))


def test_of_two_batteries_the_larger_by_design_is_sampled(tmp_path: Path) -> None:
    """It stays the same one while it wears; both are listed."""
    files = {
        **supply("BAT0", energy_full_design="24000000", energy_full="23000000"),
        **supply("BAT1", energy_full_design="48000000", energy_full="20000000"),
    }
    observation = battery.PROBE.read(laptop_context(folder=write_tree(tmp_path, files)))
    (section,) = observation.sections

    assert observation.sample.battery == BatterySample(
        battery_id="BAT1", design_wh=48.0, full_wh=20.0
    )
    assert isinstance(section, BatteriesSection)
    assert [item.battery_id for item in section.batteries] == ["BAT0", "BAT1"]

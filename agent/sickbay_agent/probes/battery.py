"""The battery's wear and charge, and which batteries there are, from <sys>/class/power_supply."""

from pathlib import Path

from sickbay_agent.errors import NotApplicable
from sickbay_agent.model.hardware import BatteriesSection, Battery
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import BatteryCondition, BatterySample, Sample
from sickbay_agent.probes.contract import Cadence, Context, Probe
from sickbay_agent.probes.files import children, read_int, read_value
from sickbay_agent.probes.smbios import clean

# Values of the attribute "health". Source: Documentation/ABI/testing/sysfs-class-power of Linux.
# Too hot, too cold and overcharged pass by themselves and say nothing of the battery's own state.
_CONDITIONS = {
    "Good": BatteryCondition.NORMAL,
    "Dead": BatteryCondition.REPLACE,
    "Unspecified failure": BatteryCondition.SERVICE,
    "Cell imbalance": BatteryCondition.SERVICE,
    "Calibration required": BatteryCondition.SERVICE,
    "Blown fuse": BatteryCondition.REPLACE,
}


def energy_wh(
    energy_uwh: int | None, charge_uah: int | None, voltage_uv: int | None
) -> float | None:
    """Return an energy in watt-hours: told in µWh, or as charge in µAh at the design voltage.

    None where neither is known. Firmware writes 0 for what it does not know.
    """
    if energy_uwh and energy_uwh > 0:
        return energy_uwh / 1e6
    if charge_uah and voltage_uv and charge_uah > 0 and voltage_uv > 0:
        return charge_uah / 1e6 * voltage_uv / 1e6
    return None


def read_sample(folder: Path) -> BatterySample:
    """Return a battery's state from its folder in <sys>/class/power_supply."""
    status = read_value(folder / "status")
    cycles = read_int(folder / "cycle_count")
    return BatterySample(
        battery_id=_battery_id(folder),
        design_wh=_energy(folder, "full_design"),
        full_wh=_energy(folder, "full"),
        charge_ratio=_charge_ratio(folder),
        # 0 is what firmware without a counter says.
        cycles=cycles if cycles and cycles > 0 else None,
        is_discharging=None if status in (None, "Unknown") else status == "Discharging",
        power_w=_power_w(folder),
        condition=_CONDITIONS.get(
            read_value(folder / "health") or "", BatteryCondition.UNSPECIFIED
        ),
    )


def read_battery(folder: Path) -> Battery:
    """Return a battery's description."""
    return Battery(
        battery_id=_battery_id(folder),
        manufacturer=clean(read_value(folder / "manufacturer")),
        model=clean(read_value(folder / "model_name")),
        serial=clean(read_value(folder / "serial_number")),
        chemistry=clean(read_value(folder / "technology")),
        design_wh=_energy(folder, "full_design"),
    )


def read(context: Context) -> Observation:
    """Return all batteries, and the state of the largest.

    Raises:
        NotApplicable: The device has no battery of its own.
    """
    supplies = children(context.roots.sys / "class/power_supply")
    folders = [folder for folder in supplies if _is_own_battery(folder)]
    if not folders:
        raise NotApplicable("the device has no battery")
    batteries = tuple(read_battery(folder) for folder in folders)
    # The sample holds one. The largest by design is the main one and stays it while it wears.
    largest = max(folders, key=lambda folder: _energy(folder, "full_design") or 0.0)
    return Observation(
        sample=Sample(battery=read_sample(largest)),
        sections=(BatteriesSection(batteries=batteries),),
    )


def _is_own_battery(folder: Path) -> bool:
    """Whether it is a battery that runs the device: not a mouse's, not a UPS, not an empty bay."""
    is_battery = read_value(folder / "type") == "Battery"
    is_device = read_value(folder / "scope") == "Device"
    return is_battery and not is_device and read_int(folder / "present") != 0


def _battery_id(folder: Path) -> str:
    return clean(read_value(folder / "serial_number")) or folder.name


def _energy(folder: Path, what: str) -> float | None:
    return energy_wh(
        read_int(folder / f"energy_{what}"),
        read_int(folder / f"charge_{what}"),
        read_int(folder / "voltage_min_design"),
    )


def _charge_ratio(folder: Path) -> float | None:
    percent = read_int(folder / "capacity")
    if percent is not None:
        return min(1.0, max(0, percent) / 100)
    now, full = _energy(folder, "now"), _energy(folder, "full")
    return min(1.0, now / full) if now is not None and full else None


def _power_w(folder: Path) -> float | None:
    """Return the power in watts; some drivers make it negative while it discharges."""
    power_uw = read_int(folder / "power_now")
    if power_uw is not None:
        return abs(power_uw) / 1e6
    current_ua, voltage_uv = read_int(folder / "current_now"), read_int(folder / "voltage_now")
    if current_ua is None or voltage_uv is None:
        return None
    return abs(current_ua) / 1e6 * voltage_uv / 1e6


PROBE = Probe(
    name="battery",
    cadence=Cadence.SLOW,
    read=read,
    topics=("battery",),
    section_topics=(SectionKind.BATTERIES,),
)

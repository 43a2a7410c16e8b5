"""How hot the sensors are: <sys>/class/hwmon, or the thermal zones where that has none."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from sickbay_agent.errors import NotApplicable
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import Sample, ThermalSample
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.files import children, read_int, read_value

# Source: proto/sickbay/v1, Sample.thermals.
LIMIT = 64

# Unconnected sensors say -128, 127.5 or 255 degrees; drives without a limit say 65261 or 0 for it.
_LOWEST_CELSIUS = -40.0
_HIGHEST_CELSIUS = 125.0
_HIGHEST_CRITICAL_CELSIUS = 150.0

# Asking these for a temperature can keep a disk from sleeping; drive_health reads it hourly.
# Source: Documentation/hwmon/drivetemp.rst of Linux.
_LEFT_OUT = frozenset({"drivetemp"})


def temperature(millidegrees: int | None) -> float | None:
    """Return a sensor's temperature, degrees Celsius; None for one that cannot be."""
    if millidegrees is None:
        return None
    celsius = millidegrees / 1000
    return celsius if _LOWEST_CELSIUS < celsius < _HIGHEST_CELSIUS else None


def critical(millidegrees: int | None) -> float | None:
    """Return a critical temperature, degrees Celsius; None for one that cannot be."""
    if millidegrees is None or not 0 < millidegrees / 1000 < _HIGHEST_CRITICAL_CELSIUS:
        return None
    return millidegrees / 1000


def read_hwmon(roots: Roots) -> Iterator[ThermalSample]:
    """Yield the sensors of all monitoring chips."""
    for chip in children(roots.sys / "class/hwmon"):
        name = read_value(chip / "name") or chip.name
        if name in _LEFT_OUT:
            continue
        for file in children(chip):
            match = re.fullmatch(r"(temp\d+)_input", file.name)
            if match is None:
                continue
            celsius = temperature(read_int(file))
            if celsius is not None:
                label = read_value(chip / f"{match[1]}_label") or match[1]
                yield ThermalSample(
                    sensor_id=f"{name}/{label}",
                    temperature_celsius=celsius,
                    critical_celsius=critical(read_int(chip / f"{match[1]}_crit")),
                )


def read_zones(roots: Roots) -> Iterator[ThermalSample]:
    """Yield the thermal zones, with the trip point at which the kernel shuts down."""
    for zone in children(roots.sys / "class/thermal"):
        celsius = temperature(read_int(zone / "temp"))
        if zone.name.startswith("thermal_zone") and celsius is not None:
            yield ThermalSample(
                sensor_id=f"thermal_zone/{read_value(zone / 'type') or zone.name}",
                temperature_celsius=celsius,
                critical_celsius=_critical_trip(zone),
            )


def _critical_trip(zone: Path) -> float | None:
    for file in children(zone):
        match = re.fullmatch(r"(trip_point_\d+)_type", file.name)
        if match is not None and read_value(file) == "critical":
            return critical(read_int(zone / f"{match[1]}_temp"))
    return None


def number_repeated(sensors: list[ThermalSample]) -> list[ThermalSample]:
    """Return the sensors with "#2", "#3" behind ids that were there before: two equal drives."""
    seen: Counter[str] = Counter()
    numbered = []
    for sensor in sensors:
        seen[sensor.sensor_id] += 1
        count = seen[sensor.sensor_id]
        own = sensor.sensor_id if count == 1 else f"{sensor.sensor_id}#{count}"
        numbered.append(replace(sensor, sensor_id=own))
    return numbered


def read(context: Context) -> Observation:
    """Return the temperature of each sensor.

    Raises:
        NotApplicable: There is no sensor.
    """
    # One more than the limit tells that there are more; reading hundreds costs time each minute.
    sensors = list(islice(read_hwmon(context.roots), LIMIT + 1))
    sensors = sensors or list(islice(read_zones(context.roots), LIMIT + 1))
    if not sensors:
        raise NotApplicable("the device has no temperature sensors")
    numbered = number_repeated(sensors)
    return Observation(
        sample=Sample(thermals=tuple(numbered[:LIMIT]), truncated=len(numbered) > LIMIT)
    )


PROBE = Probe(name="thermal", cadence=Cadence.SAMPLE, read=read, topics=("thermals",))

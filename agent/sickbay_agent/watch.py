"""Which watch lines a sample crosses. Pure.

The collector names metrics as its rules do. What a sample does not hold, or this agent does not
know, crosses nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sickbay_agent.exchange import WatchLine
from sickbay_agent.model.sample import DriveSample, Sample, VolumeSample


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric's value."""

    metric: str
    instance: str
    value: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """A watch line that a reading is beyond."""

    metric: str
    instance: str
    is_above: bool


def crossings(lines: Iterable[WatchLine], sample: Sample) -> frozenset[Crossing]:
    """Return all lines that a sample's readings are beyond."""
    found = list(readings(sample))
    return frozenset(
        crossing for line in lines for reading in found for crossing in _crossed(line, reading)
    )


def readings(sample: Sample) -> Iterator[Reading]:
    """Return the readings that a watch line may name."""
    for name, value in _device(sample):
        if value is not None:
            yield Reading(name, "", value)
    for volume in sample.volumes:
        yield from _volume(volume)
    for drive in sample.drives:
        yield from _drive(drive)
    for thermal in sample.thermals:
        if thermal.temperature_celsius is not None:
            yield Reading(
                "thermal.temperature_celsius", thermal.sensor_id, thermal.temperature_celsius
            )
    for network in sample.networks:
        if network.is_up is not None:
            yield Reading("network.up", network.interface, float(network.is_up))


def _device(sample: Sample) -> Iterator[tuple[str, float | None]]:
    if sample.cpu is not None:
        yield "cpu.busy_ratio", sample.cpu.busy_ratio
        yield "cpu.iowait_ratio", sample.cpu.iowait_ratio
        yield "cpu.load_1m", sample.cpu.load_1m
    if sample.memory is not None:
        memory = sample.memory
        yield "memory.available_bytes", memory.available_bytes
        yield "memory.available_ratio", _ratio(memory.available_bytes, memory.total_bytes)
        yield "swap.used_bytes", memory.swap_used_bytes
    if sample.pressure is not None:
        pressure = sample.pressure
        yield "pressure.cpu_some_ratio", pressure.cpu_some_avg60_ratio
        yield "pressure.memory_some_ratio", pressure.memory_some_avg60_ratio
        yield "pressure.memory_full_ratio", pressure.memory_full_avg60_ratio
        yield "pressure.io_some_ratio", pressure.io_some_avg60_ratio
        yield "pressure.io_full_ratio", pressure.io_full_avg60_ratio
    if sample.crashes is not None:
        crashes = sample.crashes
        yield "crash.oom_kills", sum(one.count for one in crashes.oom_kills)
        yield "crash.app_crashes", sum(one.count for one in crashes.app_crashes)
        yield "crash.failed_units", len(crashes.failed_units)
    if sample.battery is not None:
        yield "battery.charge_ratio", sample.battery.charge_ratio
    if sample.protection is not None:
        yield "protection.firewall_on", sample.protection.firewall_on
        yield "protection.antivirus_on", sample.protection.antivirus_on
        yield "protection.disk_encrypted", sample.protection.disk_encrypted


def _volume(volume: VolumeSample) -> Iterator[Reading]:
    free_ratio = _ratio(volume.free_bytes, volume.total_bytes)
    values = {
        "volume.free_bytes": volume.free_bytes,
        "volume.free_ratio": free_ratio,
        "volume.used_ratio": None if free_ratio is None else 1.0 - free_ratio,
        "volume.inodes_free_ratio": _ratio(volume.inodes_free, volume.inodes_total),
        "volume.read_only": float(volume.is_read_only),
    }
    for name, value in values.items():
        if value is not None:
            yield Reading(name, volume.volume_id, value)


def _drive(drive: DriveSample) -> Iterator[Reading]:
    values = {
        "drive.smart_failed": None if drive.smart_passed is None else not drive.smart_passed,
        "drive.prefail_failing": drive.prefail_failing_now,
        "drive.nvme_critical_warning": drive.nvme_critical_warning,
        "drive.temperature_celsius": drive.temperature_celsius,
        "drive.busy_ratio": drive.busy_ratio,
    }
    for name, value in values.items():
        if value is not None:
            yield Reading(name, drive.drive_id, float(value))


def _crossed(line: WatchLine, reading: Reading) -> Iterator[Crossing]:
    if line.metric != reading.metric or line.instance not in {"", reading.instance}:
        return
    if line.below is not None and reading.value < line.below:
        yield Crossing(reading.metric, reading.instance, is_above=False)
    if line.above is not None and reading.value > line.above:
        yield Crossing(reading.metric, reading.instance, is_above=True)


def _ratio(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None

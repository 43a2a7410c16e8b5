"""Turns a sample message into readings. Runs for every sample of every device, so it is kept short.

Ratios that several rules need are worked out here, once, from values that passed their range.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from google.protobuf.message import Message

from sickbay.v1 import common_pb2, sample_pb2
from sickbay_collector.core.gather import Gather
from sickbay_collector.core.sample import Absence, AbsenceKind, Medium, Sample, VolumeFacts
from sickbay_collector.core.text import clean_name, clean_text

MAX_ITEMS = 64
"""Volumes, drives, sensors, interfaces and units that a sample may hold."""

# 2000-01-01 and 2100-01-01 in seconds since 1970.
_EARLIEST_S = 946_684_800
_LATEST_S = 4_102_444_800

# More than any rack of batteries holds: an absurd design value would make a good one look dead.
_MAX_WH = 1e6

_MEDIUM = {
    common_pb2.DRIVE_MEDIUM_HDD: Medium.HDD,
    common_pb2.DRIVE_MEDIUM_SSD: Medium.SSD,
    common_pb2.DRIVE_MEDIUM_NVME: Medium.NVME,
    common_pb2.DRIVE_MEDIUM_VIRTUAL: Medium.VIRTUAL,
    common_pb2.DRIVE_MEDIUM_FLASH: Medium.FLASH,
}
_ABSENCE = {
    common_pb2.ABSENCE_KIND_NOT_APPLICABLE: AbsenceKind.NOT_APPLICABLE,
}
_UNITS_TOPIC = "crashes/failed_units"
_Metrics: TypeAlias = Mapping[int, str]
"""Field number -> metric."""


def _by_number(message: type[Message], metrics: Mapping[str, str]) -> _Metrics:
    """Return the metrics of a message's fields by number, which upb compares fastest."""
    fields = message.DESCRIPTOR.fields_by_name
    return MappingProxyType({fields[name].number: metric for name, metric in metrics.items()})


class _Usual(NamedTuple):
    """Fields that nearly every sample has: asking for them takes a quarter less than listing."""

    values: Callable[[Message], tuple[float, ...]]
    metrics: tuple[tuple[str, str], ...]
    """Field -> metric, in the order of the values."""


def _usual(metrics: Mapping[str, str]) -> _Usual:
    return _Usual(attrgetter(*metrics), tuple(metrics.items()))


# Fields that are readings as they stand.
_CPU = _usual(
    {
        "busy_ratio": "cpu.busy_ratio",
        "iowait_ratio": "cpu.iowait_ratio",
        "load_1m": "cpu.load_1m",
    },
)
_MEMORY = _usual(
    {
        "total_bytes": "memory.total_bytes",
        "available_bytes": "memory.available_bytes",
        "swap_total_bytes": "swap.total_bytes",
        "swap_used_bytes": "swap.used_bytes",
    },
)
_PRESSURE = _usual(
    {
        "cpu_some_avg60_ratio": "pressure.cpu_some_ratio",
        "memory_some_avg60_ratio": "pressure.memory_some_ratio",
        "memory_full_avg60_ratio": "pressure.memory_full_ratio",
        "io_some_avg60_ratio": "pressure.io_some_ratio",
        "io_full_avg60_ratio": "pressure.io_full_ratio",
    },
)
_DRIVE = _by_number(
    sample_pb2.DriveSample,
    {
        "prefail_failing_now": "drive.prefail_failing",
        "reallocated_sectors": "drive.reallocated_sectors",
        "reported_uncorrectable": "drive.reported_uncorrectable",
        "pending_sectors": "drive.pending_sectors",
        "offline_uncorrectable": "drive.offline_uncorrectable",
        "grown_defects": "drive.grown_defects",
        "life_left_ratio": "drive.life_left_ratio",
        "nvme_critical_warning": "drive.nvme_critical_warning",
        "nvme_used_ratio": "drive.nvme_used_ratio",
        "nvme_spare_ratio": "drive.nvme_spare_ratio",
        "nvme_spare_threshold_ratio": "drive.nvme_spare_threshold_ratio",
        "nvme_media_errors": "drive.nvme_media_errors",
        "temperature_celsius": "drive.temperature_celsius",
        "power_on_hours": "drive.power_on_hours",
        "busy_ratio": "drive.busy_ratio",
    },
)
_UPDATES = _by_number(
    sample_pb2.UpdatesSample,
    {
        "pending_count": "updates.pending_count",
        "pending_security_count": "updates.security_count",
        "reboot_pending": "updates.reboot_pending",
    },
)
_UPDATE_AGES = _by_number(
    sample_pb2.UpdatesSample,
    {
        "oldest_pending_time": "updates.pending_age_s",
        "oldest_security_time": "updates.security_age_s",
        "reboot_pending_time": "updates.reboot_pending_age_s",
        "last_check_time": "updates.check_age_s",
    },
)
_PROTECTION = _by_number(
    sample_pb2.ProtectionSample,
    {
        "firewall_on": "protection.firewall_on",
        "antivirus_on": "protection.antivirus_on",
        "disk_encrypted": "protection.disk_encrypted",
    },
)
_PROTECTION_AGES = _by_number(
    sample_pb2.ProtectionSample,
    {
        "definitions_time": "protection.definitions_age_s",
    },
)
_SESSION = _usual(
    {
        "user_idle_s": "session.user_idle_s",
        "session_count": "session.count",
    },
)


def decode_sample(
    message: sample_pb2.Sample, *, observed_at: datetime, boot_id: str
) -> tuple[Sample, int]:
    """Return the sample and how many of its values were out of range and left out."""
    gather = Gather()
    if message.HasField("cpu"):
        _take(gather, message.cpu, _CPU)
    if message.HasField("memory"):
        _memory(gather, message.memory)
    if message.HasField("pressure"):
        _take(gather, message.pressure, _PRESSURE)
    volumes = dict(_volume(gather, volume) for volume in islice(message.volumes, MAX_ITEMS))
    drives = dict(_drive(gather, drive) for drive in islice(message.drives, MAX_ITEMS))
    _rest(gather, message, observed_at)
    sample = Sample(
        observed_at=observed_at,
        boot_id=boot_id,
        readings=gather.readings,
        volumes=volumes,
        drives=drives,
        absences=tuple(_absence(one) for one in message.absences[:MAX_ITEMS]),
        failed_units=tuple(
            clean_text(unit, limit=128) for unit in message.crashes.failed_units[:MAX_ITEMS]
        ),
        failed_probes=tuple(
            clean_text(run.probe, limit=64)
            for run in message.probe_runs[:MAX_ITEMS]
            if run.outcome >= sample_pb2.PROBE_OUTCOME_FAILED
        ),
        truncated=message.truncated or _is_cut(message, len(volumes), len(drives)),
    )
    return sample, gather.refused


def _is_cut(message: sample_pb2.Sample, volumes: int, drives: int) -> bool:
    """Return whether anything was left out, or two things had one name."""
    if volumes < len(message.volumes) or drives < len(message.drives):
        return True
    longest = max(
        len(message.thermals),
        len(message.networks),
        len(message.absences),
        len(message.probe_runs),
    )
    if message.HasField("crashes"):
        crashes = message.crashes
        units, programs = len(crashes.failed_units), len(crashes.oom_kills)
        longest = max(longest, units, programs, len(crashes.app_crashes))
    return longest > MAX_ITEMS


def _take(gather: Gather, part: Message, usual: _Usual) -> None:
    for (name, metric), value in zip(usual.metrics, usual.values(part), strict=True):
        # What was not set reads as zero.
        if value or part.HasField(name):
            gather.put(metric, value)


def _plain(gather: Gather, part: Message, metrics: _Metrics, instance: str = "") -> None:
    for field, value in part.ListFields():
        metric = metrics.get(field.number)
        if metric is not None:
            gather.put(metric, value, instance)


def _ages(gather: Gather, part: Message, metrics: _Metrics, observed_at: datetime) -> None:
    for field, value in part.ListFields():
        metric = metrics.get(field.number)
        if metric is not None:
            _age(gather, metric, value.seconds, observed_at)


def _memory(gather: Gather, memory: sample_pb2.MemorySample) -> None:
    _take(gather, memory, _MEMORY)
    taken = gather.readings
    if memory.total_bytes and "memory.total_bytes" in taken and "memory.available_bytes" in taken:
        gather.put("memory.available_ratio", memory.available_bytes / memory.total_bytes)


def _volume(gather: Gather, volume: sample_pb2.VolumeSample) -> tuple[str, VolumeFacts]:
    instance = clean_name(volume.volume_id)
    total, free = volume.total_bytes, volume.free_bytes
    if (total or volume.HasField("total_bytes")) and (free or volume.HasField("free_bytes")):
        has_total = gather.put("volume.total_bytes", total, instance)
        has_both = gather.put("volume.free_bytes", free, instance) and has_total
        if total and has_both and gather.put("volume.free_ratio", free / total, instance):
            gather.put("volume.used_ratio", 1 - free / total, instance)
    inodes = volume.inodes_total
    if inodes and volume.HasField("inodes_free"):
        gather.put("volume.inodes_free_ratio", volume.inodes_free / inodes, instance)
    gather.put("volume.read_only", float(volume.is_read_only), instance)
    return instance, _facts(clean_name(volume.mount_point), is_system=volume.is_system)


# A fleet has few kinds of volumes; the same object again is quickly seen to be unchanged.
@lru_cache(maxsize=1024)
def _facts(mount_point: str, *, is_system: bool) -> VolumeFacts:
    return VolumeFacts(mount_point=mount_point, is_system=is_system)


def _drive(gather: Gather, drive: sample_pb2.DriveSample) -> tuple[str, Medium]:
    instance = clean_name(drive.drive_id)
    _plain(gather, drive, _DRIVE, instance)
    if drive.HasField("smart_passed"):
        gather.put("drive.smart_failed", float(not drive.smart_passed), instance)
    return instance, _MEDIUM.get(drive.medium, Medium.UNKNOWN)


def _rest(gather: Gather, message: sample_pb2.Sample, observed_at: datetime) -> None:
    """Take the parts that are short or come seldom."""
    if message.HasField("battery"):
        _battery(gather, message.battery)
    for thermal in message.thermals[:MAX_ITEMS]:
        _thermal(gather, thermal)
    for network in message.networks[:MAX_ITEMS]:
        _network(gather, network)
    if message.HasField("crashes"):
        _crashes(gather, message.crashes)
        if not _are_units_unknown(message):
            gather.put("crash.failed_units", len(message.crashes.failed_units))
    if message.HasField("boot"):
        _boot(gather, message.boot, observed_at)
    if message.HasField("updates"):
        _plain(gather, message.updates, _UPDATES)
        _ages(gather, message.updates, _UPDATE_AGES, observed_at)
    if message.HasField("protection"):
        _plain(gather, message.protection, _PROTECTION)
        _ages(gather, message.protection, _PROTECTION_AGES, observed_at)
    if message.HasField("session"):
        _take(gather, message.session, _SESSION)


def _battery(gather: Gather, battery: sample_pb2.BatterySample) -> None:
    instance = clean_name(battery.battery_id)
    if 0 < battery.design_wh < _MAX_WH and battery.HasField("full_wh"):
        gather.put("battery.capacity_ratio", battery.full_wh / battery.design_wh, instance)
    if battery.HasField("charge_ratio"):
        gather.put("battery.charge_ratio", battery.charge_ratio, instance)
    if battery.HasField("cycles"):
        gather.put("battery.cycles", battery.cycles, instance)
    if battery.condition:
        gather.put("battery.condition", battery.condition, instance)


def _thermal(gather: Gather, thermal: sample_pb2.ThermalSample) -> None:
    instance = clean_name(thermal.sensor_id)
    if thermal.HasField("temperature_celsius"):
        gather.put("thermal.temperature_celsius", thermal.temperature_celsius, instance)
    if thermal.HasField("critical_celsius"):
        gather.put("thermal.critical_celsius", thermal.critical_celsius, instance)


def _network(gather: Gather, network: sample_pb2.NetworkSample) -> None:
    instance = clean_text(network.interface, limit=64)
    if network.HasField("received_bytes"):
        gather.put("network.received_bytes", network.received_bytes, instance)
    if network.HasField("sent_bytes"):
        gather.put("network.sent_bytes", network.sent_bytes, instance)
    if network.packets and network.HasField("errors"):
        gather.put("network.error_ratio", network.errors / network.packets, instance)
    if network.HasField("is_up"):
        gather.put("network.up", float(network.is_up), instance)


def _crashes(gather: Gather, crashes: sample_pb2.CrashSample) -> None:
    for kill in crashes.oom_kills[:MAX_ITEMS]:
        gather.put("crash.oom_kills", kill.count, clean_text(kill.program, limit=64))
    for crash in crashes.app_crashes[:MAX_ITEMS]:
        gather.put("crash.app_crashes", crash.count, clean_text(crash.program, limit=64))
    if crashes.HasField("kernel_panics"):
        gather.put("crash.kernel_panics", crashes.kernel_panics)


def _are_units_unknown(message: sample_pb2.Sample) -> bool:
    """Return whether no failed unit means that the service manager did not answer."""
    return any(
        one.topic == _UNITS_TOPIC and _ABSENCE.get(one.kind) is not AbsenceKind.NOT_APPLICABLE
        for one in message.absences[:MAX_ITEMS]
    )


def _boot(gather: Gather, boot: sample_pb2.BootSample, observed_at: datetime) -> None:
    if boot.HasField("boot_time"):
        _age(gather, "boot.uptime_s", boot.boot_time.seconds, observed_at)
    if boot.HasField("boot_duration"):
        duration = boot.boot_duration
        gather.put("boot.duration_s", duration.seconds + duration.nanos / 1e9)
    if boot.HasField("unclean_shutdown"):
        gather.put("boot.unclean_shutdown", float(boot.unclean_shutdown))


def _age(gather: Gather, metric: str, seconds: int, now: datetime) -> None:
    """Take how long ago a moment was; a moment a little in the future is now.

    A device whose clock began with 1970 has dates of then, and no update has waited that long.
    """
    if seconds < _EARLIEST_S:
        gather.refused += 1
        return
    age_s = now.timestamp() - seconds
    gather.put(metric, 0.0 if -86400 < age_s < 0 else age_s)


def _absence(message: common_pb2.Absence) -> Absence:
    return Absence(
        topic=clean_text(message.topic, limit=256),
        kind=_ABSENCE.get(message.kind, AbsenceKind.UNKNOWN),
        reason=clean_text(message.reason, limit=256),
    )


def moment(seconds: int, nanos: int) -> datetime:
    """Return a timestamp's moment.

    Raises:
        ValueError: It is outside of the years 2000 to 2100; the device has no clock.
    """
    if not _EARLIEST_S <= seconds < _LATEST_S:
        raise ValueError("observe_time is not between the years 2000 and 2100")
    return datetime.fromtimestamp(seconds + nanos / 1e9, UTC)

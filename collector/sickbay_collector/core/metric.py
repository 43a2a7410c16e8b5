"""The metrics: every number that a sample may hold, with unit, possible range and resolution.

Names are `topic.quantity_unit`. A reading outside its range is refused at the edge and counted,
while the rest of the sample is kept. `scale` turns a reading into the integer that history stores.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured quantity."""

    name: str
    unit: str
    low: float
    high: float
    scale: float
    """History keeps round(value * scale)."""
    label: str
    """What people call it."""


# Nothing on an endpoint holds more: 2**60 bytes is an exbibyte.
_BYTES = 2.0**60
# Counters of errors, sectors and hours; larger ones are packed raw values that were not decoded.
_COUNT = 2.0**48
# A hundred years in seconds.
_CENTURY_S = 3.2e9

_ROWS: tuple[tuple[str, str, float, float, float, str], ...] = (
    ("cpu.busy_ratio", "ratio", 0, 1, 1e4, "Processor busy"),
    ("cpu.iowait_ratio", "ratio", 0, 1, 1e4, "Processor waiting for storage"),
    ("cpu.load_1m", "tasks", 0, 1e6, 100, "Load, 1 min"),
    ("memory.total_bytes", "bytes", 1, _BYTES, 1 / 1024, "Memory"),
    ("memory.available_bytes", "bytes", 0, _BYTES, 1 / 1024, "Memory available"),
    ("memory.available_ratio", "ratio", 0, 1, 1e4, "Memory available"),
    ("swap.total_bytes", "bytes", 0, _BYTES, 1 / 1024, "Swap"),
    ("swap.used_bytes", "bytes", 0, _BYTES, 1 / 1024, "Swap used"),
    ("pressure.cpu_some_ratio", "ratio", 0, 1, 1e4, "Waiting for a processor"),
    ("pressure.memory_some_ratio", "ratio", 0, 1, 1e4, "Waiting for memory"),
    ("pressure.memory_full_ratio", "ratio", 0, 1, 1e4, "All waiting for memory"),
    ("pressure.io_some_ratio", "ratio", 0, 1, 1e4, "Waiting for storage"),
    ("pressure.io_full_ratio", "ratio", 0, 1, 1e4, "All waiting for storage"),
    ("volume.total_bytes", "bytes", 1, _BYTES, 1 / 1024, "Volume size"),
    ("volume.free_bytes", "bytes", 0, _BYTES, 1 / 1024, "Volume free"),
    ("volume.free_ratio", "ratio", 0, 1, 1e4, "Volume free"),
    ("volume.used_ratio", "ratio", 0, 1, 1e4, "Volume used"),
    ("volume.inodes_free_ratio", "ratio", 0, 1, 1e4, "Inodes free"),
    ("volume.read_only", "flag", 0, 1, 1, "Volume is read-only"),
    ("drive.smart_failed", "flag", 0, 1, 1, "Drive reports failure"),
    ("drive.prefail_failing", "flag", 0, 1, 1, "Pre-fail attribute failing now"),
    ("drive.reallocated_sectors", "count", 0, _COUNT, 1, "Reallocated sectors"),
    ("drive.reported_uncorrectable", "count", 0, _COUNT, 1, "Reported uncorrectable errors"),
    ("drive.pending_sectors", "count", 0, _COUNT, 1, "Sectors waiting for reallocation"),
    ("drive.offline_uncorrectable", "count", 0, _COUNT, 1, "Offline uncorrectable sectors"),
    ("drive.grown_defects", "count", 0, _COUNT, 1, "Grown defects"),
    ("drive.life_left_ratio", "ratio", 0, 1, 1e3, "Rated life left"),
    ("drive.nvme_critical_warning", "bits", 0, 255, 1, "NVMe critical warning"),
    ("drive.nvme_used_ratio", "ratio", 0, 2.55, 1e3, "Rated life used"),
    ("drive.nvme_spare_ratio", "ratio", 0, 1, 1e3, "Spare blocks left"),
    ("drive.nvme_spare_threshold_ratio", "ratio", 0, 1, 1e3, "Spare threshold"),
    ("drive.nvme_media_errors", "count", 0, _COUNT, 1, "Media errors"),
    ("drive.temperature_celsius", "celsius", -60, 150, 10, "Drive temperature"),
    ("drive.power_on_hours", "hours", 0, 1e6, 1, "Power-on hours"),
    ("drive.busy_ratio", "ratio", 0, 1, 1e4, "Drive busy"),
    ("battery.capacity_ratio", "ratio", 0, 2, 1e3, "Battery full charge of design"),
    ("battery.charge_ratio", "ratio", 0, 1.2, 1e3, "Battery charge"),
    ("battery.cycles", "count", 0, 1e5, 1, "Battery cycles"),
    ("battery.condition", "level", 0, 3, 1, "Battery condition"),
    ("thermal.temperature_celsius", "celsius", -60, 200, 10, "Temperature"),
    ("thermal.critical_celsius", "celsius", -60, 300, 10, "Critical temperature"),
    ("network.received_bytes", "bytes", 0, _BYTES, 1, "Received"),
    ("network.sent_bytes", "bytes", 0, _BYTES, 1, "Sent"),
    ("network.error_ratio", "ratio", 0, 1, 1e5, "Packets with errors"),
    ("network.up", "flag", 0, 1, 1, "Link"),
    ("crash.oom_kills", "count", 0, 1e6, 1, "Killed for lack of memory"),
    ("crash.app_crashes", "count", 0, 1e6, 1, "Application crashes"),
    ("crash.failed_units", "count", 0, 1e4, 1, "Failed services"),
    ("crash.kernel_panics", "count", 0, 1e3, 1, "Kernel panics"),
    ("boot.uptime_s", "seconds", 0, _CENTURY_S, 1, "Time since boot"),
    ("boot.duration_s", "seconds", 0, 86400, 10, "Duration of the boot"),
    ("boot.unclean_shutdown", "flag", 0, 1, 1, "Boot before ended without shutdown"),
    ("updates.pending_count", "count", 0, 1e5, 1, "Updates pending"),
    ("updates.security_count", "count", 0, 1e5, 1, "Security updates pending"),
    ("updates.pending_age_s", "seconds", 0, _CENTURY_S, 1 / 60, "Oldest pending update"),
    ("updates.security_age_s", "seconds", 0, _CENTURY_S, 1 / 60, "Oldest security update"),
    ("updates.reboot_pending", "flag", 0, 1, 1, "Reboot pending"),
    ("updates.reboot_pending_age_s", "seconds", 0, _CENTURY_S, 1 / 60, "Reboot pending for"),
    ("updates.check_age_s", "seconds", 0, _CENTURY_S, 1 / 60, "Last look for updates"),
    ("protection.firewall_on", "flag", 0, 1, 1, "Firewall"),
    ("protection.antivirus_on", "flag", 0, 1, 1, "Real-time protection"),
    ("protection.disk_encrypted", "flag", 0, 1, 1, "System volume encrypted"),
    ("protection.definitions_age_s", "seconds", 0, _CENTURY_S, 1 / 60, "Malware definitions"),
    ("session.user_idle_s", "seconds", 0, _CENTURY_S, 1, "Time since last input"),
    ("session.count", "count", 0, 1e4, 1, "Sessions"),
    ("health.score", "points", 0, 100, 10, "Health score"),
    ("health.confidence", "ratio", 0, 1, 1e3, "Confidence of the score"),
)

METRICS = MappingProxyType(
    {
        name: Metric(name=name, unit=unit, low=low, high=high, scale=scale, label=label)
        for name, unit, low, high, scale, label in _ROWS
    }
)

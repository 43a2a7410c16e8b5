"""Vitals of one moment, as probes read them; see the package for None and units."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_agent.model.common import Absence, Medium


class BatteryCondition(StrEnum):
    """What the operating system says of a battery."""

    UNSPECIFIED = "unspecified"
    NORMAL = "normal"
    SERVICE = "service"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuSample:
    """Processor load since the sample before."""

    busy_ratio: float | None = None
    iowait_ratio: float | None = None
    load_1m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySample:
    """Memory now."""

    total_bytes: int | None = None
    available_bytes: int | None = None
    swap_total_bytes: int | None = None
    swap_used_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureSample:
    """Share of the last 60 s in which tasks waited."""

    cpu_some_avg60_ratio: float | None = None
    memory_some_avg60_ratio: float | None = None
    memory_full_avg60_ratio: float | None = None
    io_some_avg60_ratio: float | None = None
    io_full_avg60_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSample:
    """A mounted volume now."""

    volume_id: str
    mount_point: str
    total_bytes: int | None = None
    free_bytes: int | None = None
    inodes_total: int | None = None
    inodes_free: int | None = None
    is_system: bool = False
    is_read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveSample:
    """A physical drive now; health fields only in slow readings."""

    drive_id: str
    medium: Medium = Medium.UNSPECIFIED
    smart_passed: bool | None = None
    prefail_failing_now: bool | None = None
    reallocated_sectors: int | None = None
    reported_uncorrectable: int | None = None
    pending_sectors: int | None = None
    offline_uncorrectable: int | None = None
    life_left_ratio: float | None = None
    nvme_critical_warning: int | None = None
    nvme_used_ratio: float | None = None
    nvme_spare_ratio: float | None = None
    nvme_spare_threshold_ratio: float | None = None
    nvme_media_errors: int | None = None
    temperature_celsius: float | None = None
    power_on_hours: int | None = None
    busy_ratio: float | None = None
    grown_defects: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySample:
    """A battery now."""

    battery_id: str
    design_wh: float | None = None
    full_wh: float | None = None
    charge_ratio: float | None = None
    cycles: int | None = None
    is_discharging: bool | None = None
    power_w: float | None = None
    condition: BatteryCondition = BatteryCondition.UNSPECIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalSample:
    """A temperature sensor now."""

    sensor_id: str
    temperature_celsius: float | None = None
    critical_celsius: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSample:
    """A network interface since the sample before."""

    interface: str
    received_bytes: int | None = None
    sent_bytes: int | None = None
    packets: int | None = None
    errors: int | None = None
    is_up: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramCount:
    """A program, without arguments, and how often."""

    program: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashSample:
    """What crashed or was killed."""

    oom_kills: tuple[ProgramCount, ...] = ()
    failed_units: tuple[str, ...] = ()
    app_crashes: tuple[ProgramCount, ...] = ()
    kernel_panics: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BootSample:
    """The current boot."""

    boot_at: datetime | None = None
    boot_duration_s: float | None = None
    unclean_shutdown: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatesSample:
    """Updates that wait."""

    pending_count: int | None = None
    pending_security_count: int | None = None
    oldest_pending_at: datetime | None = None
    oldest_security_at: datetime | None = None
    reboot_pending: bool | None = None
    reboot_pending_at: datetime | None = None
    last_check_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionSample:
    """Protection software."""

    firewall_on: bool | None = None
    antivirus_on: bool | None = None
    disk_encrypted: bool | None = None
    definitions_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSample:
    """The user's session."""

    user_idle_s: float | None = None
    session_count: int | None = None


class ProbeOutcome(StrEnum):
    """How a run of a probe ended."""

    OK = "ok"
    NOT_APPLICABLE = "not applicable"
    FAILED = "failed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRun:
    """One run of one probe."""

    probe: str
    outcome: ProbeOutcome
    duration_s: float
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """All vitals of one moment, or one probe's part of them."""

    cpu: CpuSample | None = None
    memory: MemorySample | None = None
    pressure: PressureSample | None = None
    volumes: tuple[VolumeSample, ...] = ()
    drives: tuple[DriveSample, ...] = ()
    battery: BatterySample | None = None
    thermals: tuple[ThermalSample, ...] = ()
    networks: tuple[NetworkSample, ...] = ()
    crashes: CrashSample | None = None
    boot: BootSample | None = None
    updates: UpdatesSample | None = None
    protection: ProtectionSample | None = None
    session: SessionSample | None = None
    absences: tuple[Absence, ...] = ()
    probe_runs: tuple[ProbeRun, ...] = ()
    truncated: bool = False

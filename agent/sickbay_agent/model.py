"""What probes report, as values.

Field names are those of `proto/sickbay/v1`, with two changes that `encode` undoes: a timestamp
`x_time` is `x_at` (aware UTC datetime) here, and a duration `x` is `x_s` (float seconds). None
means "not read"; an `Absence` beside it says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class AbsenceKind(StrEnum):
    """Why a topic has no value."""

    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"


class Medium(StrEnum):
    """What a drive stores on."""

    UNSPECIFIED = "unspecified"
    HDD = "hdd"
    SSD = "ssd"
    NVME = "nvme"
    VIRTUAL = "virtual"
    FLASH = "flash"


class BatteryCondition(StrEnum):
    """What the operating system says of a battery."""

    UNSPECIFIED = "unspecified"
    NORMAL = "normal"
    SERVICE = "service"
    REPLACE = "replace"


class SectionKind(StrEnum):
    """A part of the inventory that changes as one; the value is the name in `Absence.topic`."""

    SYSTEM = "system"
    CPU = "cpu"
    MEMORY = "memory"
    VOLUMES = "volumes"
    DRIVES = "drives"
    NETWORK = "network"
    OS = "os"
    SOFTWARE = "software"
    UPDATES = "updates"
    BATTERIES = "batteries"


class Lane(StrEnum):
    """An ordered stream of records within one device."""

    SAMPLES = "samples"
    EVENTS = "events"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A topic without a value: a field of Sample or a section, with "/instance" where needed."""

    topic: str
    kind: AbsenceKind
    reason: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSection:
    """The machine as its maker names it."""

    manufacturer: str | None = None
    model: str | None = None
    sku: str | None = None
    family: str | None = None
    serial: str | None = None
    uuid: str | None = None
    board_manufacturer: str | None = None
    board_model: str | None = None
    board_serial: str | None = None
    chassis_type: str | None = None
    asset_tag: str | None = None
    bios_vendor: str | None = None
    bios_version: str | None = None
    bios_date: str | None = None
    secure_boot: bool | None = None
    tpm_version: str | None = None
    virtualization: str | None = None
    uefi: bool | None = None
    hostname: str | None = None
    machine_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuSection:
    """The processor."""

    name: str | None = None
    vendor: str | None = None
    architecture: str | None = None
    cores: int | None = None
    threads: int | None = None
    sockets: int | None = None
    max_mhz: int | None = None
    family: int | None = None
    model: int | None = None
    stepping: int | None = None
    l3_cache_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryModule:
    """A memory module."""

    slot: str
    size_bytes: int | None = None
    type: str | None = None
    speed_mts: int | None = None
    manufacturer: str | None = None
    part_number: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySection:
    """Memory and its modules."""

    total_bytes: int | None = None
    swap_total_bytes: int | None = None
    modules: tuple[MemoryModule, ...] = ()
    slots: int | None = None
    slots_free: int | None = None
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A mounted volume."""

    volume_id: str
    mount_point: str
    device: str | None = None
    filesystem: str | None = None
    total_bytes: int | None = None
    options: str | None = None
    encrypted: bool | None = None
    encryption: str | None = None
    is_system: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumesSection:
    """Volumes."""

    volumes: tuple[Volume, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A physical drive."""

    drive_id: str
    name: str
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    wwn: str | None = None
    size_bytes: int | None = None
    interface: str | None = None
    medium: Medium = Medium.UNSPECIFIED
    rotation_rpm: int | None = None
    removable: bool | None = None
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivesSection:
    """Drives."""

    drives: tuple[Drive, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInterface:
    """A network interface."""

    name: str
    mac: str | None = None
    mac_is_permanent: bool | None = None
    addresses: tuple[str, ...] = ()
    speed_mbps: int | None = None
    mtu: int | None = None
    driver: str | None = None
    type: str | None = None
    is_physical: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSection:
    """Network interfaces and addresses."""

    interfaces: tuple[NetworkInterface, ...] = ()
    gateways: tuple[str, ...] = ()
    dns_servers: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OsSection:
    """The operating system."""

    name: str | None = None
    id: str | None = None
    version: str | None = None
    version_id: str | None = None
    build: str | None = None
    pretty_name: str | None = None
    kernel: str | None = None
    kernel_release: str | None = None
    architecture: str | None = None
    time_zone: str | None = None
    install_at: datetime | None = None
    platform: str | None = None
    domain: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """An installed package."""

    name: str
    version: str
    publisher: str | None = None
    source: str
    architecture: str | None = None
    install_at: datetime | None = None
    scope: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareSection:
    """Installed software."""

    packages: tuple[Software, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingUpdate:
    """An update that waits."""

    name: str
    installed_version: str | None = None
    new_version: str
    is_security: bool = False
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatesSection:
    """Pending updates."""

    updates: tuple[PendingUpdate, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A battery."""

    battery_id: str
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    chemistry: str | None = None
    design_wh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteriesSection:
    """Batteries."""

    batteries: tuple[Battery, ...] = ()


SectionContent: TypeAlias = (
    SystemSection
    | CpuSection
    | MemorySection
    | VolumesSection
    | DrivesSection
    | NetworkSection
    | OsSection
    | SoftwareSection
    | UpdatesSection
    | BatteriesSection
)


def section_kind(section: SectionContent) -> SectionKind:
    """Return the kind of a section."""
    return SectionKind(type(section).__name__.removesuffix("Section").lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionHash:
    """A section kind and the SHA-256 of its content's canonical form."""

    kind: SectionKind
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryState:
    """The hashes of all sections that the device has now."""

    sections: tuple[SectionHash, ...] = ()
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Records of one lane that the agent had to drop."""

    lane: Lane
    first_seq: int
    last_seq: int
    count: int
    reason: str
    """"full", "too old" or "damaged"."""
    first_observe_at: datetime | None = None
    last_observe_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReport:
    """A problem in the user's own words, at most 4,000 characters."""

    text: str
    user_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one run of one probe found."""

    sample: Sample = field(default_factory=Sample)
    sections: tuple[SectionContent, ...] = ()
    section_absences: tuple[Absence, ...] = ()
    counters: Mapping[str, float] = field(default_factory=dict)
    """Running totals to hand to the same probe's next run, which turns them into rates."""

"""Sections of the inventory that tell what the device is made of."""

from dataclasses import dataclass

from sickbay_agent.model.common import Absence, Medium


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

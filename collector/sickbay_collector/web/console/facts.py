"""A section of the inventory as pages write it: fields named, with units, in order of use."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from sickbay_collector.core.inventory import Row, Scalar
from sickbay_collector.core.words import size
from sickbay_collector.services.device_detail import SectionView

_NONE = "\N{EN DASH}"
_CUT = "truncated"
_IDS = ("volume_id", "drive_id", "battery_id")
"""Name a row; often what another field says already."""

_TITLES = MappingProxyType(
    {
        "system": "System",
        "cpu": "Processor",
        "memory": "Memory",
        "volumes": "Volumes",
        "drives": "Drives",
        "batteries": "Batteries",
        "network": "Network",
        "os": "Operating system",
        "software": "Software",
        "updates": "Pending updates",
    }
)
# In the order in which people look; what is not named here comes after, by its own name.
_LABELS = MappingProxyType(
    {
        "pretty_name": "Name and version",
        "name": "Name",
        "manufacturer": "Maker",
        "vendor": "Maker",
        "model": "Model",
        "family": "Family",
        "sku": "Stock keeping unit",
        "serial": "Serial number",
        "mount_point": "Mounted on",
        "slot": "Slot",
        "type": "Type",
        "interface": "Attached by",
        "medium": "Medium",
        "total_bytes": "Size",
        "size_bytes": "Size",
        "swap_total_bytes": "Swap",
        "slots": "Slots",
        "slots_free": "Slots free",
        "filesystem": "File system",
        "is_system": "Holds the system",
        "encrypted": "Encrypted",
        "encryption": "Encryption",
        "speed_mts": "Speed",
        "speed_mbps": "Speed",
        "addresses": "Addresses",
        "mac": "Hardware address",
        "mac_is_permanent": "Address of its own",
        "is_physical": "Physical",
        "driver": "Driver",
        "mtu": "Largest packet",
        "gateways": "Gateways",
        "dns_servers": "Name servers",
        "dns_search": "Search domains",
        "chassis_type": "Chassis",
        "asset_tag": "Asset tag",
        "hostname": "Host name",
        "virtualization": "Virtualisation",
        "cores": "Cores",
        "threads": "Threads",
        "sockets": "Sockets",
        "max_mhz": "Highest frequency",
        "l3_cache_bytes": "Third level cache",
        "architecture": "Architecture",
        "bios_vendor": "Firmware maker",
        "bios_version": "Firmware version",
        "bios_date": "Firmware date",
        "uefi": "Boots through UEFI",
        "secure_boot": "Secure boot",
        "tpm_version": "TPM",
        "board_manufacturer": "Board maker",
        "board_model": "Board model",
        "board_serial": "Board serial number",
        "uuid": "SMBIOS UUID",
        "machine_id": "Machine id",
        "firmware": "Firmware",
        "part_number": "Part number",
        "rotation_rpm": "Turns at",
        "removable": "Removable",
        "wwn": "World wide name",
        "chemistry": "Chemistry",
        "design_wh": "Energy by design",
        "device": "Device",
        "label": "Label",
        "options": "Mount options",
        "version": "Version",
        "version_id": "Version number",
        "build": "Build",
        "id": "Short name",
        "platform": "Platform",
        "kernel": "Kernel",
        "kernel_release": "Kernel release",
        "install_time": "Installed",
        "time_zone": "Time zone",
        "locale": "Locale",
        "domain": "Domain",
        "installed_version": "Installed version",
        "new_version": "Version that waits",
        "is_security": "Mends security",
        "origin": "Origin",
        "volume_id": "Volume id",
        "drive_id": "Drive id",
        "battery_id": "Battery id",
        "stepping": "Stepping",
    }
)
_ORDER = MappingProxyType({name: place for place, name in enumerate(_LABELS)})
_MEDIA = MappingProxyType(
    {"hdd": "hard disk", "ssd": "SSD", "nvme": "NVMe", "virtual": "virtual", "flash": "flash card"}
)
_WRITTEN: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "bytes": size,
        "mhz": lambda value: f"{value:,.0f} MHz",
        "mts": lambda value: f"{value:,.0f} MT/s",
        "mbps": lambda value: f"{value:,.0f} Mbit/s",
        "wh": lambda value: f"{value:.1f} Wh",
        "rpm": lambda value: f"{value:,.0f} rpm",
        "mtu": lambda value: f"{value:,.0f} B",
        "time": lambda value: f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d}",
    }
)
"""By the end of a field's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A section, ready to be written."""

    title: str
    since: datetime
    facts: tuple[tuple[str, str], ...]
    """Name and value."""
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    missing: tuple[tuple[str, str], ...]
    """What could not be read, and why."""
    is_cut: bool
    """Whether the agent left the end of a long list out."""


def sheets(sections: Mapping[str, SectionView], kinds: Iterable[str]) -> tuple[Sheet, ...]:
    """Return those of the kinds that the device has sent."""
    return tuple(_sheet(sections[kind]) for kind in kinds if kind in sections)


def _sheet(section: SectionView) -> Sheet:
    rows = tuple((section.rows or {}).values())
    listed = [row for row in rows if "reason" not in row]
    names = _columns(listed)
    return Sheet(
        title=_TITLES.get(section.kind, section.kind.capitalize()),
        since=section.since,
        facts=tuple(
            (_label(name), _text(name, section.facts[name]))
            for name in _sorted(section.facts)
            if name != _CUT
        ),
        heads=tuple(_label(name) for name in names),
        rows=tuple(tuple(_text(name, row.get(name)) for name in names) for row in listed),
        missing=tuple(
            (str(row.get("topic", "")).rpartition("/")[2] or section.kind, str(row["reason"]))
            for row in rows
            if "reason" in row
        ),
        is_cut=bool(section.facts.get(_CUT, False)),
    )


def _columns(rows: Sequence[Row]) -> list[str]:
    """Return the fields of rows without ids that only repeat another field."""
    names = _sorted({name for row in rows for name in row})
    return [name for name in names if name not in _IDS or not _repeats(name, names, rows)]


def _repeats(name: str, names: Iterable[str], rows: Sequence[Row]) -> bool:
    others = [other for other in names if other != name]
    return all(row.get(name) in [row.get(other) for other in others] for row in rows)


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))


def _label(name: str) -> str:
    return _LABELS.get(name) or name.replace("_", " ").capitalize()


def _text(name: str, value: Scalar | None) -> str:
    if value is None or value == "":
        return _NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _MEDIA.get(value, value) if name == "medium" else value
    written = _WRITTEN.get(name.rpartition("_")[2])
    return f"{value}" if written is None else _written(written, value)


def _written(write: Callable[[float], str], value: float) -> str:
    """Return a number with its unit; as it is where a device sent what no calendar has."""
    try:
        return write(value)
    except (ValueError, OverflowError, OSError):
        return f"{value}"

"""A section of the inventory as pages write it: fields named, with units, in order of use."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from sickbay_collector.core.inventory import Row, Scalar
from sickbay_collector.core.words import size
from sickbay_collector.services.device_detail import SectionView
from sickbay_collector.web.console.texts import N_, _

_NONE = "\N{EN DASH}"
_CUT = "truncated"
_IDS = ("volume_id", "drive_id", "battery_id")
"""Name a row; often what another field says already."""

_TITLES = MappingProxyType(
    {
        "system": N_("System"),
        "cpu": N_("Processor"),
        "memory": N_("Memory"),
        "volumes": N_("Volumes"),
        "drives": N_("Drives"),
        "batteries": N_("Batteries"),
        "network": N_("Network"),
        "os": N_("Operating system"),
        "software": N_("Software"),
        "updates": N_("Pending updates"),
    }
)
# In the order in which people look; what is not named here comes after, by its own name.
_LABELS = MappingProxyType(
    {
        "pretty_name": N_("Name and version"),
        "name": N_("Name"),
        "manufacturer": N_("Maker"),
        "vendor": N_("Maker"),
        "model": N_("Model"),
        "family": N_("Family"),
        "sku": N_("Stock keeping unit"),
        "serial": N_("Serial number"),
        "mount_point": N_("Mounted on"),
        "slot": N_("Slot"),
        "type": N_("Type"),
        "interface": N_("Attached by"),
        "medium": N_("Medium"),
        "total_bytes": N_("Size"),
        "size_bytes": N_("Size"),
        "swap_total_bytes": N_("Swap"),
        "slots": N_("Slots"),
        "slots_free": N_("Slots free"),
        "filesystem": N_("File system"),
        "is_system": N_("Holds the system"),
        "encrypted": N_("Encrypted"),
        "encryption": N_("Encryption"),
        "speed_mts": N_("Speed"),
        "speed_mbps": N_("Speed"),
        "addresses": N_("Addresses"),
        "mac": N_("Hardware address"),
        "mac_is_permanent": N_("Built-in address"),
        "is_physical": N_("Physical"),
        "driver": N_("Driver"),
        "mtu": N_("Largest packet"),
        "gateways": N_("Gateways"),
        "dns_servers": N_("Name servers"),
        "dns_search": N_("Search domains"),
        "chassis_type": N_("Chassis"),
        "asset_tag": N_("Asset tag"),
        "hostname": N_("Host name"),
        "virtualization": N_("Virtualisation"),
        "cores": N_("Cores"),
        "threads": N_("Threads"),
        "sockets": N_("Sockets"),
        "max_mhz": N_("Highest frequency"),
        "l3_cache_bytes": N_("Third level cache"),
        "architecture": N_("Architecture"),
        "bios_vendor": N_("Firmware maker"),
        "bios_version": N_("Firmware version"),
        "bios_date": N_("Firmware date"),
        "uefi": N_("Boots through UEFI"),
        "secure_boot": N_("Secure boot"),
        "tpm_version": N_("TPM"),
        "board_manufacturer": N_("Board maker"),
        "board_model": N_("Board model"),
        "board_serial": N_("Board serial number"),
        "uuid": N_("SMBIOS UUID"),
        "machine_id": N_("Machine id"),
        "firmware": N_("Firmware"),
        "part_number": N_("Part number"),
        "rotation_rpm": N_("Turns at"),
        "removable": N_("Removable"),
        "wwn": N_("World wide name"),
        "chemistry": N_("Chemistry"),
        "design_wh": N_("Energy by design"),
        "device": N_("Device"),
        "label": N_("Label"),
        "options": N_("Mount options"),
        "version": N_("Version"),
        "version_id": N_("Version number"),
        "build": N_("Build"),
        "id": N_("Short name"),
        "platform": N_("Platform"),
        "kernel": N_("Kernel"),
        "kernel_release": N_("Kernel release"),
        "install_time": N_("Installed"),
        "time_zone": N_("Time zone"),
        "locale": N_("Locale"),
        "domain": N_("Domain"),
        "installed_version": N_("Installed version"),
        "new_version": N_("New version"),
        "is_security": N_("Security fix"),
        "origin": N_("Origin"),
        "volume_id": N_("Volume id"),
        "drive_id": N_("Drive id"),
        "battery_id": N_("Battery id"),
        "stepping": N_("Stepping"),
    }
)
_ORDER = MappingProxyType({name: place for place, name in enumerate(_LABELS)})
_MEDIA = MappingProxyType(
    {
        "hdd": N_("hard disk"),
        "ssd": "SSD",
        "nvme": "NVMe",
        "virtual": N_("virtual"),
        "flash": N_("flash card"),
    }
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
    numbers: tuple[bool, ...]
    """Whether a column has numbers, which stand on the right."""
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
        title=_(_TITLES.get(section.kind, section.kind.capitalize())),
        since=section.since,
        facts=tuple(
            (_label(name), _text(name, section.facts[name]))
            for name in _sorted(section.facts)
            if name != _CUT
        ),
        heads=tuple(_label(name) for name in names),
        numbers=tuple(all(_is_number(row.get(name)) for row in listed) for name in names),
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
    return _(_LABELS.get(name) or name.replace("_", " ").capitalize())


def _is_number(value: Scalar | None) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(name: str, value: Scalar | None) -> str:
    if value is None or value == "":
        return _NONE
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return _(_MEDIA.get(value, value)) if name == "medium" else value
    written = _WRITTEN.get(name.rpartition("_")[2])
    return f"{value}" if written is None else _written(written, value)


def _written(write: Callable[[float], str], value: float) -> str:
    """Return a number with its unit; as it is where a device sent what no calendar has."""
    try:
        return write(value)
    except (ValueError, OverflowError, OSError):
        return f"{value}"

"""How the block devices below volumes are called, and which of them are encrypted.

sysfs knows the layers (LVM on LUKS on a partition), the links that udev keeps below <dev>/disk the
filesystems' own names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sickbay_agent.probes.contract import Roots
from sickbay_agent.probes.files import children, read_value


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeNames:
    """How block devices that hold filesystems are called, and what lies below them."""

    devices: Mapping[str, str]
    """Major and minor number by kernel name, of drives, partitions and mapped devices."""
    mapped: Mapping[str, str]
    """Kernel name by name of a mapped device: {"root": "dm-0"}."""
    layers: Mapping[str, tuple[str, ...]]
    """Kernel names of what is directly below a mapped device."""
    encryptions: Mapping[str, str]
    """Kind of encryption by kernel name."""
    uuids: Mapping[str, str]
    labels: Mapping[str, str]

    def device_of(self, number: str, source: str) -> str | None:
        """Return the kernel name of a mount's device; None where it is on no block device.

        Args:
            number: Major and minor number; btrfs has one of its own with major 0.
            source: Device as mounted: "/dev/mapper/root".
        """
        for name, own in self.devices.items():
            if own == number:
                return name
        if not source.startswith("/dev/"):
            return None
        name = source.rpartition("/")[2]
        return self.mapped.get(name, name)

    def encryption_of(self, device: str | None) -> str | None:
        """Return how a device, or one directly or further below it, is encrypted."""
        seen: set[str] = set()
        waiting = [device] if device else []
        while waiting:
            name = waiting.pop()
            if name in self.encryptions:
                return self.encryptions[name]
            if name not in seen:
                seen.add(name)
                waiting += self.layers.get(name, ())
        return None


def read_volume_names(roots: Roots) -> VolumeNames:
    """Return what sysfs and udev call the block devices now."""
    devices: dict[str, str] = {}
    mapped: dict[str, str] = {}
    layers: dict[str, tuple[str, ...]] = {}
    encryptions: dict[str, str] = {}
    for folder in children(roots.sys / "block"):
        for place in (folder, *folder.glob(f"{folder.name}*")):
            number = read_value(place / "dev")
            if number:
                devices[place.name] = number
        mapped[read_value(folder / "dm/name") or folder.name] = folder.name
        layers[folder.name] = tuple(slave.name for slave in children(folder / "slaves"))
        encryption = parse_encryption(read_value(folder / "dm/uuid") or "")
        if encryption:
            encryptions[folder.name] = encryption
    return VolumeNames(
        devices=devices,
        mapped=mapped,
        layers=layers,
        encryptions=encryptions,
        uuids=_links(roots.dev / "disk/by-uuid"),
        labels=_links(roots.dev / "disk/by-label"),
    )


def parse_encryption(uuid: str) -> str | None:
    """Return the kind of encryption in a mapped device's uuid: "CRYPT-LUKS2-..." is "LUKS2".

    Source: cryptsetup's lib/libdevmapper.c, dm_prepare_uuid().
    """
    parts = uuid.split("-")
    if parts[0] != "CRYPT":
        return None
    return parts[1] if len(parts) > 1 and parts[1] else "dm-crypt"


def _links(folder: Path) -> dict[str, str]:
    """Return names by the kernel names of the devices that they link to."""
    names: dict[str, str] = {}
    for link in children(folder):
        try:
            target = link.readlink()
        except OSError:
            continue
        # udev writes what a file name cannot hold as \x20.
        name = re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), link.name)
        names[target.name] = name
    return names

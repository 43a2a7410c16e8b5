"""What sysfs and udev know of the drives.

sysfs comes first. udev's database in <run>/udev/data fills in what the kernel does not tell, such
as the serial number of a SATA drive.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sickbay_agent.model.common import Medium
from sickbay_agent.probes.contract import Roots
from sickbay_agent.probes.files import children, parse_int, read_bytes, read_int, read_value
from sickbay_agent.probes.smbios import clean

# Source: proto/sickbay/v1, Sample.drives and DrivesSection.drives.
LIMIT = 64

# Block devices that are no drives: made of files, memory, other drives, discs or the network, and
# the boot and replay protected parts of an eMMC. Source: Documentation/admin-guide/devices.txt.
_NO_DRIVE = re.compile(
    r"(loop|ram|zram|dm-|md|sr|fd|nbd|rbd|drbd|bcache|zd|mtdblock|ublkb|scd|st)\d+.*"
    r"|mmcblk\d+(boot\d+|rpmb|gp\d+)|nvme\d+c\d+n\d+"
)

# <sys>/block/*/size counts these whatever the drive's own sectors are.
SECTOR_BYTES = 512

# Words in vendor and model of disks that a hypervisor provides.
_VIRTUAL = re.compile(
    r"qemu|vbox|virtualbox|vmware|virtual (disk|hd)|msft|microsoft nvme|xen|google persistent"
    r"|persistentdisk|amazon (elastic|ec2)|virtio|nutanix|parallels|ovirt|bhyve|rhev",
    re.IGNORECASE,
)
_VIRTUAL_INTERFACES = frozenset({"virtio", "xen", "hyper-v"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDevice:
    """A drive as the kernel sees it."""

    name: str
    number: str
    """Major and minor number: "259:0"."""
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    wwn: str | None = None
    size_bytes: int | None = None
    interface: str | None = None
    is_rotational: bool | None = None
    rotation_rpm: int | None = None
    is_removable: bool | None = None

    @property
    def medium(self) -> Medium:
        """What it stores on."""
        if self._is_virtual:
            return Medium.VIRTUAL
        if self.interface == "mmc" or (self.interface == "usb" and self.is_removable):
            return Medium.FLASH  # USB sticks call themselves rotational
        if self.interface == "nvme":
            return Medium.NVME
        if self.is_rotational is None:
            return Medium.UNSPECIFIED
        return Medium.HDD if self.is_rotational else Medium.SSD

    @property
    def _is_virtual(self) -> bool:
        words = f"{self.vendor or ''} {self.model or ''}"
        return self.interface in _VIRTUAL_INTERFACES or _VIRTUAL.search(words) is not None


def read_drives(roots: Roots) -> dict[str, BlockDevice]:
    """Return the drives by drive id, in the order of their names.

    A drive's id is its serial number, else its name. Drives that share a serial number, such as
    namespaces of one controller, have their names behind it, save the first.
    """
    drives: dict[str, BlockDevice] = {}
    for folder in children(roots.sys / "block"):
        if _NO_DRIVE.fullmatch(folder.name) or read_int(folder / "hidden") == 1:
            continue
        if not read_int(folder / "size"):  # an empty card reader
            continue
        drive = read_drive(folder, roots)
        drive_id = drive.serial or drive.name
        drives[f"{drive_id}-{drive.name}" if drive_id in drives else drive_id] = drive
    return drives


def read_drive(folder: Path, roots: Roots) -> BlockDevice:
    """Return what is known of the drive in a folder of <sys>/block."""
    number = read_value(folder / "dev") or ""
    udev = read_udev(roots, number)
    device = folder / "device"
    interface = _interface(folder, udev)
    sectors = read_int(folder / "size")
    vendor = _first(read_value(device / "vendor"), udev.get("ID_VENDOR"))
    return BlockDevice(
        name=folder.name,
        number=number,
        # "ATA" is the kernel's name of a protocol; "0x1af4" is a number of the bus.
        vendor=None if vendor == "ATA" or (vendor or "").startswith("0x") else vendor,
        model=_first(read_value(device / "model"), read_value(device / "name"))
        or _first(udev.get("ID_MODEL", "").replace("_", " ")),
        serial=_serial(folder, udev),
        firmware=_first(
            *(read_value(device / name) for name in ("firmware_rev", "rev", "fwrev")),
            udev.get("ID_REVISION"),
        ),
        wwn=_first(read_value(folder / "wwid"), udev.get("ID_WWN"), read_value(device / "wwid")),
        size_bytes=None if sectors is None else sectors * SECTOR_BYTES,
        interface=interface,
        is_rotational=_flag(folder / "queue/rotational"),
        rotation_rpm=parse_int(udev.get("ID_ATA_ROTATION_RATE_RPM")) or None,
        is_removable=_flag(folder / "removable"),
    )


def _serial(folder: Path, udev: Mapping[str, str]) -> str | None:
    page = read_bytes(folder / "device/vpd_pg80") or b""
    return _first(
        read_value(folder / "device/serial"),
        read_value(folder / "serial"),
        udev.get("ID_SERIAL_SHORT"),
        # Unit serial number page: 4 bytes of header, then text. Source: SPC-4, section 7.8.15.
        page[4:].decode("ascii", errors="replace"),
    )


def _interface(folder: Path, udev: Mapping[str, str]) -> str | None:
    """Return how a drive is attached, from its name, its place in the tree or udev."""
    by_name = {"nvme": "nvme", "vd": "virtio", "xvd": "xen", "mmcblk": "mmc"}
    for start, interface in by_name.items():
        if re.fullmatch(rf"{start}[a-z\d]+", folder.name):
            return interface
    place = folder.resolve().as_posix().lower()
    by_place = {"/usb": "usb", "/virtio": "virtio", "vmbus": "hyper-v", "/ata": "sata"}
    for mark, interface in {**by_place, "/end_device": "sas"}.items():
        if mark in place:
            return interface
    by_bus = {"ata": "sata", "usb": "usb", "scsi": "scsi"}
    if read_value(folder / "device/vendor") == "ATA":
        return by_bus.get(udev.get("ID_BUS", ""), "sata")
    return by_bus.get(udev.get("ID_BUS", ""))


def read_udev(roots: Roots, number: str) -> dict[str, str]:
    """Return udev's properties of a block device; empty where udev has none.

    Source: systemd's src/libsystemd/sd-device: lines "E:KEY=value" in <run>/udev/data/b8:0.
    """
    text = read_value(roots.run / f"udev/data/b{number}") or ""
    pairs = (line[2:].split("=", 1) for line in text.splitlines() if line.startswith("E:"))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _first(*texts: str | None) -> str | None:
    return next((cleaned for text in texts if (cleaned := clean(text))), None)


def _flag(path: Path) -> bool | None:
    value = read_int(path)
    return None if value is None else value == 1

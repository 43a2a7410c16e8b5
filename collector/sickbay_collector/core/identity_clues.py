"""What of a device's evidence can tell it from others: clues, as they are kept and compared.

Makers leave fields unfilled, or fill all of a series alike: such a value is no clue. The same
happens with addresses of docks and virtual switches.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from sickbay_collector.core.device import Evidence


class ClueKind(StrEnum):
    """Which field of the evidence."""

    UUID = "smbios_uuid"
    SERIAL = "system_serial"
    BOARD = "board_serial"
    TAG = "chassis_asset_tag"
    MACHINE = "machine_id"
    MAC = "permanent_mac"
    DRIVE = "boot_drive_serial"


OF_FIRMWARE = frozenset({ClueKind.UUID, ClueKind.SERIAL, ClueKind.BOARD, ClueKind.TAG})
"""What the firmware says: in a container, the host's."""


@dataclass(frozen=True, slots=True, order=True)
class Clue:
    """One value, as it is compared."""

    kind: ClueKind
    value: str


class Housing(StrEnum):
    """What a system runs in: the less of it is real, the less its evidence tells."""

    MACHINE = "machine"
    VIRTUAL = "virtual"
    CONTAINER = "container"
    UNKNOWN = "unknown"
    """An agent that does not say: it may be any of these."""


# Source: names of systemd-detect-virt(1), as the agent gives them.
_CONTAINERS = frozenset(
    {"docker", "podman", "lxc", "lxc-libvirt", "systemd-nspawn", "wsl", "openvz", "rkt", "proot"}
    | {"pouch", "container-other"}
)

# What is left of a text that stands where nobody filled anything in, its letters and digits only.
# Source: the kinds of values in GLPI's default blacklist (glpi-project/glpi, src/Blacklist.php), in
# dmidecode's own "Not Specified", and DSP0134 (SMBIOS) for what a maker may leave out.
_UNFILLED = re.compile(
    r"(tobefilledby.*|.*(default|notspecified|notapplicable|notavailable|unspecified|nullstring)"
    r".*|(system|chassis|board|baseboard|base)?(serial|assettag|asset|tag)(number|numb|no)?[x0]*"
    r"|none|null|empty|invalid|unknown?|undefined|eval|oem|oemserial|iatpass|na|nosn"
    r"|noassettag|noasset(information|tag)?|uninitialized|tulipcomputers)"
)
# Before figures that were only counted up: "SN-12345", "MB-1234567890".
_COUNTED_PREFIX = re.compile(r"(sn|sys|mb|asset)?([0-9]+?)0*")
_SHORTEST = 4

# UUIDs that whole series have. Source: the same list of GLPI; AMI's sample firmware is the first.
_SERIES_UUIDS = frozenset(
    {
        "03000200-0400-0500-0006-000700080009",
        "6ab5b300-538d-1014-9fb5-b0684d007b53",
        "12345678-1234-5678-90ab-cddeefaabbcc",
    }
)
# Adapters that many machines have with one address: virtual switches of VMware, VPN and modem
# drivers. Source: the same list of GLPI.
_SHARED_MACS = ("00:50:56:c0:", "20:41:53:59:4e:ff", "00:a0:c6:00:00:00", "00:0b:ca:fe:00:00")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
# KVM makes up its guests' addresses under this prefix and keeps them with the guest.
_GUEST_MAC = "52:54:00:"


def clues_of(evidence: Evidence) -> tuple[Clue, ...]:
    """Return every value of the evidence as it is compared, also those that tell nothing."""
    fields = (
        (ClueKind.UUID, _uuid(evidence.smbios_uuid)),
        (ClueKind.SERIAL, evidence.system_serial),
        (ClueKind.BOARD, evidence.board_serial),
        (ClueKind.TAG, evidence.chassis_asset_tag),
        (ClueKind.MACHINE, evidence.machine_id),
        *((ClueKind.MAC, mac) for mac in evidence.permanent_macs),
        (ClueKind.DRIVE, evidence.boot_drive_serial),
    )
    said = ((kind, " ".join(value.lower().split())) for kind, value in fields)
    return tuple(dict.fromkeys(Clue(kind, value) for kind, value in said if value))


def housing_of(evidence: Evidence) -> Housing:
    """Return what a system runs in."""
    name = evidence.virtualization.strip().lower()
    if not name:
        return Housing.UNKNOWN
    if name in _CONTAINERS:
        return Housing.CONTAINER
    return Housing.MACHINE if name == "none" else Housing.VIRTUAL


def is_placeholder(clue: Clue, housing: Housing) -> bool:
    """Return whether a value tells nothing about which machine it is from."""
    if clue.kind == ClueKind.MAC:
        return _is_anybodys_mac(clue.value, housing)
    bare = re.sub(r"[^0-9a-z]", "", clue.value)
    if len(bare) < _SHORTEST or len(set(bare)) == 1:
        return True
    if clue.kind == ClueKind.UUID:
        return clue.value in _SERIES or _is_repeated(bare)
    return _UNFILLED.fullmatch(bare) is not None or _is_counted(bare)


def swapped(text: str) -> str:
    """Return a UUID with its first three parts in the other byte order; as it is where it is none.

    SMBIOS 2.6 fixed the order (DSP0134, section 7.2.1); older firmware and some hypervisors differ.
    """
    try:
        return str(UUID(bytes_le=UUID(text).bytes))
    except ValueError:
        return text


def _uuid(text: str) -> str:
    """Return the one of a UUID's two byte orders that sorts first: both become the same clue."""
    plain = text.strip().lower()
    return min(plain, swapped(plain))


_SERIES = frozenset(map(_uuid, _SERIES_UUIDS))


def _is_repeated(bare: str) -> bool:
    return len({bare[place : place + 2] for place in range(0, len(bare), 2)}) == 1


def _is_counted(bare: str) -> bool:
    """Return whether a text is figures in a row, up or down: 0123456789, SYS-9876543210."""
    found = _COUNTED_PREFIX.fullmatch(bare)
    if found is None or len(found[2]) < _SHORTEST:
        return False
    figures = [int(one) for one in found[2]]
    steps = {(after - before) % 10 for before, after in pairwise(figures)}
    return steps in ({1}, {9})


def _is_anybodys_mac(mac: str, housing: Housing) -> bool:
    if not _MAC.fullmatch(mac) or mac.startswith(_SHARED_MACS):
        return True
    if housing == Housing.VIRTUAL and mac.startswith(_GUEST_MAC):
        return False
    first = int(mac[:2], 16)
    is_group_or_local = bool(first & 0b11)
    return is_group_or_local or len(set(mac.split(":"))) == 1

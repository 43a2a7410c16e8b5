"""What identifies the hardware, out of the inventory. Pure."""

from collections.abc import Mapping

from sickbay_agent.exchange import HardwareEvidence
from sickbay_agent.model.hardware import (
    DrivesSection,
    NetworkSection,
    SystemSection,
    VolumesSection,
)
from sickbay_agent.model.inventory import SectionContent, SectionKind

# Source: collector's limit for the field permanent_macs.
_MAC_LIMIT = 64


def hardware_evidence(sections: Mapping[SectionKind, SectionContent]) -> HardwareEvidence:
    """Return the serials, addresses and ids that an inventory holds; empty where unknown."""
    system = sections.get(SectionKind.SYSTEM)
    if not isinstance(system, SystemSection):
        system = SystemSection()
    return HardwareEvidence(
        smbios_uuid=system.uuid or "",
        system_serial=system.serial or "",
        board_serial=system.board_serial or "",
        chassis_asset_tag=system.asset_tag or "",
        machine_id=system.machine_id or "",
        permanent_macs=_permanent_macs(sections),
        boot_drive_serial=_boot_drive_serial(sections),
        virtualization=system.virtualization or "",
    )


def _permanent_macs(sections: Mapping[SectionKind, SectionContent]) -> tuple[str, ...]:
    network = sections.get(SectionKind.NETWORK)
    if not isinstance(network, NetworkSection):
        return ()
    macs = {one.mac for one in network.interfaces if one.mac and one.mac_is_permanent}
    return tuple(sorted(macs))[:_MAC_LIMIT]


def _boot_drive_serial(sections: Mapping[SectionKind, SectionContent]) -> str:
    """Return the serial of the drive whose partition is the system volume.

    Behind LVM or encryption the volume names no partition; then it stays unknown.
    """
    volumes = sections.get(SectionKind.VOLUMES)
    drives = sections.get(SectionKind.DRIVES)
    if not isinstance(volumes, VolumesSection) or not isinstance(drives, DrivesSection):
        return ""
    devices = [volume.device for volume in volumes.volumes if volume.is_system and volume.device]
    for drive in drives.drives:
        if any(device.startswith(f"/dev/{drive.name}") for device in devices):
            return drive.serial or ""
    return ""

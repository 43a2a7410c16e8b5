"""What identifies the hardware, out of the inventory. Pure."""

from collections.abc import Mapping

from sickbay_agent.exchange import HardwareEvidence
from sickbay_agent.model.hardware import (
    DrivesSection,
    NetworkInterface,
    NetworkSection,
    SystemSection,
    VolumesSection,
)
from sickbay_agent.model.inventory import SectionContent, SectionKind

# Source: collector's limit for the field permanent_macs.
_MAC_LIMIT = 64
# Source: drivers/net/usb of Linux 6.12: adapters in docks and on cables, which move.
_USB_DRIVERS = frozenset(
    {"aqc111", "asix", "ax88179_178a", "cdc_eem", "cdc_ether", "cdc_mbim", "cdc_ncm", "ch9200"}
    | {"dm9601", "huawei_cdc_ncm", "ipheth", "lan78xx", "mcs7830", "pegasus", "qmi_wwan", "r8152"}
    | {"r8153_ecm", "rndis_host", "rtl8150", "smsc75xx", "smsc95xx", "sr9700", "sr9800", "usbnet"}
)


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
    macs = {one.mac for one in network.interfaces if one.mac and _is_of_this_machine(one)}
    return tuple(sorted(macs))[:_MAC_LIMIT]


def _is_of_this_machine(one: NetworkInterface) -> bool:
    """Return whether an address stays with the machine: not one of a dock or a virtual switch."""
    return bool(one.mac_is_permanent and one.is_physical) and one.driver not in _USB_DRIVERS


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

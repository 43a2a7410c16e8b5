from sickbay_agent.evidence import hardware_evidence
from sickbay_agent.exchange import HardwareEvidence
from sickbay_agent.model.hardware import (
    Drive,
    DrivesSection,
    NetworkInterface,
    NetworkSection,
    SystemSection,
    Volume,
    VolumesSection,
)
from sickbay_agent.model.inventory import SectionContent, SectionKind


def test_serials_and_addresses_are_taken_from_the_inventory() -> None:
    """Not the addresses of docks and virtual switches, which go from machine to machine."""
    sections: dict[SectionKind, SectionContent] = {
        SectionKind.SYSTEM: SystemSection(uuid="u", serial="s", machine_id="m"),
        SectionKind.NETWORK: NetworkSection(
            interfaces=(
                _adapter("b", 2, driver="e1000e"),
                _adapter("a", 1, driver="r8169"),
                _adapter("veth", 3, is_permanent=False),
                _adapter("tap", 4, is_physical=False),
                _adapter("dock", 5, driver="r8152"),
            )
        ),
        SectionKind.VOLUMES: VolumesSection(
            volumes=(
                Volume(volume_id="h", mount_point="/home", device="/dev/sda1"),
                Volume(volume_id="r", mount_point="/", device="/dev/nvme0n1p2", is_system=True),
            )
        ),
        SectionKind.DRIVES: DrivesSection(
            drives=(
                Drive(drive_id="A", name="sda", serial="A"),
                Drive(drive_id="N", name="nvme0n1", serial="N"),
            )
        ),
    }

    assert hardware_evidence(sections) == HardwareEvidence(
        smbios_uuid="u",
        system_serial="s",
        machine_id="m",
        permanent_macs=("00:00:00:00:00:01", "00:00:00:00:00:02"),
        boot_drive_serial="N",
    )


def _adapter(
    name: str,
    number: int,
    *,
    driver: str | None = None,
    is_permanent: bool = True,
    is_physical: bool = True,
) -> NetworkInterface:
    return NetworkInterface(
        name=name,
        mac=f"00:00:00:00:00:{number:02x}",
        mac_is_permanent=is_permanent,
        is_physical=is_physical,
        driver=driver,
    )


def test_what_is_unknown_is_empty() -> None:
    assert hardware_evidence({}) == HardwareEvidence()

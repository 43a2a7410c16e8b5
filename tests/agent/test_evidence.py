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
    sections: dict[SectionKind, SectionContent] = {
        SectionKind.SYSTEM: SystemSection(uuid="u", serial="s", machine_id="m"),
        SectionKind.NETWORK: NetworkSection(
            interfaces=(
                NetworkInterface(name="b", mac="00:00:00:00:00:02", mac_is_permanent=True),
                NetworkInterface(name="a", mac="00:00:00:00:00:01", mac_is_permanent=True),
                NetworkInterface(name="veth", mac="00:00:00:00:00:03", mac_is_permanent=False),
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


def test_what_is_unknown_is_empty() -> None:
    assert hardware_evidence({}) == HardwareEvidence()

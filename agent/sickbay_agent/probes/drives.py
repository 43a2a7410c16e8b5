"""Which drives there are, from sysfs and udev."""

from sickbay_agent.model.common import Absence, AbsenceKind, Medium
from sickbay_agent.model.hardware import Drive, DrivesSection
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.probes.block_devices import LIMIT, BlockDevice, read_drives
from sickbay_agent.probes.contract import Cadence, Context, Probe

_WITHOUT_HEALTH = {
    Medium.VIRTUAL: "a virtual disk has no health of its own",
    Medium.FLASH: "SD cards, eMMC and USB sticks do not report SMART",
}


def health_absence(drive_id: str, medium: Medium) -> Absence | None:
    """Return why a drive of this kind has no health, None for one that should have."""
    reason = _WITHOUT_HEALTH.get(medium)
    if reason is None:
        return None
    return Absence(topic=f"drives/{drive_id}", kind=AbsenceKind.NOT_APPLICABLE, reason=reason)


def describe_drive(drive_id: str, device: BlockDevice) -> Drive:
    """Return a drive's description."""
    absence = health_absence(drive_id, device.medium)
    return Drive(
        drive_id=drive_id,
        name=device.name,
        vendor=device.vendor,
        model=device.model,
        serial=device.serial,
        firmware=device.firmware,
        wwn=device.wwn,
        size_bytes=device.size_bytes,
        interface=device.interface,
        medium=device.medium,
        rotation_rpm=device.rotation_rpm,
        removable=device.is_removable,
        absences=(absence,) if absence else (),
    )


def read(context: Context) -> Observation:
    """Return the list of drives; an empty one is a fact too, as in a container."""
    drives = tuple(
        describe_drive(key, device) for key, device in read_drives(context.roots).items()
    )
    section = DrivesSection(drives=drives[:LIMIT], truncated=len(drives) > LIMIT)
    return Observation(sections=(section,))


PROBE = Probe(
    name="drives",
    cadence=Cadence.SLOW,
    read=read,
    section_topics=(SectionKind.DRIVES,),
)

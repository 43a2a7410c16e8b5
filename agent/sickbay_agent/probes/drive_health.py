"""The health of each physical drive, from smartctl.

A drive that sleeps is not woken (`-n standby`): it has no new values then, which is no fault.
"""

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import DriveSample, Sample
from sickbay_agent.probes import smartctl
from sickbay_agent.probes.block_devices import LIMIT, BlockDevice, read_drives
from sickbay_agent.probes.contract import Cadence, Context, Probe
from sickbay_agent.probes.drives import health_absence

# A healthy drive answers within 0.1 s, one that is failing may take many seconds. All drives
# together get a little less than the probe's deadline, so that one never costs the others' values.
ALL_DRIVES_S = 28.0
ONE_DRIVE_S = 10.0


def read(context: Context) -> Observation:
    """Return the health of each drive that has one and is awake."""
    samples: list[DriveSample] = []
    absences: list[Absence] = []
    drives = list(read_drives(context.roots).items())
    timeout_s = min(ONE_DRIVE_S, ALL_DRIVES_S / max(1, len(drives[:LIMIT])))
    for drive_id, device in drives[:LIMIT]:
        absence = health_absence(drive_id, device.medium)
        if absence is not None:
            absences.append(absence)
            continue
        try:
            sample = _read_drive(context, drive_id, device, timeout_s)
        except Unknown as error:
            absences.append(_unknown(drive_id, str(error)))
        else:
            samples += [sample] if sample is not None else []
    return Observation(
        sample=Sample(
            drives=tuple(samples), absences=tuple(absences), truncated=len(drives) > LIMIT
        )
    )


def _read_drive(
    context: Context, drive_id: str, device: BlockDevice, timeout_s: float
) -> DriveSample | None:
    """Return a drive's health, None while it sleeps.

    Raises:
        Unknown: It cannot be read.
    """
    path = str(context.roots.dev / device.name)
    command = ("smartctl", "--json=c", "--all", "-n", "standby", path)
    try:
        output = context.run(command, timeout_s)
    except NotApplicable as error:
        # The drive has health all the same, we only cannot see it.
        raise Unknown(f"{error}; install the package smartmontools") from None
    return smartctl.parse(output, drive_id=drive_id, medium=device.medium)


def _unknown(drive_id: str, reason: str) -> Absence:
    return Absence(topic=f"drives/{drive_id}", kind=AbsenceKind.UNKNOWN, reason=reason)


PROBE = Probe(
    name="drive_health", cadence=Cadence.SLOW, read=read, deadline_s=30.0, topics=("drives",)
)

"""Firewall, malware scanner and encryption of the system volume."""

from datetime import datetime

from sickbay_agent.errors import Unknown
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import ProtectionSample, Sample
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots
from sickbay_agent.probes.firewall import read_firewall
from sickbay_agent.probes.times import modified_at
from sickbay_agent.probes.volume_names import read_volume_names
from sickbay_agent.probes.volumes import read_volumes


def read(context: Context) -> Observation:
    """Return what protects the device; a topic that nothing is known of is absent."""
    roots = context.roots
    protection = ProtectionSample(
        firewall_on=read_firewall(roots),
        antivirus_on=read_antivirus(roots),
        disk_encrypted=read_disk_encrypted(roots),
        definitions_at=read_definitions_time(roots),
    )
    reasons = {
        "firewall_on": "neither ufw, firewalld nor nftables is set up",
        "antivirus_on": "no malware scanner that is known",
        "disk_encrypted": "the system volume is on no block device that is known",
    }
    absences = tuple(
        Absence(topic=f"protection/{name}", kind=AbsenceKind.UNKNOWN, reason=reason)
        for name, reason in reasons.items()
        if getattr(protection, name) is None
    )
    return Observation(sample=Sample(protection=protection, absences=absences))


def read_antivirus(roots: Roots) -> bool | None:
    """Return whether ClamAV's daemon runs; None where ClamAV is not installed.

    Other scanners, such as Defender for Endpoint, tell their state only to their own tools.
    """
    if not (roots.etc / "clamav").is_dir():
        return None
    return any((roots.run / "clamav" / name).exists() for name in ("clamd.pid", "clamd.ctl"))


def read_definitions_time(roots: Roots) -> datetime | None:
    """Return when ClamAV's daily definitions last changed; None where there are none."""
    folder = roots.var / "lib/clamav"
    times = (modified_at(folder / name) for name in ("daily.cld", "daily.cvd", "daily.inc"))
    return max(filter(None, times), default=None)


def read_disk_encrypted(roots: Roots) -> bool | None:
    """Return whether the volume mounted at / is encrypted, itself or a layer below it."""
    try:
        mounts = read_volumes(roots)
    except Unknown:
        return None
    names = read_volume_names(roots)
    for mount in mounts:
        if mount.is_system:
            device = names.device_of(mount.device_number, mount.source)
            return names.encryption_of(device) is not None if device in names.devices else None
    return None


PROBE = Probe(name="protection", cadence=Cadence.SAMPLE, read=read)

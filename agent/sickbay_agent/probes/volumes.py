"""How full each volume is: mountinfo says what is mounted, statvfs how much of it is free.

Network filesystems are left out (see `mounts`). A volume whose size cannot be read is an absence
of its own; the others keep their values.
"""

from sickbay_agent.errors import Unknown
from sickbay_agent.model.common import Absence, AbsenceKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import Sample, VolumeSample
from sickbay_agent.probes.contract import Cadence, Context, Probe, Roots, StatVfs
from sickbay_agent.probes.files import read_text
from sickbay_agent.probes.mounts import Mount, parse_mountinfo, select_volumes
from sickbay_agent.probes.volume_names import VolumeNames, read_volume_names

# Source: proto/sickbay/v1, Sample.volumes and VolumesSection.volumes.
LIMIT = 64

# Smaller ones hold a few files of some program, such as credentials, and are full by design.
SMALLEST_TMPFS_BYTES = 1 << 20


def sample_volume(mount: Mount, volume_id: str, size: StatVfs) -> VolumeSample:
    """Return a volume's fill level."""
    has_inodes = size.f_files > 0  # FAT and btrfs have none
    return VolumeSample(
        volume_id=volume_id,
        mount_point=mount.mount_point,
        total_bytes=size.f_blocks * size.f_frsize,
        free_bytes=size.f_bavail * size.f_frsize,
        inodes_total=size.f_files if has_inodes else None,
        inodes_free=size.f_favail if has_inodes else None,
        is_system=mount.is_system,
        is_read_only=mount.is_read_only,
    )


def read_volumes(roots: Roots) -> tuple[Mount, ...]:
    """Return the mounts that are volumes.

    Raises:
        Unknown: The list of mounts cannot be read.
    """
    file = roots.proc / "self/mountinfo"
    text = read_text(file)
    if text is None:
        raise Unknown(f"{file} cannot be read")
    return select_volumes(parse_mountinfo(text))


def is_counted(mount: Mount, size: StatVfs) -> bool:
    """Whether a volume is large enough to be reported."""
    return mount.filesystem != "tmpfs" or size.f_blocks * size.f_frsize >= SMALLEST_TMPFS_BYTES


def volume_id(mount: Mount, names: VolumeNames) -> str:
    """Return the filesystem's UUID, else the mount point."""
    device = names.device_of(mount.device_number, mount.source)
    return names.uuids.get(device or "", mount.mount_point)


def read(context: Context) -> Observation:
    """Return the fill level of each volume.

    Raises:
        Unknown: The list of mounts cannot be read.
    """
    names = read_volume_names(context.roots)
    samples: list[VolumeSample] = []
    absences: list[Absence] = []
    for mount in read_volumes(context.roots):
        own_id = volume_id(mount, names)
        try:
            size = context.statvfs(mount.mount_point)
        except OSError as error:
            absences.append(_unreadable(own_id, mount, error))
            continue
        if is_counted(mount, size):
            samples.append(sample_volume(mount, own_id, size))
    return Observation(
        sample=Sample(
            volumes=tuple(samples[:LIMIT]),
            absences=tuple(absences[:LIMIT]),
            truncated=len(samples) > LIMIT or len(absences) > LIMIT,
        )
    )


def _unreadable(own_id: str, mount: Mount, error: OSError) -> Absence:
    return Absence(
        topic=f"volumes/{own_id}",
        kind=AbsenceKind.UNKNOWN,
        reason=f"the size of {mount.mount_point} cannot be read: {error.strerror}",
    )


PROBE = Probe(name="volumes", cadence=Cadence.SAMPLE, read=read, topics=("volumes",))

"""Which volumes there are. Nothing here changes with their fill level, or the inventory would."""

from sickbay_agent.model.hardware import Volume, VolumesSection
from sickbay_agent.model.inventory import SectionKind
from sickbay_agent.model.observation import Observation
from sickbay_agent.probes.contract import Cadence, Context, Probe, StatVfs
from sickbay_agent.probes.mounts import Mount
from sickbay_agent.probes.volume_names import VolumeNames, read_volume_names
from sickbay_agent.probes.volumes import LIMIT, is_counted, read_volumes, volume_id

# A ZFS data set has no size: its total is what it uses and what the pool has left.
_WITHOUT_SIZE = frozenset({"zfs"})


def describe_volume(mount: Mount, names: VolumeNames, size: StatVfs | None) -> Volume:
    """Return a volume's description.

    Args:
        mount: The volume.
        names: What udev and the device mapper call it.
        size: Its size; None where that cannot be read.
    """
    device = names.device_of(mount.device_number, mount.source)
    encryption = names.encryption_of(device)
    has_size = size is not None and mount.filesystem not in _WITHOUT_SIZE
    return Volume(
        volume_id=volume_id(mount, names),
        mount_point=mount.mount_point,
        device=mount.source if mount.source.startswith("/") else None,
        filesystem=mount.filesystem,
        total_bytes=size.f_blocks * size.f_frsize if size is not None and has_size else None,
        options=",".join(mount.options),
        encrypted=encryption is not None if device in names.devices else None,
        encryption=encryption,
        is_system=mount.is_system,
        label=names.labels.get(device or ""),
    )


def read(context: Context) -> Observation:
    """Return the list of volumes.

    Raises:
        Unknown: The list of mounts cannot be read.
    """
    names = read_volume_names(context.roots)
    volumes: list[Volume] = []
    for mount in read_volumes(context.roots):
        size = _size(context, mount)
        if size is None or is_counted(mount, size):
            volumes.append(describe_volume(mount, names, size))
    section = VolumesSection(volumes=tuple(volumes[:LIMIT]), truncated=len(volumes) > LIMIT)
    return Observation(sections=(section,))


def _size(context: Context, mount: Mount) -> StatVfs | None:
    try:
        return context.statvfs(mount.mount_point)
    except OSError:
        return None  # the volumes probe says why


PROBE = Probe(
    name="volume_list",
    cadence=Cadence.SLOW,
    read=read,
    section_topics=(SectionKind.VOLUMES,),
)

"""Which mounts are volumes: local filesystems that can fill up, each once.

Network filesystems are left out: their space is the server's, and asking a server that is gone
blocks. So are snap images (always full by design), bind mounts and the kernel's own filesystems.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

# Filesystems on local storage that are written to. Source: filesystems(5) and fs/ of Linux 6.12;
# fuseblk is NTFS or exFAT in user space. Left out are read-only images (squashfs, erofs, iso9660).
_LOCAL = frozenset(
    {"bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "hfs", "hfsplus"}
    | {"jfs", "msdos", "nilfs2", "ntfs", "ntfs3", "reiserfs", "udf", "vfat", "xfs", "zfs"}
)

# Filesystems whose subvolumes are mounted by name, so that "root" is not "/" in normal use.
_WITH_SUBVOLUMES = frozenset({"bcachefs", "btrfs", "zfs"})

_SYSTEM_FOLDERS = ("/dev", "/proc", "/run", "/sys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A line of mountinfo."""

    device_number: str
    """Major and minor number: "259:2". Major 0 is no block device."""
    root: str
    """What of the filesystem is mounted: "/", or a folder for a bind mount."""
    mount_point: str
    filesystem: str
    source: str
    """Device or any other text: "/dev/nvme0n1p2", "tmpfs"."""
    mount_options: tuple[str, ...] = ()
    """Options of this mount alone. A service sandbox makes mounts read-only for itself here."""
    filesystem_options: tuple[str, ...] = ()
    """Options of the filesystem, the same for all its mounts."""

    @property
    def is_read_only(self) -> bool:
        """Whether nobody can write to the filesystem, as after an I/O error."""
        return "ro" in self.filesystem_options

    @property
    def is_system(self) -> bool:
        """Whether it holds the operating system."""
        return self.mount_point == "/"

    @property
    def options(self) -> tuple[str, ...]:
        """All options, without what a sandbox may have changed about writing."""
        own = tuple(option for option in self.mount_options if option not in ("ro", "rw"))
        rest = tuple(option for option in self.filesystem_options if option not in own)
        return rest[:1] + own + rest[1:]


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """Return the mounts of a mountinfo file, in its order; lines of another form are left out.

    Source: proc_pid_mountinfo(5). The optional fields end at a single hyphen.
    """
    # The kernel escapes newlines, but not what else Python takes for the end of a line.
    mounts = (_parse_line(line) for line in text.split("\n"))
    return tuple(mount for mount in mounts if mount is not None)


def _parse_line(line: str) -> Mount | None:
    left, separator, right = line.partition(" - ")
    before, after = left.split(" "), right.split(" ")
    if not separator or len(before) < 6 or len(after) < 3:
        return None
    return Mount(
        device_number=before[2],
        root=_unescape(before[3]),
        mount_point=_unescape(before[4]),
        mount_options=tuple(before[5].split(",")),
        filesystem=after[0],
        source=_unescape(after[1]),
        filesystem_options=tuple(_unescape(after[2]).split(",")),
    )


def _unescape(text: str) -> str:
    r"""Undo the kernel's octal escapes of blank, tab, newline and backslash: "\040" is " "."""
    if "\\" not in text:
        return text
    raw = re.sub(
        rb"\\([0-3][0-7]{2})",
        lambda match: bytes([int(match[1], 8)]),
        text.encode(errors="surrogateescape"),
    )
    return raw.decode(errors="replace")


def select_volumes(mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """Return the mounts that are volumes, the system volume first, then by mount point.

    Of several mounts of one filesystem the one with the shortest path stands for all. A tmpfs is a
    volume where a person put it: outside the folders that the system mounts its own in.
    """
    visible: dict[str, Mount] = {}
    for mount in mounts:
        visible[mount.mount_point] = mount  # a later mount hides an earlier one below it
    chosen: dict[str, Mount] = {}
    for mount in sorted(visible.values(), key=_preference):
        if _is_volume(mount):
            chosen.setdefault(_identity(mount), mount)
    return tuple(sorted(chosen.values(), key=lambda mount: mount.mount_point))


def _preference(mount: Mount) -> tuple[int, str]:
    return len(PurePosixPath(mount.mount_point).parts), mount.mount_point


def _is_volume(mount: Mount) -> bool:
    if mount.filesystem == "tmpfs":
        is_own = not _is_below(mount.mount_point, _SYSTEM_FOLDERS)
        return is_own and not mount.is_read_only and "ro" not in mount.mount_options
    if mount.filesystem == "overlay":
        return mount.is_system
    is_bind = mount.root != "/" and mount.filesystem not in _WITH_SUBVOLUMES
    return mount.filesystem in _LOCAL and (mount.is_system or not is_bind)


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _identity(mount: Mount) -> str:
    """Return what two mounts of the same filesystem share."""
    if mount.filesystem == "zfs":
        return mount.source.partition("/")[0]  # data sets of one pool share its space
    return mount.device_number

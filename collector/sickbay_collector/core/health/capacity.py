"""Capacity: how full the volumes are, by share and by size: 10 % of a large volume is much."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sickbay_collector.core.health.curve import pl
from sickbay_collector.core.health.model import Cap, Category, Finding
from sickbay_collector.core.health.records import VolumeMemory
from sickbay_collector.core.health.verdict import Verdict, judge

# A choice. 20 % is where Zabbix's and Checkmk's templates warn; 80 % of a large volume leaves
# hundreds of GB, hence the second curve and the smaller of both.
# Source: Zabbix 6.2 template "Windows by Zabbix agent active"; the Checkmk manual on filesystems.
_BY_PERCENT = ((1.0, 100.0), (5.0, 80.0), (10.0, 40.0), (20.0, 0.0))
_BY_GB = ((1.0, 100.0), (5.0, 80.0), (10.0, 40.0), (20.0, 20.0), (50.0, 0.0))
# A full data volume stops less than a full system volume. A choice.
_OTHER_VOLUME = 0.5
_CAP_LIMIT = 40.0
_SOURCE = "free space that the file system reports"


def full_penalty(*, free_percent: float | None, free_gb: float | None) -> float:
    """Return the penalty, 0 to 100, of a system volume with so much free.

    Args:
        free_percent: 0 to 100; None where not read.
        free_gb: In 10**9 bytes; None where not read. At least one must be known.
    """
    by_percent = 100.0 if free_percent is None else pl(free_percent, _BY_PERCENT)
    by_gb = 100.0 if free_gb is None else pl(free_gb, _BY_GB)
    return min(by_percent, by_gb)


def volume_penalty(volume: VolumeMemory) -> float | None:
    """Return the penalty of a volume; None where its free space was not read."""
    percent, gb = _free(volume)
    if percent is None and gb is None:
        return None
    penalty = full_penalty(free_percent=percent, free_gb=gb)
    return penalty if volume.is_system else penalty * _OTHER_VOLUME


def is_nearly_full(volume: VolumeMemory) -> bool:
    """Return whether a volume caps the score: the system's, with under 1 % or 1 GB free."""
    percent, gb = _free(volume)
    under_percent = percent is not None and percent < 1.0
    return volume.is_system and (under_percent or (gb is not None and gb < 1.0))


def capacity(volumes: Mapping[str, VolumeMemory]) -> Verdict:
    """Return the verdict on the volumes, of which there is at least one."""
    findings: list[tuple[Finding, Cap | None]] = []
    gaps: list[str] = []
    unknown: list[float] = []
    seen: list[int] = []
    for volume_id, volume in volumes.items():
        penalty = volume_penalty(volume)
        if penalty is None:
            gaps.append(f"Free space of {volume.mount_point} was not read.")
            unknown.append(100.0 if volume.is_system else 100.0 * _OTHER_VOLUME)
            continue
        seen.append(volume.seen_at_s)
        if penalty or is_nearly_full(volume):
            finding = _finding(volume_id, volume, penalty)
            findings.append((finding, _cap(finding.key, volume)))
    return judge(Category.CAPACITY, findings, seen_at_s=seen, gaps=gaps, unknown=unknown)


def _free(volume: VolumeMemory) -> tuple[float | None, float | None]:
    permille, tenth_gb = volume.free_permille, volume.free_tenth_gb
    return (
        None if permille is None else permille / 10,
        None if tenth_gb is None else tenth_gb / 10,
    )


def _amount(percent: float | None, gb: float | None) -> str:
    if gb is None:
        return f"{percent:.1f} %"
    size = f"{gb:.1f} GB" if gb >= 0.1 else "under 0.1 GB"
    return size if percent is None else f"{size} ({percent:.1f} %)"


def _cap(key: str, volume: VolumeMemory) -> Cap | None:
    if not is_nearly_full(volume):
        return None
    return Cap(
        limit=_CAP_LIMIT,
        sentence="The system volume has less than 1 % or less than 1 GB free.",
        key=key,
    )


def _finding(volume_id: str, volume: VolumeMemory, penalty: float) -> Finding:
    percent, gb = _free(volume)
    # The curve that gives the smaller penalty is the one that counts.
    by_gb = percent is None or (gb is not None and pl(gb, _BY_GB) <= pl(percent, _BY_PERCENT))
    value = gb if by_gb else percent
    return Finding(
        category=Category.CAPACITY,
        key=f"capacity/{volume_id}",
        title=f"Volume {volume.mount_point} has {_amount(percent, gb)} free.",
        remedy=f"Free space on {volume.mount_point}.",
        penalty=penalty,
        value=0.0 if value is None else value,
        unit="GB" if by_gb else "%",
        threshold=50.0 if by_gb else 20.0,
        since=datetime.fromtimestamp(volume.since_s or volume.seen_at_s, UTC),
        seen_at=datetime.fromtimestamp(volume.seen_at_s, UTC),
        source=_SOURCE,
    )

"""What a sample changes in the memory of volumes."""

from collections.abc import Mapping
from dataclasses import replace
from math import floor

from sickbay_collector.core.health.capacity import is_nearly_full, volume_penalty
from sickbay_collector.core.health.reading import NO_READINGS, REFRESH_S, checked
from sickbay_collector.core.health.records import VolumeMemory
from sickbay_collector.core.sample import Sample, VolumeFacts

MAX_VOLUMES = 16
"""Volumes that are remembered; where there are more, those that cost most."""

MISSES_UNTIL_GONE = 5
"""Samples in a row without a volume, while others are listed, after which it is unmounted."""

# From here on neither curve costs points, so that a change of free space is of no interest.
_ROOMY_PERMILLE = 200
_ROOMY_TENTH_GB = 500
# Rounding down must not turn an exact 29 % into 28.9 %.
_EXACT = 1e-6


def observe_volumes(
    remembered: Mapping[str, VolumeMemory], sample: Sample, *, at_s: int
) -> Mapping[str, VolumeMemory]:
    """Return what is remembered of volumes after a sample; the same object where nothing changed.

    A volume that was read-only from the start has no free space to judge and is not remembered.

    Raises:
        InvalidError: A reading is NaN, infinite or out of range.
    """
    listed = sample.volumes
    if not listed:
        return remembered
    changed: dict[str, VolumeMemory] = {}
    for volume_id, facts in listed.items():
        old = remembered.get(volume_id)
        permille, tenth_gb = _free(sample, volume_id)
        if old is not None and _is_same(old, facts, permille, tenth_gb, at_s):
            continue
        if new := _renewed(old, sample, volume_id, permille, tenth_gb, at_s):
            changed[volume_id] = new
    if len(remembered) + len(changed) > len(listed):
        changed.update(_missed(remembered, sample))
    return _merged(remembered, changed) if changed else remembered


def _free(sample: Sample, volume_id: str) -> tuple[int | None, int | None]:
    """Return free permille and tenths of a GB, as one pair where there is plenty of both."""
    readings = sample.readings
    ratio = readings.get("volume.free_ratio", NO_READINGS).get(volume_id)
    free_bytes = readings.get("volume.free_bytes", NO_READINGS).get(volume_id)
    permille = tenth_gb = None
    if ratio is not None:
        permille = floor(checked("volume.free_ratio", volume_id, ratio) * 1000 + _EXACT)
    if free_bytes is not None:
        tenth_gb = floor(checked("volume.free_bytes", volume_id, free_bytes) / 1e8)
        if tenth_gb >= _ROOMY_TENTH_GB and permille is not None and permille >= _ROOMY_PERMILLE:
            return _ROOMY_PERMILLE, _ROOMY_TENTH_GB
    return permille, tenth_gb


def _is_same(
    old: VolumeMemory,
    facts: VolumeFacts,
    permille: int | None,
    tenth_gb: int | None,
    at_s: int,
) -> bool:
    return (
        old.free_tenth_gb == tenth_gb
        and old.free_permille == permille
        and at_s - old.seen_at_s < REFRESH_S
        and not old.misses
        and old.mount_point == facts.mount_point
        and old.is_system is facts.is_system
    )


def _renewed(
    old: VolumeMemory | None,
    sample: Sample,
    volume_id: str,
    permille: int | None,
    tenth_gb: int | None,
    at_s: int,
) -> VolumeMemory | None:
    facts = sample.volumes[volume_id]
    is_read_only = sample.readings.get("volume.read_only", NO_READINGS).get(volume_id)
    if is_read_only and old is None:
        return None
    seen_at_s = at_s
    is_unread = old is not None and _lacks(old, permille, tenth_gb)
    if old is not None and (is_read_only or is_unread):
        # Evidence stopped: what was seen last stays, and ages where nothing was read.
        permille, tenth_gb = old.free_permille, old.free_tenth_gb
        seen_at_s = old.seen_at_s if is_unread else at_s
    new = VolumeMemory(
        mount_point=facts.mount_point,
        is_system=facts.is_system,
        free_permille=permille,
        free_tenth_gb=tenth_gb,
        seen_at_s=seen_at_s,
    )
    if not volume_penalty(new) and not is_nearly_full(new):
        return new
    since_s = None if old is None else old.since_s
    return replace(new, since_s=at_s if since_s is None else since_s)


def _lacks(old: VolumeMemory, permille: int | None, tenth_gb: int | None) -> bool:
    """Return whether a sample tells less of a volume than was known."""
    return (permille is None and old.free_permille is not None) or (
        tenth_gb is None and old.free_tenth_gb is not None
    )


def _missed(remembered: Mapping[str, VolumeMemory], sample: Sample) -> dict[str, VolumeMemory]:
    """Return the volumes that a complete list lacks, with one more miss."""
    if sample.truncated:
        return {}
    excused = {absence.topic for absence in sample.absences}
    if "volumes" in excused:
        return {}
    return {
        volume_id: replace(volume, misses=volume.misses + 1)
        for volume_id, volume in remembered.items()
        if volume_id not in sample.volumes and f"volumes/{volume_id}" not in excused
    }


def _merged(
    remembered: Mapping[str, VolumeMemory], changed: Mapping[str, VolumeMemory]
) -> Mapping[str, VolumeMemory]:
    merged = {
        volume_id: volume
        for volume_id, volume in {**remembered, **changed}.items()
        if volume.misses < MISSES_UNTIL_GONE
    }
    if len(merged) <= MAX_VOLUMES:
        return merged
    ranked = sorted(merged, key=lambda volume_id: _rank(merged[volume_id]), reverse=True)
    return {volume_id: merged[volume_id] for volume_id in ranked[:MAX_VOLUMES]}


def _rank(volume: VolumeMemory) -> tuple[bool, float]:
    return volume.is_system, volume_penalty(volume) or 0.0

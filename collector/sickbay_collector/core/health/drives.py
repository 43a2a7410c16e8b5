"""What a sample changes in the memory of drives.

Health of drives is read at start and every hour; the samples between only list them.
"""

from collections.abc import Mapping
from dataclasses import replace

from sickbay_collector.core.health.error_score import error_level
from sickbay_collector.core.health.reading import NO_READINGS, REFRESH_S, checked
from sickbay_collector.core.health.records import DRIVE_FIELDS, DriveMemory, DriveReading
from sickbay_collector.core.health.signs import worst_sign
from sickbay_collector.core.sample import Absence, AbsenceKind, Medium, Sample

MAX_DRIVES = 16
"""Drives that are remembered; where there are more, those that cost most."""

MISSES_UNTIL_GONE = 2
"""Slow readings in a row without a drive, after which it is gone; one alone may be a time-out."""

MAX_TRAIL = 6
"""Changes of a drive's error level that are remembered."""

MAX_REASON_CHARS = 120

_RISE_WINDOW_DAYS = 30
_METRICS = tuple(f"drive.{name}" for name in DRIVE_FIELDS)
_TOPIC = "drives/"


def observe_drives(
    remembered: Mapping[str, DriveMemory], sample: Sample, *, at_s: int
) -> Mapping[str, DriveMemory]:
    """Return what is remembered of drives after a sample; the same object where nothing changed.

    A drive that was read once keeps its evidence when the agent stops reading it, whatever reason
    the agent gives: failing drives often stop answering.

    Raises:
        InvalidError: A reading is NaN, infinite or out of range.
    """
    absences = {a.topic[len(_TOPIC) :]: a for a in sample.absences if a.topic.startswith(_TOPIC)}
    is_slow = any(metric in sample.readings for metric in _METRICS)
    changed: dict[str, DriveMemory] = {}
    for drive_id in (*sample.drives, *(key for key in absences if key not in sample.drives)):
        medium = sample.drives.get(drive_id, Medium.UNKNOWN)
        old = remembered.get(drive_id) or DriveMemory(medium=medium)
        new = _renewed(old, medium, drive_id, sample if is_slow else None, absences, at_s)
        if new is not remembered.get(drive_id):
            changed[drive_id] = new
    if is_slow:
        changed.update(_missed(remembered, sample, absences))
    return _merged(remembered, changed) if changed else remembered


def _renewed(
    old: DriveMemory,
    medium: Medium,
    drive_id: str,
    slow: Sample | None,
    absences: Mapping[str, Absence],
    at_s: int,
) -> DriveMemory:
    new = old
    if medium is not old.medium and medium is not Medium.UNKNOWN:
        new = replace(new, medium=medium)
    if slow is not None:
        if old.misses:
            new = replace(new, misses=0)
        if reading := _read(new.reading, slow, drive_id):
            new = _with_reading(new, reading, at_s)
    if absence := absences.get(drive_id):
        new = _with_absence(new, absence)
    return new


def _read(old: DriveReading | None, sample: Sample, drive_id: str) -> DriveReading | None:
    """Return what the sample says of a drive over what was known; None where it says nothing."""
    values = {}
    for name, metric in zip(DRIVE_FIELDS, _METRICS, strict=True):
        value = sample.readings.get(metric, NO_READINGS).get(drive_id)
        if value is not None:
            values[name] = checked(metric, drive_id, value)
    if not values:
        return None
    new = DriveReading(**values) if old is None else replace(old, **values)
    return old if new == old else new


def _with_reading(old: DriveMemory, reading: DriveReading, at_s: int) -> DriveMemory:
    is_fresh = old.seen_at_s is not None and at_s - old.seen_at_s < REFRESH_S
    if reading is old.reading and is_fresh:
        return old
    new = replace(
        old,
        reading=reading,
        trail=_extended(old.trail, error_level(reading), at_s // 86400),
        is_not_applicable=False,
        reason="",
        seen_at_s=at_s,
    )
    since_s = None
    if worst_sign(new):
        since_s = at_s if old.since_s is None else old.since_s
    return replace(new, since_s=since_s)


def _extended(
    trail: tuple[tuple[int, float], ...], level: float | None, day: int
) -> tuple[tuple[int, float], ...]:
    """Return the trail with a new level, as short as the last 30 days allow.

    Where it would grow past its limit the second point goes: the oldest level stays the base for
    longer, so that a rise is told too long rather than not at all.
    """
    if level is None or (trail and trail[-1][1] == level):
        return trail
    if len(trail) > 1 and trail[-1][0] == day:
        trail = trail[:-1]
    longer = (*trail, (day, level))
    while len(longer) > 1 and longer[1][0] <= day - _RISE_WINDOW_DAYS:
        longer = longer[1:]
    return longer if len(longer) <= MAX_TRAIL else (longer[0], *longer[2:])


def _with_absence(old: DriveMemory, absence: Absence) -> DriveMemory:
    is_not_applicable = absence.kind is AbsenceKind.NOT_APPLICABLE
    reason = absence.reason[:MAX_REASON_CHARS].rstrip(".")
    if old.reason == reason and old.is_not_applicable is is_not_applicable:
        return old
    return replace(old, reason=reason, is_not_applicable=is_not_applicable)


def _missed(
    remembered: Mapping[str, DriveMemory], sample: Sample, absences: Mapping[str, Absence]
) -> dict[str, DriveMemory]:
    """Return the drives that a complete slow reading lacks, with one more miss."""
    if sample.truncated or any(absence.topic == "drives" for absence in sample.absences):
        return {}
    return {
        drive_id: replace(drive, misses=drive.misses + 1)
        for drive_id, drive in remembered.items()
        if drive_id not in sample.drives and drive_id not in absences
    }


def _merged(
    remembered: Mapping[str, DriveMemory], changed: Mapping[str, DriveMemory]
) -> Mapping[str, DriveMemory]:
    merged = {
        drive_id: drive
        for drive_id, drive in {**remembered, **changed}.items()
        if drive.misses < MISSES_UNTIL_GONE
    }
    if len(merged) <= MAX_DRIVES:
        return merged
    ranked = sorted(merged, key=lambda drive_id: _penalty(merged[drive_id]), reverse=True)
    return {drive_id: merged[drive_id] for drive_id in ranked[:MAX_DRIVES]}


def _penalty(drive: DriveMemory) -> float:
    sign = worst_sign(drive)
    return 0.0 if sign is None else sign.penalty

"""What a sample changes in the memory of updates and restarts that wait."""

from sickbay_collector.core.health.reading import REFRESH_S, single
from sickbay_collector.core.health.records import WaitingMemory
from sickbay_collector.core.sample import Readings, Sample

# Ages are told to the minute and clocks step; within an hour it is the same moment.
_SAME_MOMENT_S = 3600


def observe_security(
    old: WaitingMemory | None, sample: Sample, *, at_s: int
) -> WaitingMemory | None:
    """Return what is remembered of security updates; the same object where nothing changed.

    Raises:
        InvalidError: A reading is NaN, infinite or out of range.
    """
    readings = sample.readings
    count = single(readings, "updates.security_count")
    age_s = single(readings, "updates.security_age_s")
    if count is None and age_s is None:
        return old
    waiting = 1 if count is None else int(count)
    return _waiting(old, waiting, age_s, _checked_at_s(readings, at_s), at_s)


def observe_reboot(old: WaitingMemory | None, sample: Sample, *, at_s: int) -> WaitingMemory | None:
    """Return what is remembered of a pending restart; the same object where nothing changed.

    Raises:
        InvalidError: A reading is NaN, infinite or out of range.
    """
    readings = sample.readings
    is_pending = single(readings, "updates.reboot_pending")
    if is_pending is None:
        return old
    age_s = single(readings, "updates.reboot_pending_age_s")
    return _waiting(old, int(is_pending > 0.0), age_s, None, at_s)


def _checked_at_s(readings: Readings, at_s: int) -> int | None:
    age_s = single(readings, "updates.check_age_s")
    return None if age_s is None else at_s - int(age_s)


def _waiting(
    old: WaitingMemory | None,
    count: int,
    age_s: float | None,
    checked_at_s: int | None,
    at_s: int,
) -> WaitingMemory:
    if age_s is not None:
        since_s = at_s - int(age_s)
    else:
        # Not told since when: since it was first seen here.
        since_s = old.since_s if old is not None and old.count else at_s
    if not count:
        since_s = 0
    if (
        old is not None
        and old.count == count
        and abs(old.since_s - since_s) < _SAME_MOMENT_S
        and _is_same_check(old.checked_at_s, checked_at_s)
        and at_s - old.seen_at_s < REFRESH_S
    ):
        return old
    return WaitingMemory(count=count, since_s=since_s, checked_at_s=checked_at_s, seen_at_s=at_s)


def _is_same_check(old_s: int | None, new_s: int | None) -> bool:
    if old_s is None or new_s is None:
        return old_s is new_s
    return abs(old_s - new_s) < _SAME_MOMENT_S

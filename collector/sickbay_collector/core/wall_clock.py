"""The wall clock of a zone: when it shows a time, also where it is put forward or back."""

from datetime import UTC, datetime, timedelta, tzinfo


def wall_moment(zone: tzinfo, wall: datetime) -> datetime:
    """Return when a wall clock first shows that time (naive) or jumps over it, in UTC."""
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # The clock jumps over it. PEP 495: fold=1 reads it with the offset after the jump, which is
    # a moment before it.
    return _jump(zone, wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found)


def _jump(zone: tzinfo, before: datetime, behind: datetime) -> datetime:
    """Return the second between the two moments in which the zone's offset changes."""
    offset = before.astimezone(zone).utcoffset()
    while behind - before > timedelta(seconds=1):
        middle = before + (behind - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            behind = middle
    return behind

"""Moments as the system's files tell them."""

from datetime import UTC, datetime
from pathlib import Path


def from_epoch(seconds: float) -> datetime:
    """Return the moment that is so many seconds after 1970 began, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def modified_at(path: Path) -> datetime | None:
    """Return when a file or folder was last changed, in whole seconds.

    None where there is none, or where its time is in no year that a date has.
    """
    try:
        return from_epoch(int(path.stat().st_mtime))
    except (OSError, ValueError, OverflowError):
        return None

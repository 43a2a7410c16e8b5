"""How history is divided: samples, and their roll-ups by hour and by day. All in UTC."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

HOUR_S = 3600
DAY_S = 86_400
DAY_HOURS = 24

# Two days are 2,880 samples a minute apart, in 48 packed hours; a quarter is 2,208 hours, in 92
# packed days. Beyond, a point a day is all that a chart can show.
_SAMPLES_WITHIN = timedelta(days=2)
_HOURS_WITHIN = timedelta(days=92)


class Resolution(StrEnum):
    """What one point of history stands for."""

    SAMPLE = "sample"
    HOUR = "hour"
    DAY = "day"


BUCKET_S = {Resolution.HOUR: HOUR_S, Resolution.DAY: DAY_S}
"""Length of the stretch that a roll-up sums up, seconds."""

FINEST_FIRST = (Resolution.SAMPLE, Resolution.HOUR, Resolution.DAY)


def resolution_for(width: timedelta) -> Resolution:
    """Return how finely a stretch of this width is read: some thousand points a series at most."""
    if width <= _SAMPLES_WITHIN:
        return Resolution.SAMPLE
    return Resolution.HOUR if width <= _HOURS_WITHIN else Resolution.DAY


def hour_of(at: datetime) -> int:
    """Return hours since 1970."""
    return int(at.timestamp()) // HOUR_S


def day_of(at: datetime) -> int:
    """Return days since 1970."""
    return int(at.timestamp()) // DAY_S


def month_of(day: int) -> int:
    """Return months since 1970 of a day since 1970."""
    date = day_start(day)
    return (date.year - 1970) * 12 + date.month - 1


def day_start(day: int) -> datetime:
    """Return when a day since 1970 begins."""
    return datetime.fromtimestamp(day * DAY_S, UTC)


def month_start(month: int) -> datetime:
    """Return when a month since 1970 begins."""
    return datetime(1970 + month // 12, month % 12 + 1, 1, tzinfo=UTC)

"""Coverage by the day: how much of each day's hours is required, and how much nobody covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sickbay_collector.core.desk.calendar import Span, spans, wall_moment
from sickbay_collector.core.desk.coverage import Gap
from sickbay_collector.core.desk.requirement import Requirement

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCover:
    """One day of a requirement."""

    day: date
    needed_min: float
    """0 where nothing is required."""
    short_min: float
    gaps: tuple[Gap, ...]
    """Those that touch the day, by time."""


def day_begin(zone: tzinfo, day: date) -> datetime:
    """Return when a day begins on the wall clock of a zone, in UTC."""
    return wall_moment(zone, datetime.combine(day, datetime.min.time()))


def cover_days(
    requirement: Requirement, gaps: Sequence[Gap], days: Sequence[date], zone: tzinfo
) -> tuple[DayCover, ...]:
    """Return the days of a requirement.

    Args:
        requirement: What must be there.
        gaps: Gaps of this and of other requirements, around these days.
        days: Which ones, in order and without holes.
        zone: Where the days begin.
    """
    own = [gap for gap in gaps if gap.requirement == requirement.id]
    return tuple(_cover(requirement, own, day, zone) for day in days)


def _cover(requirement: Requirement, gaps: Sequence[Gap], day: date, zone: tzinfo) -> DayCover:
    whole = Span(begin=day_begin(zone, day), end=day_begin(zone, day + _DAY))
    touching = tuple(gap for gap in gaps if gap.begin < whole.end and whole.begin < gap.end)
    needed = spans(requirement.hours, whole.begin, whole.end)
    return DayCover(
        day=day,
        needed_min=sum(_minutes(span.begin, span.end) for span in needed),
        short_min=sum(
            _minutes(max(gap.begin, whole.begin), min(gap.end, whole.end)) for gap in touching
        ),
        gaps=touching,
    )


def _minutes(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds() / 60

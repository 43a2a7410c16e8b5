"""Coverage by the day: how much of each day's hours is required, and how much nobody covers."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sickbay_collector.core.desk.calendar import Span, spans
from sickbay_collector.core.desk.coverage import Gap
from sickbay_collector.core.desk.requirement import Requirement
from sickbay_collector.core.wall_clock import wall_moment

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


def day_spans(days: Sequence[date], zone: tzinfo) -> tuple[tuple[date, Span], ...]:
    """Return from when to when each day is on the wall clock of a zone."""
    return tuple(
        (day, Span(begin=day_begin(zone, day), end=day_begin(zone, day + _DAY))) for day in days
    )


def cover_days(
    requirement: Requirement, gaps: Sequence[Gap], days: Sequence[tuple[date, Span]]
) -> tuple[DayCover, ...]:
    """Return the days of a requirement.

    Args:
        requirement: What must be there.
        gaps: Its gaps around these days, by time.
        days: Which ones, as `day_spans` returns them, in order and without holes.
    """
    if not days:
        return ()
    needed = tuple(spans(requirement.hours, days[0][1].begin, days[-1][1].end))
    return tuple(_cover(day, whole, needed, gaps) for day, whole in days)


def _cover(day: date, whole: Span, needed: Sequence[Span], gaps: Sequence[Gap]) -> DayCover:
    touching = tuple(gaps[_touched(gaps, whole)])
    return DayCover(
        day=day,
        needed_min=sum(_minutes(one, whole) for one in needed[_touched(needed, whole)]),
        short_min=sum(_minutes(one, whole) for one in touching),
        gaps=touching,
    )


def _touched(stretches: Sequence[Span] | Sequence[Gap], whole: Span) -> slice:
    """Return where those stand that touch a day; they are in order and apart from each other."""
    first = bisect_right(stretches, whole.begin, key=lambda one: one.end)
    return slice(first, bisect_left(stretches, whole.end, key=lambda one: one.begin))


def _minutes(one: Span | Gap, whole: Span) -> float:
    return (min(one.end, whole.end) - max(one.begin, whole.begin)).total_seconds() / 60

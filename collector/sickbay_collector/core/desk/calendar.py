"""When a desk works: a week of intervals in a time zone, less its holidays.

Everything is reckoned in UTC. A boundary on the wall clock is one moment: the first of two where
the clock is put back, and the moment of the jump where it is put forward over it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from sickbay_collector.core.wall_clock import wall_moment

DAY_MINUTES = 24 * 60
# No calendar that may be loaded is shut for so long; the search for a moment ends there.
_HORIZON = timedelta(days=20 * 366)
_ZERO = timedelta(0)
# A day before or after a clock change its wall clock tells the time by itself again.
_NEAR = timedelta(days=2)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Interval:
    """A part of a day by the wall clock, in minutes from midnight; 1440 is the day's end."""

    begin_min: int
    end_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, aware UTC: from `begin` to before `end`."""

    begin: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Working time."""

    calendar_id: str
    zone_name: str
    """IANA name."""
    zone: tzinfo
    week: tuple[tuple[Interval, ...], ...]
    """Monday to Sunday; the intervals of a day are in order and apart from each other."""
    holidays: Mapping[date, str]
    """Dates in the zone on which nobody works, and their names."""

    @property
    def is_always(self) -> bool:
        """Whether it is around the clock, so that elapsed time is working time."""
        whole = (Interval(begin_min=0, end_min=DAY_MINUTES),)
        return not self.holidays and all(day == whole for day in self.week)

    @property
    def week_minutes(self) -> int:
        """Working minutes of a week without holidays or clock changes."""
        return sum(one.end_min - one.begin_min for day in self.week for one in day)


def spans(calendar: Calendar, since: datetime, until: datetime) -> Iterator[Span]:
    """Yield the working time from `since` to before `until`, in order, none of it empty."""
    if calendar.is_always:
        if since < until:
            yield Span(begin=since, end=until)
        return
    # The day before, because a clock put back at midnight shows yesterday again.
    day = since.astimezone(calendar.zone).date() - _DAY
    midnight = _moment(calendar.zone, day, 0)
    while midnight < until:
        following = _moment(calendar.zone, day + _DAY, 0)
        for begin, end in _open_on(calendar, day, midnight, following):
            first, last = max(begin, since), min(end, until)
            if first < last:
                yield Span(begin=first, end=last)
        day, midnight = day + _DAY, following


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Return whether that moment is working time; many times faster than asking for spans."""
    offsets = {(at + step).astimezone(calendar.zone).utcoffset() for step in (-_NEAR, _ZERO, _NEAR)}
    if len(offsets) > 1:  # clocks change about now
        return next(spans(calendar, at, at + at.resolution), None) is not None
    local = at.astimezone(calendar.zone)
    minute = local.hour * 60 + local.minute
    return local.date() not in calendar.holidays and any(
        one.begin_min <= minute < one.end_min for one in calendar.week[local.weekday()]
    )


def worked(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """Return how much working time lies from `since` to `until`; none where they are reversed."""
    return sum((span.length for span in spans(calendar, since, until)), _ZERO)


def after(calendar: Calendar, since: datetime, amount: timedelta) -> datetime:
    """Return the first moment at which that much working time has passed since `since`.

    Raises:
        ValueError: The calendar has not that much working time in twenty years.
    """
    left = amount
    if left <= _ZERO:
        return since
    if calendar.is_always:
        return since + left
    for span in spans(calendar, since, since + _HORIZON):
        if span.length >= left:
            return span.begin + left
        left -= span.length
    raise ValueError(f"calendar {calendar.calendar_id} has less than {amount} of working time")


def _open_on(
    calendar: Calendar, day: date, midnight: datetime, following: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield from when to when a day is open that lasts from one midnight to the next."""
    if day in calendar.holidays:
        return
    # No zone puts its clock twice within a day: one of 24 hours is as long by its own clock.
    plain = following - midnight == _DAY
    for interval in calendar.week[day.weekday()]:
        if plain:
            yield midnight + interval.begin_min * _MINUTE, midnight + interval.end_min * _MINUTE
        else:
            begin = _moment(calendar.zone, day, interval.begin_min)
            yield begin, _moment(calendar.zone, day, interval.end_min)


def _moment(zone: tzinfo, day: date, minute: int) -> datetime:
    """Return when the wall clock reaches that minute of the day for the first time, in UTC."""
    days, rest = divmod(minute, DAY_MINUTES)
    return wall_moment(zone, datetime.combine(day + days * _DAY, time(rest // 60, rest % 60)))

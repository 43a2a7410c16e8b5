"""Shifts: who works when. Several people share one; several shifts make a person's week."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.desk.calendar import Calendar, Span, is_open, spans
from sickbay_collector.core.recurrence import Recurrence
from sickbay_collector.core.wall_clock import wall_moment

MAX_LENGTH_MIN = 24 * 60
"""Of one occurrence of a shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """Hours that begin with each occurrence of a rule."""

    begins: Recurrence
    length_min: int
    """On the wall clock: a night keeps its end when clocks change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Working hours and the people who work them."""

    id: str
    name: str
    technicians: tuple[str, ...]
    """Logins."""
    hours: Calendar | Recurring


def shift_spans(shift: Shift, since: datetime, until: datetime) -> Iterator[Span]:
    """Yield the shift's hours from `since` to before `until`, in order, none of them empty."""
    if isinstance(shift.hours, Calendar):
        yield from spans(shift.hours, since, until)
        return
    length = timedelta(minutes=shift.hours.length_min)
    rule = shift.hours.begins
    # Shown with a day to spare, then measured.
    around = since.astimezone(rule.zone).replace(tzinfo=None) - length - timedelta(days=1)
    for wall in rule.walls(until):
        if wall >= around:
            begin = max(wall_moment(rule.zone, wall), since)
            end = min(wall_moment(rule.zone, wall + length), until)
            if begin < end:
                yield Span(begin=begin, end=end)


def is_worked(shift: Shift, at: datetime) -> bool:
    """Return whether that moment is one of the shift's."""
    if isinstance(shift.hours, Calendar):
        return is_open(shift.hours, at)
    return next(shift_spans(shift, at, at + at.resolution), None) is not None

"""The arithmetic of a clock, line by line; what the lines count adds up to what is used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.desk.calendar import Calendar, spans
from sickbay_collector.core.desk.sla import (
    LineKind,
    Reckoning,
    Stretch,
    calendar_of,
    counted,
)

_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaLine:
    """One line: a stretch of time and how much of it counts."""

    begin: datetime
    end: datetime
    counted: timedelta
    used: timedelta
    """All that is counted up to here."""
    text: str


def lines(
    reckoning: Reckoning, calendars: Mapping[str, Calendar], *, now: datetime
) -> tuple[SlaLine, ...]:
    """Return the arithmetic of a clock until now, or until it stopped.

    Working time is shown interval by interval up to the due time; what comes after it is one line
    a stretch, so that a ticket forgotten for a year has no thousand of them.
    """
    found: list[SlaLine] = []
    used = _ZERO
    for stretch in reckoning.stretches:
        if stretch is reckoning.stretches[-1] and stretch.kind is LineKind.STOPPED:
            break
        for line in _of_stretch(stretch, calendars, reckoning.due_at, now):
            used += line.counted
            found.append(_summed(line, used))
    return tuple(found)


def length_words(length: timedelta) -> str:
    """Return a length of time as people say it: "15 min", "1 h 30 min", "2 min 5 s"."""
    seconds = round(length.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"


def _of_stretch(
    stretch: Stretch,
    calendars: Mapping[str, Calendar],
    due_at: datetime | None,
    now: datetime,
) -> Iterator[SlaLine]:
    end = max(now, stretch.begin) if stretch.end is None else stretch.end
    if stretch.kind is not LineKind.COUNTED:
        yield _line(stretch.begin, end, _ZERO, f"{stretch.kind.value}: {_plain(stretch.reason)}")
        return
    split = end if due_at is None else min(max(due_at, stretch.begin), end)
    calendar = calendar_of(stretch, calendars)
    why = "" if stretch.calendar in calendars else ", which is not there any more"
    yield from _in_detail(stretch, calendar, split, why)
    if split < end:
        overdue = counted(stretch, calendars, now=now) - _counted_until(stretch, calendar, split)
        yield _line(split, end, overdue, f"overdue, in calendar {stretch.calendar}{why}")


def _in_detail(
    stretch: Stretch, calendar: Calendar, until: datetime, why: str
) -> Iterator[SlaLine]:
    """Yield working time and what lies between, from the begin of the stretch."""
    at, said = stretch.begin, f" ({stretch.reason})"
    for span in spans(calendar, stretch.begin, until):
        if at < span.begin:
            yield _line(at, span.begin, _ZERO, f"outside of calendar {stretch.calendar}{why}{said}")
            said = ""
        text = f"counted in calendar {stretch.calendar}{why}{said}"
        yield _line(span.begin, span.end, span.length, text)
        at, said = span.end, ""
    if at < until:
        yield _line(at, until, _ZERO, f"outside of calendar {stretch.calendar}{why}{said}")


def _plain(reason: str) -> str:
    """Return a reason as people read it: a state that the ledger keeps by its name."""
    return reason.replace("_", " ")


def _counted_until(stretch: Stretch, calendar: Calendar, until: datetime) -> timedelta:
    return sum((one.length for one in spans(calendar, stretch.begin, until)), _ZERO)


def _line(begin: datetime, end: datetime, amount: timedelta, text: str) -> SlaLine:
    return SlaLine(begin=begin, end=end, counted=amount, used=_ZERO, text=text)


def _summed(line: SlaLine, used: timedelta) -> SlaLine:
    return SlaLine(begin=line.begin, end=line.end, counted=line.counted, used=used, text=line.text)

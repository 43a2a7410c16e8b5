"""How many people a shift needs: arrivals and handling time by weekday and hour, and a queue.

Source: Erlang's C formula, A. K. Erlang 1917; the recursion through his B formula and the answered
share as in G. Koole, Call Center Optimization, 2013, chapter 4. People wait in one queue, in order,
and do not give up: it asks for a little too many rather than too few.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sickbay_collector.core.desk.shift import Shift, shift_spans
from sickbay_collector.core.desk.stretches import joined

__all__ = [
    "Arrival",
    "HourLoad",
    "HourStaff",
    "ShiftStaff",
    "Target",
    "agents_needed",
    "answered_ratio",
    "hour_loads",
    "shift_staff",
    "staff_by_hour",
    "waiting_ratio",
]

DEFAULT_HANDLING_MIN = 20.0
"""Where the history knows of no handling time: about a first contact with its documentation."""
MAX_LOAD = 5000.0
"""People who are busy at once; the search is linear in it."""
HOURS_A_WEEK = 168
_FEW = 5
_HOUR = timedelta(hours=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which share of the contacts is answered within which time."""

    ratio: float = 0.8
    """Above 0 and below 1."""
    within_min: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One ticket that came."""

    at: datetime
    handling_min: float | None
    """Time that was spent on it; None while it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourLoad:
    """What an hour of the week brings on average."""

    weekday: int
    """0 for Monday."""
    hour: int
    arrivals: float
    """Tickets in that hour."""
    handling_min: float

    @property
    def erlangs(self) -> float:
        """People who are busy with it at once, on average."""
        return self.arrivals * self.handling_min / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class HourStaff:
    """An hour of the week with what it needs."""

    load: HourLoad
    needed: int
    answered_ratio: float
    """Share that is answered in time by that many; 1 where nothing comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftStaff:
    """What a shift needs, by its busiest hour."""

    shift: str
    assigned: int
    needed: int
    busiest: HourLoad | None
    """None where nothing ever came in its hours."""


def waiting_ratio(agents: int, erlangs: float) -> float:
    """Return the share of contacts that must wait (Erlang C); 1 where people cannot keep up."""
    if erlangs <= 0:
        return 0.0
    if agents <= erlangs:
        return 1.0
    blocked = 1.0
    for busy in range(1, agents + 1):
        blocked = erlangs * blocked / (busy + erlangs * blocked)
    return agents * blocked / (agents - erlangs * (1 - blocked))


def answered_ratio(
    agents: int, *, arrivals: float, handling_min: float, within_min: float
) -> float:
    """Return the share of contacts that are answered within a time.

    Args:
        agents: People at work.
        arrivals: Contacts an hour.
        handling_min: Mean time that one takes.
        within_min: The time.
    """
    erlangs = arrivals * handling_min / 60
    if erlangs <= 0:
        return 1.0
    if agents <= erlangs:
        return 0.0
    late = math.exp(-(agents - erlangs) * within_min / handling_min)
    return 1 - waiting_ratio(agents, erlangs) * late


def agents_needed(arrivals: float, handling_min: float, target: Target) -> int:
    """Return the fewest people who answer the target's share in its time; 0 where nothing comes.

    Raises:
        ValueError: More than 5,000 people would be busy at once.
    """
    erlangs = arrivals * handling_min / 60
    if erlangs <= 0:
        return 0
    if erlangs > MAX_LOAD:
        raise ValueError(
            f"{erlangs:,.0f} people busy at once; at most {MAX_LOAD:,.0f} are reckoned"
        )
    agents = math.floor(erlangs) + 1
    while True:
        answered = answered_ratio(
            agents, arrivals=arrivals, handling_min=handling_min, within_min=target.within_min
        )
        if answered >= target.ratio:
            return agents
        agents += 1


def hour_loads(arrivals: Iterable[Arrival], zone: tzinfo, *, weeks: float) -> tuple[HourLoad, ...]:
    """Return the 168 hours of a week, Monday midnight first, as the history knows them.

    Args:
        arrivals: Tickets of the time looked at.
        zone: Where the wall clock hangs.
        weeks: How long that time was.
    """
    cells: dict[int, list[float | None]] = {}
    for one in arrivals:
        local = one.at.astimezone(zone)
        cells.setdefault(local.weekday() * 24 + local.hour, []).append(one.handling_min)
    known = [minutes for cell in cells.values() for minutes in cell if minutes is not None]
    usual = sum(known) / len(known) if known else DEFAULT_HANDLING_MIN
    return tuple(_load(cell, cells.get(cell, []), usual, weeks) for cell in range(HOURS_A_WEEK))


def staff_by_hour(loads: Sequence[HourLoad], target: Target) -> tuple[HourStaff, ...]:
    """Return what each hour needs."""
    return tuple(_staffed(load, target) for load in loads)


def shift_staff(
    shifts: Mapping[str, Shift], staff: Sequence[HourStaff], zone: tzinfo, since: datetime
) -> tuple[ShiftStaff, ...]:
    """Return what each shift needs in the week from `since` if it worked alone.

    Args:
        shifts: The shifts by id.
        staff: The 168 hours of a week.
        zone: Where their wall clock hangs.
        since: Where the week begins.
    """
    return tuple(_of_shift(shift, staff, zone, since) for shift in shifts.values())


def _load(cell: int, found: Sequence[float | None], usual: float, weeks: float) -> HourLoad:
    known = [minutes for minutes in found if minutes is not None]
    return HourLoad(
        weekday=cell // 24,
        hour=cell % 24,
        arrivals=len(found) / weeks,
        # A mean of fewer says more about chance than about the hour.
        handling_min=sum(known) / len(known) if len(known) >= _FEW else usual,
    )


def _staffed(load: HourLoad, target: Target) -> HourStaff:
    needed = agents_needed(load.arrivals, load.handling_min, target)
    return HourStaff(
        load=load,
        needed=needed,
        answered_ratio=answered_ratio(
            needed,
            arrivals=load.arrivals,
            handling_min=load.handling_min,
            within_min=target.within_min,
        ),
    )


def _of_shift(
    shift: Shift, staff: Sequence[HourStaff], zone: tzinfo, since: datetime
) -> ShiftStaff:
    own = [staff[cell] for cell in sorted(_cells(shift, zone, since))]
    peak = max(own, key=lambda one: (one.needed, one.load.erlangs), default=None)
    return ShiftStaff(
        shift=shift.id,
        assigned=len(shift.technicians),
        needed=0 if peak is None else peak.needed,
        busiest=None if peak is None or not peak.needed else peak.load,
    )


def _cells(shift: Shift, zone: tzinfo, since: datetime) -> set[int]:
    """Return the hours of the week that a shift touches."""
    found = set()
    for span in joined(shift_spans(shift, since, since + _WEEK)):
        at = span.begin.replace(minute=0, second=0, microsecond=0)
        while at < span.end:
            local = at.astimezone(zone)
            found.add(local.weekday() * 24 + local.hour)
            at += _HOUR
    return found

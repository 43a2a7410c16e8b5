"""What the desk asks of coverage: gaps ahead of time, staff by hour, and a calendar of duties."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.coverage import Gap, gap_minutes
from sickbay_collector.core.desk.rota import Duty, duties
from sickbay_collector.core.desk.rota_plan import Rota
from sickbay_collector.core.desk.shift import Shift
from sickbay_collector.core.desk.staffing import (
    HourStaff,
    ShiftStaff,
    Target,
    hour_loads,
    shift_staff,
    staff_by_hour,
)
from sickbay_collector.core.errors import InvalidError, NotFoundError
from sickbay_collector.services.gaps_ahead import GapsAhead
from sickbay_collector.services.ports import UnitOfWork

AHEAD = timedelta(weeks=4)
"""How far gaps are looked for unless somebody says otherwise."""
MAX_AHEAD = timedelta(days=366)
MAX_DISTANCE = timedelta(days=5 * 366)
"""Of what is asked for from now, so that no rule is expanded without end."""
MAX_WEEKS = 104
MAX_ARRIVALS = 200_000
"""Tickets that are looked at; more are the newest of them."""
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """Gaps in a stretch of time."""

    since: datetime
    until: datetime
    requirements: int
    gaps: tuple[Gap, ...]
    """By time."""
    minutes: dict[str, float]
    """By tier that has a requirement, overlaps counted once."""
    advice: str
    """What to configure where nothing is required; "" where something is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffingQuery:
    """What staff is asked for."""

    tier: str = ""
    """Only tickets of this tier; "" for all."""
    weeks: int = 12
    """How much of the past is looked at."""
    zone: str = "UTC"
    """Where the wall clock hangs."""
    target: Target
    """What share is answered in which time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffingReport:
    """What the hours of a week and the shifts need."""

    query: StaffingQuery
    since: datetime
    until: datetime
    tickets: int
    """That came in this time."""
    timed: int
    """Of them those with time that was spent."""
    hours: tuple[HourStaff, ...]
    """168, Monday midnight first."""
    shifts: tuple[ShiftStaff, ...]


def near(at: datetime, now: datetime) -> datetime:
    """Return the moment, if it is within five years: rules are expanded up to it.

    Raises:
        InvalidError: It is further away.
    """
    if abs(at - now) > MAX_DISTANCE:
        raise InvalidError("%(at)s: must be within five years of now", at=f"{at:%Y-%m-%d}")
    return at


def check_stretch(since: datetime, until: datetime) -> None:
    """Refuse a stretch of time that is reversed or longer than a year.

    Raises:
        InvalidError: It is.
    """
    if until <= since:
        raise InvalidError("until: must be after from")
    if until - since > MAX_AHEAD:
        raise InvalidError("until: at most %(days)s days after from", days=MAX_AHEAD.days)


def coverage_report(
    ahead: GapsAhead, book: DeskBook, since: datetime, until: datetime
) -> CoverageReport:
    """Return the gaps of a stretch of time.

    Raises:
        InvalidError: The stretch is reversed or longer than a year.
    """
    check_stretch(since, until)
    gaps = ahead.of(book, since, until)
    return CoverageReport(
        since=since,
        until=until,
        requirements=len(book.requirements),
        gaps=tuple(sorted(gaps, key=lambda gap: (gap.begin, gap.requirement))),
        minutes=dict(gap_minutes(book, gaps, since, until)),
        advice="" if book.requirements else "nothing is required; add requirements to see gaps",
    )


def staffing_report(uow: UnitOfWork, query: StaffingQuery, *, now: datetime) -> StaffingReport:
    """Return what the hours of a week and the shifts need, by the past.

    Raises:
        InvalidError: A value is out of range.
        NotFoundError: There is no such tier.
    """
    _check_query(query)
    if query.tier and query.tier not in uow.book.tiers:
        raise NotFoundError("there is no tier %(tier)r", tier=query.tier[:64])
    zone = ZoneInfo(query.zone)
    since = now - query.weeks * _WEEK
    arrivals = uow.coverage.arrivals(since, now, tier=query.tier, limit=MAX_ARRIVALS)
    if len(arrivals) == MAX_ARRIVALS:
        since = min(one.at for one in arrivals)
    weeks = max((now - since) / _WEEK, 1e-6)
    try:
        hours = staff_by_hour(hour_loads(arrivals, zone, weeks=weeks), query.target)
    except ValueError as error:
        raise InvalidError(str(error)) from None
    return StaffingReport(
        query=query,
        since=since,
        until=now,
        tickets=len(arrivals),
        timed=sum(one.handling_min is not None for one in arrivals),
        hours=hours,
        shifts=shift_staff(_shifts_of(uow.book, query.tier), hours, zone, now),
    )


def rota_duties(book: DeskBook, rota: Rota, since: datetime, until: datetime) -> list[Duty]:
    """Return the duties of a rota by time."""
    return sorted(duties(book, rota, since, until), key=lambda duty: (duty.begin, duty.layer))


def find_rota(book: DeskBook, rota_id: str) -> Rota:
    """Return a rota.

    Raises:
        NotFoundError: There is none with that id.
    """
    rota = book.rotas.get(rota_id)
    if rota is None:
        raise NotFoundError("there is no rota %(rota_id)r", rota_id=rota_id[:64])
    return rota


def _shifts_of(book: DeskBook, tier: str) -> dict[str, Shift]:
    """Return the shifts in which somebody works on the tier; all of them for ""."""
    return {
        name: shift
        for name, shift in book.shifts.items()
        if not tier
        or any(
            login in book.technicians and tier in book.technicians[login].tiers
            for login in shift.technicians
        )
    }


def _check_query(query: StaffingQuery) -> None:
    if not 1 <= query.weeks <= MAX_WEEKS:
        raise InvalidError("weeks: from 1 to %(most)s", most=MAX_WEEKS)
    if not 0 < query.target.ratio < 1:
        raise InvalidError("ratio: above 0 and below 1")
    if not 0 < query.target.within_min <= 10_080:
        raise InvalidError("within_min: above 0 and at most a week")
    try:
        ZoneInfo(query.zone)
    except (OSError, ValueError, KeyError):
        raise InvalidError(
            "zone: %(zone)r is no time zone; use an IANA name like Europe/Berlin",
            zone=query.zone[:64],
        ) from None

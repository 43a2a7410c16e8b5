"""Technicians, shifts, rotas and requirements for tests of coverage and on-call."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.calendar import Calendar, Interval
from sickbay_collector.core.desk.requirement import Requirement
from sickbay_collector.core.desk.rota_plan import EVERYBODY, Layer, Override, Rota
from sickbay_collector.core.desk.shift import Recurring, Shift
from sickbay_collector.core.desk.technician import Absence, Technician
from sickbay_collector.core.recurrence import Recurrence, recurrence

Hours = Sequence[tuple[float, float]]
WORKDAYS = range(5)
EVERY_DAY = range(7)


def hours(
    *times: tuple[float, float], days: Sequence[int] = EVERY_DAY, zone: str = "UTC"
) -> Calendar:
    """Return hours of a day, such as (9, 17.5), on these days of the week."""
    day = tuple(Interval(begin_min=int(b * 60), end_min=int(e * 60)) for b, e in times)
    return Calendar(
        calendar_id="hours",
        zone_name=zone,
        zone=ZoneInfo(zone),
        week=tuple(day if number in days else () for number in range(7)),
        holidays={},
    )


ALWAYS = hours((0, 24))


def every(rule: str, start: datetime, zone: str = "UTC") -> Recurrence:
    """Return a rule that begins on the wall clock of a zone."""
    return recurrence(rule, start, zone, ZoneInfo(zone))


def a_technician(login: str, *absences: Absence, **fields: object) -> Technician:
    """Return a technician of tier L1 who looks after all sites and speaks English."""
    known = Technician(
        login=login,
        name=login.title(),
        email="",
        phone="",
        languages=("en",),
        skills={},
        tiers=("L1",),
        sites=(),
        zone="UTC",
        capacity=20,
        manager="",
        hourly_cost=0.0,
        absences=absences,
    )
    return replace(known, **fields)  # type: ignore[arg-type]


def away(since: datetime, until: datetime, reason: str = "holiday") -> Absence:
    """Return an absence."""
    return Absence(since=since, until=until, reason=reason)


def a_shift(name: str, worked: Calendar | Recurring, *technicians: str) -> Shift:
    """Return a shift."""
    return Shift(id=name, name=name, technicians=technicians, hours=worked)


def a_layer(
    name: str, handover: Recurrence, *participants: str, during: Calendar | None = None
) -> Layer:
    """Return a layer."""
    return Layer(name=name, participants=participants, handover=handover, hours=during)


def a_rota(name: str, *layers: Layer, tier: str = "L1") -> Rota:
    """Return a rota."""
    return Rota(id=name, name=name, tier=tier, layers=layers)


def an_override(
    name: str,
    login: str,
    since: datetime,
    until: datetime,
    *,
    rota: str = "desk",
    instead_of: str = EVERYBODY,
) -> Override:
    """Return an override."""
    return Override(
        id=name,
        rota=rota,
        since=since,
        until=until,
        login=login,
        instead_of=instead_of,
        reason="swap",
    )


def a_requirement(name: str, during: Calendar = ALWAYS, **fields: object) -> Requirement:
    """Return a requirement of one person of tier L1."""
    known = Requirement(
        id=name,
        users="everybody",
        locations=(),
        hours=during,
        languages=(),
        tier="L1",
        minimum=1,
    )
    return replace(known, **fields)  # type: ignore[arg-type]


def a_book(
    *technicians: Technician,
    shifts: Sequence[Shift] = (),
    rotas: Sequence[Rota] = (),
    overrides: Sequence[Override] = (),
    requirements: Sequence[Requirement] = (),
) -> DeskBook:
    """Return a book of these."""
    people: Mapping[str, Technician] = {one.login: one for one in technicians}
    return DeskBook(
        version="test",
        technicians=people,
        shifts={one.id: one for one in shifts},
        rotas={one.id: one for one in rotas},
        overrides={one.id: one for one in overrides},
        requirements={one.id: one for one in requirements},
    )

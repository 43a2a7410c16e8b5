"""What the coverage page takes on a large desk, and the same over the API; time of the process.

200 technicians of three tiers in a few zones work 42 shifts and take turns on nine rotas; 63
requirements want a site and a language at hours of their own.
"""

import gc
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from zoneinfo import ZoneInfo

from starlette.testclient import TestClient

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.calendar import Calendar, Interval
from sickbay_collector.core.desk.requirement import Requirement
from sickbay_collector.core.desk.rota_plan import Layer, Rota
from sickbay_collector.core.desk.shift import Shift
from sickbay_collector.core.desk.site import Site
from sickbay_collector.core.desk.technician import Absence, Technician
from sickbay_collector.core.desk.tier_spec import TierSpec
from sickbay_collector.core.recurrence import recurrence
from sickbay_collector.db.engine import open_engine
from sickbay_collector.db.migrate import upgrade
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.access import Role
from tests.collector.clinic import NOW, Clinic
from tests.collector.served import site_on
from tests.collector.web.console.conftest import PASSWORD, add_accounts

TECHNICIANS = 200
SITES = 21
READS = 20
# Weeks that nobody looked at before.
_LATER = {
    "/coverage": "from=2027-02-01",
    "/api/v1/coverage": "from=2027-05-03T00:00:00Z&until=2027-05-31T00:00:00Z",
}
_TIERS = ("L1", "L2", "L3")
_ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo")
_LANGUAGES = ("en", "de", "fr", "ja")
_SHIFT_HOURS = ((6, 14), (8, 16), (9, 17), (14, 22))
_LONG_AGO = NOW.replace(year=2025, month=1, day=6, hour=9, tzinfo=None)
_WORKDAYS = 5
_WEEKEND = 2


def measure() -> dict[str, float]:
    """Return the first look at page and API, and the 95th percentile of later ones, ms."""
    with tempfile.TemporaryDirectory(prefix="sickbay-bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'collector.db'}")
        upgrade(engine)
        book = large_desk()
        clinic = Clinic(
            engine=engine,
            open_reads=open_read_only(engine, book=lambda: book),
            open_writes=open_unit_of_work(engine, book=lambda: book),
        )
        add_accounts(clinic)
        context = clinic.context()
        with TestClient(site_on(context), follow_redirects=False) as client:
            client.post("/sign-in", data={"login": Role.TECHNICIAN.value, "password": PASSWORD})
            # What answers the first of all requests takes to load does not count.
            for path in ("/coverage?weeks=2", "/api/v1/coverage/now"):
                client.get(path).raise_for_status()
            # As the collector does when it starts: what stays is not looked through for garbage.
            gc.collect()
            gc.freeze()
            first = {path: _look_ms(client, f"{path}?{later}") for path, later in _LATER.items()}
            context.gaps_ahead.get_ready(book, NOW)
            took = {path: [_look_ms(client, path) for _ in range(1 + READS)] for path in _LATER}
        engine.dispose()
    return {
        "coverage_page_first_ms": first["/coverage"],
        "coverage_page_p95_ms": _p95_ms(took["/coverage"]),
        "coverage_api_first_ms": first["/api/v1/coverage"],
        "coverage_api_p95_ms": _p95_ms(took["/api/v1/coverage"]),
    }


def _look_ms(client: TestClient, path: str) -> float:
    began = time.process_time()
    answer = client.get(path)
    took_ms = (time.process_time() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return took_ms


def _p95_ms(took: list[float]) -> float:
    return quantiles(took, n=20)[-1]


def large_desk() -> DeskBook:
    """Return a desk that has somewhere somebody missing most of the time."""
    people = {one.login: one for one in map(_technician, range(TECHNICIANS))}
    logins = tuple(people)
    return DeskBook(
        version="bench",
        sites={one.id: one for one in map(_site, range(SITES))},
        tiers={one.id: one for one in map(_tier, _TIERS)},
        technicians=people,
        shifts={one.id: one for one in _shifts(logins)},
        rotas={one.id: one for one in _rotas(logins)},
        requirements={one.id: one for one in _requirements()},
    )


def _technician(number: int) -> Technician:
    sites = (f"site-{number % SITES}", f"site-{(number * 5 + 1) % SITES}")
    away = NOW + timedelta(days=number % 40 - 10)
    return Technician(
        login=f"t{number:03}",
        name=f"Technician {number}",
        email=f"t{number:03}@example.org",
        phone="",
        languages=("en", _LANGUAGES[number % len(_LANGUAGES)]),
        skills={},
        tiers=_TIERS[number % 3 : number % 3 + 1 + number % 2],
        sites=sites if number % 4 else (),
        zone=_ZONES[number % len(_ZONES)],
        capacity=20,
        manager="",
        hourly_cost=0.0,
        absences=(Absence(since=away, until=away + timedelta(days=number % 9 + 1), reason="away"),),
    )


def _site(number: int) -> Site:
    return Site(
        id=f"site-{number}",
        name=f"Site {number}",
        zone=_ZONES[number % len(_ZONES)],
        country="DE",
        location="",
    )


def _tier(name: str) -> TierSpec:
    return TierSpec(
        id=name,
        name=name,
        responsibilities=(),
        allowed_actions=(),
        time_limit_s=None,
        next="",
        queue=name,
        triggers=(),
    )


def _shifts(logins: tuple[str, ...]) -> Iterator[Shift]:
    for number in range(2 * SITES):
        begin, end = _SHIFT_HOURS[number % len(_SHIFT_HOURS)]
        yield Shift(
            id=f"shift-{number}",
            name=f"Shift {number}",
            technicians=logins[number :: 2 * SITES],
            hours=_hours(begin + number % 3 / 4, end, zone=_ZONES[number % len(_ZONES)]),
        )


def _rotas(logins: tuple[str, ...]) -> Iterator[Rota]:
    for number in range(9):
        zone = _ZONES[number % len(_ZONES)]
        handover = recurrence("FREQ=WEEKLY", _LONG_AGO, zone, ZoneInfo(zone))
        layers = tuple(
            Layer(
                name=f"layer-{place}",
                participants=logins[number + place :: 25],
                handover=handover,
                hours=_hours(16, 24, zone=zone, days=7) if place else None,
            )
            for place in range(2)
        )
        yield Rota(
            id=f"rota-{number}", name=f"Rota {number}", tier=_TIERS[number % 3], layers=layers
        )


def _requirements() -> Iterator[Requirement]:
    for number in range(3 * SITES):
        site = number % SITES
        yield Requirement(
            id=f"wanted-{number}",
            users="everybody",
            locations=(f"site-{site}",),
            hours=_hours(7, 19, zone=_ZONES[site % len(_ZONES)], days=5 + 2 * (number % 2)),
            languages=(_LANGUAGES[site % len(_LANGUAGES)],),
            tier=_TIERS[number // SITES],
            minimum=1 + number % 4,
        )


def _hours(begin: float, end: float, *, zone: str, days: int = _WORKDAYS) -> Calendar:
    day = (Interval(begin_min=int(begin * 60), end_min=int(end * 60)),)
    return Calendar(
        calendar_id="bench",
        zone_name=zone,
        zone=ZoneInfo(zone),
        week=(day,) * days + ((),) * (_WORKDAYS + _WEEKEND - days),
        holidays={},
    )

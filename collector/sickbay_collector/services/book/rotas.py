"""Reading rotas and their overrides."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.desk.calendar import Calendar
from sickbay_collector.core.desk.rota_plan import (
    EVERYBODY,
    MAX_LAYERS,
    MAX_PARTICIPANTS,
    Layer,
    Override,
    Rota,
)
from sickbay_collector.core.recurrence import Recurrence, recurrence
from sickbay_collector.services.book.hours import HOURS, hours_of
from sickbay_collector.services.book.kind import BookKind, Known, items, line
from sickbay_collector.services.book.recurrences import pace_of, rule_of
from sickbay_collector.services.calendar_fields import moment_of, zone_of

MAX_OVERRIDE = timedelta(days=366)
_LAYER = ("name", "participants", *HOURS, "handover")
_HANDOVER = ("every", "at", "from", "rule")
# A Monday before every other begin.
_EVER = datetime.fromisoformat("2000-01-03")


def _rota(fields: Fields, known: Known) -> Rota:
    name = str(fields.take("id").value)
    layers = tuple(_layers(fields, known))
    if not layers:
        raise fields.error("layers", "must name at least one layer with participants")
    return Rota(
        id=name,
        name=line(fields, "name", name),
        tier=known.check(fields, "tier", fields.take("tier"), "tiers"),
        layers=layers,
    )


def _layers(fields: Fields, known: Known) -> Iterator[Layer]:
    names: set[str] = set()
    for number, item in enumerate(items(fields, "layers", most=MAX_LAYERS), 1):
        layer = Fields(item, f"{fields.subject}, layer {number}", _LAYER)
        name = line(layer, "name", f"layer {number}")
        if name in names:
            raise layer.error("name", f"{name!r} is there twice")
        names.add(name)
        yield _layer(layer, name, known)


def _layer(fields: Fields, name: str, known: Known) -> Layer:
    participants = tuple(
        known.check(fields, "participants", item, "technicians")
        for item in items(fields, "participants", most=MAX_PARTICIPANTS)
    )
    if not participants:
        raise fields.error("participants", "is empty; a rota needs at least one technician")
    return Layer(
        name=name,
        participants=participants,
        handover=_handover(fields, len(participants)),
        hours=_hours(fields, known),
    )


def _hours(fields: Fields, known: Known) -> Calendar | None:
    if fields.has("week"):
        return hours_of(fields, known)
    for key in ("holidays", "closed"):
        if fields.has(key):
            raise fields.error(key, "needs a week; a layer without one is on call all the time")
    return None


def _handover(fields: Fields, participants: int) -> Recurrence:
    zone = zone_of(fields)
    if not fields.has("handover"):
        if participants > 1:
            raise fields.error(
                "handover", 'is missing; for example {every: 1w, at: "09:00", from: 2026-01-05}'
            )
        return recurrence("FREQ=WEEKLY", _EVER, zone, ZoneInfo(zone))
    place = Fields(fields.take("handover"), f"{fields.subject}, handover", _HANDOVER)
    if not place.has("rule"):
        return pace_of(place, zone)
    for key in ("every", "at"):
        if place.has(key):
            raise place.error(key, "does not go with rule; say the one or the other")
    found = rule_of(place, zone)
    if found.ends:
        raise place.error("rule", "must not end: leave COUNT and UNTIL out")
    return found


def _override(fields: Fields, known: Known) -> Override:
    zone = ZoneInfo(zone_of(fields) if fields.has("zone") else "UTC")
    since = moment_of(fields, "from", zone, day_after=False)
    until = moment_of(fields, "until", zone, day_after=True)
    if until <= since:
        raise fields.error("until", f"{until:%Y-%m-%dT%H:%MZ} is not after from")
    if until - since > MAX_OVERRIDE:
        raise fields.error("until", "is more than 366 days after from; change the rota instead")
    rota = known.check(fields, "rota", fields.take("rota"), "rotas")
    login = known.check(fields, "login", fields.take("login"), "technicians")
    instead_of = _instead_of(fields, known)
    if instead_of == login:
        raise fields.error("instead_of", f"{login} cannot stand in for themselves")
    return Override(
        id=str(fields.take("id").value),
        rota=rota,
        since=since,
        until=until,
        login=login,
        instead_of=instead_of,
        reason=line(fields, "reason"),
    )


def _instead_of(fields: Fields, known: Known) -> str:
    if not fields.has("instead_of") or fields.take("instead_of").value == EVERYBODY:
        return EVERYBODY
    return known.one(fields, "instead_of", "technicians")


ROTAS = BookKind(name="rotas", one="rota", keys=("name", "tier", "layers"), parse=_rota, most=500)
OVERRIDES = BookKind(
    name="overrides",
    one="override",
    keys=("rota", "from", "until", "zone", "login", "instead_of", "reason"),
    parse=_override,
    most=5000,
)

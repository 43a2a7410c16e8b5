"""Reading technicians."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sickbay_collector.core.alerts.fields import Fields, shown, wrong
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.skill import LEVELS
from sickbay_collector.core.desk.technician import Absence, Technician
from sickbay_collector.services.book.kind import BookKind, Entries, Known, items, line
from sickbay_collector.services.book.notify import NOTIFY_KEYS, notify_rules
from sickbay_collector.services.calendar_fields import moment_of, zone_of

MAX_CAPACITY = 500
MAX_ABSENCES = 400
MAX_HOURLY_COST = 100_000.0
DEFAULT_CAPACITY = 20
DEFAULT_LANGUAGE = "en"

# What API tokens call people, less blanks.
_LOGIN = r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}"
_LOGIN_MEANS = "1 to 64 of letters, digits and . _ @ + -, beginning with a letter or digit"
# Source: RFC 5321 section 4.5.3.1 for the lengths; what is inside is the mail server's matter.
_EMAIL = r"[^\s@<>\x00-\x1f\x7f\ud800-\udfff]{1,64}@[A-Za-z0-9.-]{1,189}"
# Source: ITU-T E.164 has 15 digits; the rest is how people write and extend them.
_PHONE = r"\+?[0-9][0-9 ()/.x-]{1,31}"
# Source: ISO 639-1.
_LANGUAGE = r"[a-z]{2}"


def _technician(fields: Fields, known: Known) -> Technician:
    login = str(fields.take("login").value)
    sites = known.some(fields, "sites", "sites")
    zone = _zone(fields, known, sites)
    return Technician(
        login=login,
        name=line(fields, "name", login),
        email=_text(fields, "email", _EMAIL, "an address like ann@example.org"),
        phone=_text(fields, "phone", _PHONE, 'a number in quotes like "+49 30 1234567"'),
        languages=_languages(fields),
        skills=MappingProxyType(skill_levels(fields, known)),
        tiers=known.some(fields, "tiers", "tiers"),
        sites=sites,
        zone=zone,
        capacity=fields.integer("capacity", 0, MAX_CAPACITY)
        if fields.has("capacity")
        else DEFAULT_CAPACITY,
        manager=known.one(fields, "manager", "technicians"),
        hourly_cost=_cost(fields),
        absences=tuple(sorted(_absences(fields, ZoneInfo(zone)), key=lambda one: one.since)),
        notify=notify_rules(fields, known),
    )


def _text(fields: Fields, key: str, pattern: str, means: str) -> str:
    return fields.text(key, pattern=pattern, means=means) if fields.has(key) else ""


def _zone(fields: Fields, known: Known, sites: tuple[str, ...]) -> str:
    """Return the zone that is said, else that of the first site, else UTC."""
    if fields.has("zone"):
        return zone_of(fields)
    if not sites:
        return "UTC"
    where = known.entry("sites", sites[0]).get("zone")
    return str(where.value) if where is not None else "UTC"


def _languages(fields: Fields) -> tuple[str, ...]:
    found = tuple(
        Fields(Marked(value={"languages": item}, where=item.where), fields.subject, None).text(
            "languages", pattern=_LANGUAGE, means="a list of codes of ISO 639-1 like de"
        )
        for item in items(fields, "languages", most=20)
    )
    return found or (DEFAULT_LANGUAGE,)


def skill_levels(fields: Fields, known: Known) -> dict[str, int]:
    """Return the levels that the key `skills` names; none where it is absent.

    Raises:
        InvalidError: A skill is unknown, or a level is not 1 to 5.
    """
    if not fields.has("skills"):
        return {}
    place = fields.take("skills")
    levels = Fields(place, f"{fields.subject}, skills", None)
    found = {}
    for name in levels.keys():  # noqa: SIM118 - a method of Fields, which is no mapping
        item = levels.take(name)
        known.check(fields, "skills", Marked(value=name, where=item.where), "skills")
        found[name] = levels.integer(name, *LEVELS)
    return found


def _cost(fields: Fields) -> float:
    if not fields.has("hourly_cost"):
        return 0.0
    value = fields.take("hourly_cost").value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= float(str(value)) <= MAX_HOURLY_COST:
        raise fields.error(
            "hourly_cost", f"must be a number from 0 to {MAX_HOURLY_COST:g}, not {shown(value)}"
        )
    return float(str(value))


def _absences(fields: Fields, zone: ZoneInfo) -> Iterator[Absence]:
    for item in items(fields, "absences", most=MAX_ABSENCES):
        entry = Fields(item, f"{fields.subject}, absences", ("from", "until", "reason"))
        since = moment_of(entry, "from", zone, day_after=False)
        until = moment_of(entry, "until", zone, day_after=True)
        if until <= since:
            raise entry.error("until", "must not be before from")
        yield Absence(since=since, until=until, reason=line(entry, "reason"))


def _no_circle(book: DeskBook, entries: Entries) -> None:
    """Refuse people who are their own manager, over others too."""
    bosses: Mapping[str, str] = {
        login: person.manager for login, person in book.technicians.items()
    }
    for first in bosses:
        seen, at = {first}, bosses[first]
        while at and at not in seen:
            seen.add(at)
            at = bosses[at]
        if at == first:
            raise wrong(
                entries[first].where, f"technician {first}", "manager: is in the end their own"
            )


TECHNICIANS = BookKind(
    name="technicians",
    one="technician",
    keys=(
        "name",
        "email",
        "phone",
        "languages",
        "skills",
        "tiers",
        "sites",
        "zone",
        "capacity",
        "manager",
        "hourly_cost",
        "absences",
        *NOTIFY_KEYS,
    ),
    parse=_technician,
    id_key="login",
    id_pattern=_LOGIN,
    id_means=_LOGIN_MEANS,
    most=5000,
    check=_no_circle,
)

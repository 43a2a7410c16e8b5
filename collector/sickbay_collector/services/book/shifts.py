"""Reading shifts and what they must cover."""

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.desk.calendar import Calendar
from sickbay_collector.core.desk.requirement import MAX_STAFF, Requirement
from sickbay_collector.core.desk.shift import MAX_LENGTH_MIN, Recurring, Shift
from sickbay_collector.services.book.hours import HOURS, hours_of
from sickbay_collector.services.book.kind import BookKind, Known, items, line
from sickbay_collector.services.book.recurrences import rule_of
from sickbay_collector.services.calendar_fields import zone_of

MIN_LENGTH_MIN = 15
# Source: ISO 639-1.
_LANGUAGE = r"[a-z]{2}"


def _shift(fields: Fields, known: Known) -> Shift:
    name = str(fields.take("id").value)
    people = known.some(fields, "technicians", "technicians")
    if not people:
        raise fields.error("technicians", "must name at least one")
    return Shift(
        id=name,
        name=line(fields, "name", name),
        technicians=people,
        hours=_recurring(fields) if fields.has("rule") else _weekly(fields, known),
    )


def _weekly(fields: Fields, known: Known) -> Calendar:
    for key in ("from", "length"):
        if fields.has(key):
            raise fields.error(key, "needs a rule; with week the intervals say it all")
    return hours_of(fields, known)


def _recurring(fields: Fields) -> Recurring:
    for key in ("week", "holidays", "closed"):
        if fields.has(key):
            raise fields.error(key, "does not go with rule; make two shifts of it")
    length_s = fields.duration_s("length", MAX_LENGTH_MIN * 60.0, low_s=MIN_LENGTH_MIN * 60.0)
    return Recurring(begins=rule_of(fields, zone_of(fields)), length_min=round(length_s / 60))


def _requirement(fields: Fields, known: Known) -> Requirement:
    name = str(fields.take("id").value)
    return Requirement(
        id=name,
        users=line(fields, "users", "everybody"),
        locations=known.some(fields, "locations", "sites"),
        hours=hours_of(fields, known),
        languages=_languages(fields),
        tier=known.check(fields, "tier", fields.take("tier"), "tiers"),
        minimum=fields.integer("minimum", 1, MAX_STAFF) if fields.has("minimum") else 1,
    )


def _languages(fields: Fields) -> tuple[str, ...]:
    found = (
        Fields(Marked(value={"languages": item}, where=item.where), fields.subject, None).text(
            "languages", pattern=_LANGUAGE, means="a list of codes of ISO 639-1 like de"
        )
        for item in items(fields, "languages", most=20)
    )
    return tuple(dict.fromkeys(found))


SHIFTS = BookKind(
    name="shifts",
    one="shift",
    keys=("name", "technicians", *HOURS, "rule", "from", "length"),
    parse=_shift,
    most=5000,
)
REQUIREMENTS = BookKind(
    name="requirements",
    one="requirement",
    keys=("users", "locations", *HOURS, "languages", "tier", "minimum"),
    parse=_requirement,
    most=500,
)

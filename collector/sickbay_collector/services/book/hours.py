"""Reading hours of a week: of shifts, of rotas and of what must be covered."""

from types import MappingProxyType
from zoneinfo import ZoneInfo

from sickbay_collector.core.alerts.fields import Fields
from sickbay_collector.core.desk.calendar import Calendar
from sickbay_collector.services.book.kind import Known
from sickbay_collector.services.calendar_fields import days_off, week_of, zone_of

HOURS = ("zone", "week", "holidays", "closed")
"""Keys that name hours."""


def hours_of(fields: Fields, known: Known) -> Calendar:
    """Return the hours of an entry with a zone, a week, and days on which it does not count.

    Raises:
        InvalidError: The zone is unknown, intervals overlap, or the week has no hours.
    """
    zone = zone_of(fields)
    found = Calendar(
        calendar_id=fields.subject,
        zone_name=zone,
        zone=ZoneInfo(zone),
        week=week_of(fields),
        holidays=MappingProxyType(days_off(fields, known.today)),
    )
    if not found.week_minutes:
        raise fields.error("week", 'has no hours; for example mon-fri: ["08:00-17:00"]')
    return found

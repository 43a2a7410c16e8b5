"""Reading rules of iCalendar with their begin."""

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sickbay_collector.core.alerts.fields import Fields, shown
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.recurrence import Recurrence, recurrence

_EVERY = re.compile(r"(\d{1,3})([dw])")
_FREQUENCY = {"d": "DAILY", "w": "WEEKLY"}
_AT = r"([01]\d|2[0-3]):[0-5]\d"


def rule_of(fields: Fields, zone: str) -> Recurrence:
    """Return the rule of the keys `rule` and `from`, a time on the wall clock.

    Raises:
        InvalidError: It is no rule, never occurs, occurs too often, or has no begin.
    """
    rule = fields.text("rule", pattern=r".{1,1000}", means="a rule like FREQ=WEEKLY;BYDAY=MO")
    start = _wall(fields, "from", "a time on the wall clock like 2026-01-05T09:00")
    return _made(fields, "rule", rule, start, zone)


def pace_of(fields: Fields, zone: str) -> Recurrence:
    """Return what happens every so many days or weeks: keys `every`, `from` and `at`.

    Raises:
        InvalidError: A key is missing or wrong.
    """
    value = fields.take("every").value
    found = _EVERY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise fields.error("every", f"must be days or weeks like 3d or 1w, not {shown(value)}")
    text = fields.text("at", pattern=_AT, means='a time in quotes like "09:00"')
    first = _wall(fields, "from", "a day like 2026-01-05").date()
    start = datetime.combine(first, time.fromisoformat(text))
    rule = f"FREQ={_FREQUENCY[found[2]]};INTERVAL={int(found[1])}"
    return _made(fields, "every", rule, start, zone)


def _made(fields: Fields, key: str, rule: str, start: datetime, zone: str) -> Recurrence:
    try:
        return recurrence(rule, start, zone, ZoneInfo(zone))
    except InvalidError as error:
        raise fields.error(key, str(error)) from None


def _wall(fields: Fields, key: str, means: str) -> datetime:
    value = fields.take(key).value
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise fields.error(key, f"must be {means}, not {shown(value)}") from None
    if found.tzinfo is not None:
        raise fields.error(key, f"must be {means}, without a zone of its own")
    return found.replace(second=0, microsecond=0)

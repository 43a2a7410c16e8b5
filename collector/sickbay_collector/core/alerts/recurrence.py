"""When a maintenance window comes round: local times of a zone, by a bounded RRULE.

A local time that a clock change leaves out begins when the clock jumps; one that comes twice
begins the first time. A window lasts as long as it says, whatever the clock does meanwhile.

Source: RFC 5545 section 3.3.10; of its parts those are taken that always find a date soon.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrulestr

from sickbay_collector.core.errors import InvalidError

RRULE_LIMIT = 200
"""Characters of a rule."""
MAX_TIMES = 400
"""Times that a window comes round: a daily one for a year."""

_WEEKDAY = r"(?:MO|TU|WE|TH|FR|SA|SU)"
_PARTS = MappingProxyType(
    {
        "INTERVAL": re.compile(r"[1-9][0-9]?"),
        "WKST": re.compile(_WEEKDAY),
        "BYDAY": re.compile(rf"{_WEEKDAY}(?:,{_WEEKDAY}){{0,6}}"),
    }
)
_MONTHLY = MappingProxyType(
    {
        "INTERVAL": _PARTS["INTERVAL"],
        "WKST": _PARTS["WKST"],
        "BYDAY": re.compile(rf"(?:[1-4]|-1){_WEEKDAY}(?:,(?:[1-4]|-1){_WEEKDAY}){{0,6}}"),
        "BYMONTHDAY": re.compile(r"(?:[1-9]|1[0-9]|2[0-8]|-1)(?:,(?:[1-9]|1[0-9]|2[0-8]|-1)){0,9}"),
    }
)
# Every so many days on a Monday may never come; a week's days and a month's always do.
_DAILY = MappingProxyType({"INTERVAL": _PARTS["INTERVAL"]})
_FREQUENCIES = MappingProxyType({"DAILY": _DAILY, "WEEKLY": _PARTS, "MONTHLY": _MONTHLY})


def checked_rule(text: str) -> str:
    """Return the rule in capitals.

    Raises:
        InvalidError: It is too long, or has a part that is not taken.
    """
    if len(text) > RRULE_LIMIT:
        raise InvalidError(f"rrule: at most {RRULE_LIMIT} characters")
    rule = text.strip().upper().removeprefix("RRULE:")
    parts = [part.partition("=") for part in rule.split(";")]
    said = {name: value for name, _, value in parts}
    patterns = _FREQUENCIES.get(said.pop("FREQ", ""))
    if patterns is None or len(said) + 1 != len(parts):
        raise InvalidError(
            f"rrule {text[:60]!r}: FREQ must be DAILY, WEEKLY or MONTHLY, and no part there twice"
        )
    for name, value in said.items():
        if name not in patterns or not patterns[name].fullmatch(value):
            raise InvalidError(
                f"rrule: {name}={value[:40]} is not taken; parts: {', '.join(patterns)},"
                " BYMONTHDAY 1 to 28 or -1, BYDAY as MO, monthly as 2MO or -1FR"
            )
    if {"BYDAY", "BYMONTHDAY"} <= said.keys():
        raise InvalidError("rrule: BYDAY or BYMONTHDAY, not both")
    return rule


def checked_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        InvalidError: There is no such zone.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidError(f"zone {name[:64]!r}: no time zone; as Europe/Berlin or UTC") from None
    return name


def starts(start: datetime, zone: str, rule: str, until: datetime) -> Iterator[datetime]:
    """Yield when a window begins, in UTC, before `until`: the rule's times from `start` on.

    Args:
        start: Local, without a zone.
        zone: Of `start`.
        rule: What `checked_rule` returned; "" for once.
        until: Aware.
    """
    place = ZoneInfo(zone)
    last = until.astimezone(place).replace(tzinfo=None)
    times = rrulestr(rule, dtstart=start).xafter(start, inc=True) if rule else iter((start,))
    for local in times:
        at = local.replace(tzinfo=place).astimezone(UTC)
        if local > last or at >= until:
            return
        yield at

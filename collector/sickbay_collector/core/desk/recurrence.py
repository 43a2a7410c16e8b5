"""Moments that come again, by the wall clock of a zone: a rule of iCalendar, within bounds.

The rule is expanded on the wall clock and each moment turned into UTC after, so that nine o'clock
stays nine o'clock when clocks change.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import islice, takewhile
from types import MappingProxyType
from typing import cast

from dateutil.rrule import rrule, rrulestr

from sickbay_collector.core.desk.calendar import wall_moment
from sickbay_collector.core.errors import InvalidError

MAX_RULE_LENGTH = 200
MAX_A_YEAR = 2000
"""Occurrences: five a day, and some."""
MAX_INTERVAL = 366
FIRST_YEAR, LAST_YEAR = 2000, 2100
"""When a rule may begin. Each is counted from its begin."""

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAY = r"(MO|TU|WE|TH|FR|SA|SU)"
_NUMBERED_DAY = rf"[+-]?[1-5]{_DAY}"
_MONTH = r"([1-9]|1[0-2])"
_DATE = r"([1-9]|[12]\d|3[01])"
_MONTHLY = frozenset({"MONTHLY", "YEARLY"})
# Source: RFC 5545, 3.3.10, less the parts that a desk has no use for.
_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "FREQ": "|".join(_FREQUENCIES),
        "INTERVAL": r"\d{1,3}",
        "BYDAY": rf"({_NUMBERED_DAY}|{_DAY})(,({_NUMBERED_DAY}|{_DAY})){{0,19}}",
        "BYMONTH": rf"{_MONTH}(,{_MONTH}){{0,11}}",
        "BYMONTHDAY": rf"-?{_DATE}(,-?{_DATE}){{0,30}}",
        "BYHOUR": r"\d{1,2}(,\d{1,2}){0,23}",
        "BYMINUTE": r"\d{1,2}(,\d{1,2}){0,3}",
        "BYSETPOS": r"-?\d{1,2}(,-?\d{1,2}){0,9}",
        "WKST": _DAY,
        "COUNT": r"\d{1,5}",
        "UNTIL": r"\d{8}(T\d{6})?",
    }
)
_YEAR = timedelta(days=366)
# 29 February is at most eight years away.
_HORIZON = timedelta(days=3660)
_DAY_LONG = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A rule with its begin."""

    rule: str
    """As RFC 5545 spells it, without "RRULE:"."""
    start: datetime
    """On the wall clock, without zone."""
    zone_name: str
    """IANA name."""
    zone: tzinfo
    expanded: rrule = field(compare=False, repr=False)
    """The rule at work; it keeps what it worked out."""

    @property
    def ends(self) -> bool:
        """Whether it comes to an end by itself."""
        return "COUNT=" in self.rule or "UNTIL=" in self.rule

    def walls(self, until: datetime) -> Iterator[datetime]:
        """Yield its moments on the wall clock, from the first to before `until` (aware)."""
        # No clock was ever put by more than a day.
        around = until.astimezone(self.zone).replace(tzinfo=None)
        for wall in takewhile(lambda wall: wall < around + _DAY_LONG, self.expanded):
            if wall < around - _DAY_LONG or wall_moment(self.zone, wall) < until:
                yield wall


def recurrence(rule: str, start: datetime, zone_name: str, zone: tzinfo) -> Recurrence:
    """Return a rule that is known to occur, and not too often.

    Args:
        rule: As RFC 5545 spells it: "FREQ=WEEKLY;BYDAY=MO".
        start: Its begin on the wall clock, without zone.
        zone_name: IANA name of the zone.
        zone: The zone.

    Raises:
        InvalidError: It is no rule, never occurs, or occurs too often.
    """
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise InvalidError(f"must begin in the years {FIRST_YEAR} to {LAST_YEAR}")
    _check_parts(_parts(rule))
    try:
        expanded = cast("rrule", rrulestr(rule, dtstart=start, cache=True))
    except ValueError as error:
        raise InvalidError(f"{rule!r} is no rule of iCalendar: {error}") from None
    _check_pace(rule, expanded, start)
    return Recurrence(rule=rule, start=start, zone_name=zone_name, zone=zone, expanded=expanded)


def _parts(rule: str) -> Mapping[str, str]:
    if len(rule) > MAX_RULE_LENGTH:
        raise InvalidError(f"a rule has at most {MAX_RULE_LENGTH} characters")
    found: dict[str, str] = {}
    for part in rule.split(";"):
        key, _, value = part.partition("=")
        if key not in _PARTS:
            raise InvalidError(f"{part[:40]!r} is no part of a rule; use {', '.join(_PARTS)}")
        if key in found:
            raise InvalidError(f"{key} is there twice")
        if not re.fullmatch(_PARTS[key], value):
            raise InvalidError(f"{part[:40]!r}: {_means(key)}")
        found[key] = value
    if "FREQ" not in found:
        raise InvalidError("needs a FREQ, for example FREQ=WEEKLY;BYDAY=MO")
    return found


def _means(key: str) -> str:
    if key == "FREQ":
        return f"FREQ is one of {', '.join(_FREQUENCIES)}; BYHOUR names several times of a day"
    if key == "UNTIL":
        return "UNTIL is a date or time on the wall clock, like 20261231 or 20261231T170000"
    return f"{key} has a value that iCalendar does not know"


def _check_parts(parts: Mapping[str, str]) -> None:
    """Refuse combinations that may never occur, so that no search for a moment is endless."""
    often = parts["FREQ"] not in _MONTHLY
    for key in ("BYMONTHDAY", "BYSETPOS"):
        if often and key in parts:
            raise InvalidError(f"{key} needs FREQ=MONTHLY or YEARLY")
    if often and re.search(_NUMBERED_DAY, parts.get("BYDAY", "")):
        raise InvalidError("a numbered weekday needs FREQ=MONTHLY or YEARLY")
    interval = int(parts.get("INTERVAL", "1"))
    if not 1 <= interval <= MAX_INTERVAL:
        raise InvalidError(f"INTERVAL is from 1 to {MAX_INTERVAL}")
    if parts["FREQ"] == "DAILY" and interval > 1 and "BYDAY" in parts:
        raise InvalidError("BYDAY with every few days may never come; use FREQ=WEEKLY")
    if parts.get("COUNT") and parts.get("UNTIL"):
        raise InvalidError("COUNT and UNTIL do not go together")


def _check_pace(rule: str, expanded: rrule, start: datetime) -> None:
    first = next(iter(expanded), None)
    if first is None or first > start + _HORIZON:
        raise InvalidError(f"{rule!r} does not occur within ten years of {start:%Y-%m-%d}")
    within_a_year = takewhile(lambda wall: wall < first + _YEAR, expanded)
    if len(list(islice(within_a_year, MAX_A_YEAR + 1))) > MAX_A_YEAR:
        raise InvalidError(f"{rule!r} occurs more than {MAX_A_YEAR:,} times a year")

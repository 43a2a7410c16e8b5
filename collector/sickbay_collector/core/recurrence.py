"""Moments that come again, by the wall clock of a zone: rules of iCalendar, within bounds.

A rule is expanded on the wall clock and each moment turned into UTC after, so that nine o'clock
stays nine o'clock when clocks change. A time that a change leaves out is when the clock jumps; one
that comes twice is the first of both. What a rule may say depends on what it is for.

Source: RFC 5545 section 3.3.10, less the parts that a desk has no use for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import islice, takewhile
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrule, rrulestr

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.recurrence_grammar import ROTA, RULE_LIMIT, WINDOW, checked_parts
from sickbay_collector.core.wall_clock import wall_moment

MAX_A_YEAR = 2000
"""Occurrences of a rota's rule: five a day, and some."""
MAX_TIMES = 400
"""Times that a maintenance window comes round: a daily one for a year."""
FIRST_YEAR, LAST_YEAR = 2000, 2100
"""When a rota's rule may begin. Each is counted from its begin."""

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
        return _before(self.expanded, self.zone, until)


def recurrence(rule: str, start: datetime, zone_name: str, zone: tzinfo) -> Recurrence:
    """Return a rota's rule that is known to occur, and not too often.

    Args:
        rule: As RFC 5545 spells it: "FREQ=WEEKLY;BYDAY=MO".
        start: Its begin on the wall clock, without zone.
        zone_name: IANA name of the zone.
        zone: The zone.

    Raises:
        InvalidError: It is no rule, never occurs, or occurs too often.
    """
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise InvalidError(
            "must begin in the years %(first_year)s to %(last_year)s",
            first_year=FIRST_YEAR,
            last_year=LAST_YEAR,
        )
    checked_parts(rule, ROTA)
    try:
        expanded = cast("rrule", rrulestr(rule, dtstart=start, cache=True))
    except ValueError as error:
        raise InvalidError(
            "%(rule)r is no rule of iCalendar: %(error)s", rule=rule, error=error
        ) from None
    _check_pace(rule, expanded, start)
    return Recurrence(rule=rule, start=start, zone_name=zone_name, zone=zone, expanded=expanded)


def checked_rule(text: str) -> str:
    """Return the rule of a maintenance window in capitals.

    Raises:
        InvalidError: It is too long, or has a part that is not taken.
    """
    if len(text) > RULE_LIMIT:
        raise InvalidError("rrule: at most %(limit)s characters", limit=RULE_LIMIT)
    rule = text.strip().upper().removeprefix("RRULE:")
    try:
        checked_parts(rule, WINDOW)
    except InvalidError as error:
        raise InvalidError("rrule: %(error)s", error=error) from None
    return rule


def checked_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        InvalidError: There is no such zone.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidError(
            "zone %(name)r: no time zone; as Europe/Berlin or UTC", name=name[:64]
        ) from None
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
    walls = cast("rrule", rrulestr(rule, dtstart=start)) if rule else (start,)
    for wall in _before(walls, place, until):
        yield wall_moment(place, wall)


def _before(walls: Iterable[datetime], zone: tzinfo, until: datetime) -> Iterator[datetime]:
    """Yield times on the wall clock that are before a moment."""
    # No clock was ever put by more than a day.
    around = until.astimezone(zone).replace(tzinfo=None)
    for wall in takewhile(lambda wall: wall < around + _DAY_LONG, walls):
        if wall < around - _DAY_LONG or wall_moment(zone, wall) < until:
            yield wall


def _check_pace(rule: str, expanded: rrule, start: datetime) -> None:
    first = next(iter(expanded), None)
    if first is None or first > start + _HORIZON:
        raise InvalidError(
            "%(rule)r does not occur within ten years of %(start)s",
            rule=rule,
            start=f"{start:%Y-%m-%d}",
        )
    within_a_year = takewhile(lambda wall: wall < first + _YEAR, expanded)
    if len(list(islice(within_a_year, MAX_A_YEAR + 1))) > MAX_A_YEAR:
        raise InvalidError(
            "%(rule)r occurs more than %(most)s times a year", rule=rule, most=f"{MAX_A_YEAR:,}"
        )

"""The keys of a calendar: time zone, week, public holidays and days off."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sickbay_collector.core.alerts.fields import Fields, shown, wrong
from sickbay_collector.core.alerts.source import Marked
from sickbay_collector.core.desk.calendar import DAY_MINUTES, Interval

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_INTERVALS = 12
"""Of one day."""
MAX_DAYS_OFF = 400
"""Named one by one, beside public holidays."""

_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_WEEKDAYS = rf"({'|'.join(DAYS)})(-({'|'.join(DAYS)}))?"
# Source: ISO 3166-1 and 3166-2, as the library `holidays` names countries and their parts.
_COUNTRY = r"[A-Z]{2,3}"
_SUBDIVISION = r"[\w .'()-]{1,48}"
_YEARS_BACK = 5
_YEARS_AHEAD = 10


def zone_of(fields: Fields) -> str:
    """Return the calendar's time zone, by an IANA name that this machine knows.

    Raises:
        InvalidError: It knows none of that name.
    """
    name = fields.text("zone", pattern=r"[\w+/-]{1,64}", means="an IANA name like Europe/Berlin")
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise fields.error(
            "zone", f"{name!r} is no time zone of this machine; use an IANA name like Europe/Berlin"
        ) from None
    return name


def week_of(fields: Fields) -> tuple[tuple[Interval, ...], ...]:
    """Return the intervals of each day, Monday first.

    Raises:
        InvalidError: A day is there twice, or intervals of a day overlap.
    """
    week = Fields(fields.take("week"), fields.subject, None)
    found: dict[int, tuple[Interval, ...]] = {}
    keys = week.keys()
    for key in keys:
        intervals = _intervals(week, key)
        for day in _days(week, key):
            if day in found:
                raise week.error(key, f"{DAYS[day]} is there twice")
            found[day] = intervals
    return tuple(found.get(day, ()) for day in range(len(DAYS)))


def days_off(fields: Fields, today: date) -> dict[date, str]:
    """Return the dates on which nobody works, and their names.

    Raises:
        InvalidError: A country or one of its parts is unknown, or a date is none.
    """
    public = _public(fields, today) if fields.has("holidays") else {}
    return public | dict.fromkeys(_closed(fields), "closed")


def _closed(fields: Fields) -> Iterator[date]:
    """Yield the days off that are named one by one.

    Raises:
        InvalidError: One of them is no date, or there are more than 400.
    """
    items = fields.take("closed").value if fields.has("closed") else ()
    if not isinstance(items, tuple) or len(items) > MAX_DAYS_OFF:
        raise fields.error("closed", f"must be a list of up to {MAX_DAYS_OFF} dates")
    for item in items:
        try:
            yield date.fromisoformat(str(item.value))
        except ValueError:
            raise wrong(
                item.where,
                fields.subject,
                f"closed: {shown(item.value)} is no date like 2026-12-24",
            ) from None


def moment_of(fields: Fields, key: str, zone: ZoneInfo, *, day_after: bool) -> datetime:
    """Return a moment in UTC; a day is its begin, or with `day_after` its end.

    Raises:
        InvalidError: It is neither a day nor a time.
    """
    value = fields.take(key).value
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return _exact(fields, key, zone)
    try:
        return datetime.combine(day + timedelta(days=day_after), time(), zone).astimezone(UTC)
    except OverflowError:
        raise fields.error(key, f"{shown(value)} is out of range") from None


def _days(week: Fields, key: str) -> range:
    match = re.fullmatch(_WEEKDAYS, key)
    if match is None:
        raise week.error(key, f"is no day; use {', '.join(DAYS)} or a range like mon-fri")
    first = DAYS.index(match[1])
    last = DAYS.index(match[3]) if match[3] else first
    if last < first:
        raise week.error(key, "runs backwards; a week begins on mon")
    return range(first, last + 1)


def _intervals(week: Fields, key: str) -> tuple[Interval, ...]:
    items = week.take(key).value
    if not isinstance(items, tuple) or len(items) > MAX_INTERVALS:
        raise week.error(
            key, f'must be a list of up to {MAX_INTERVALS} intervals like "08:00-17:00"'
        )
    found = sorted(_interval(week, key, item) for item in items)
    for one, other in pairwise(found):
        if other.begin_min < one.end_min:
            raise week.error(key, f"{_shown(one)} and {_shown(other)} overlap")
    return tuple(found)


def _interval(week: Fields, key: str, item: Marked) -> Interval:
    match = _INTERVAL.fullmatch(item.value) if isinstance(item.value, str) else None
    if match is None:
        raise wrong(
            item.where,
            week.subject,
            f'{key}: {shown(item.value)} is no interval like "08:00-17:00", up to 24:00',
        )
    interval = Interval(
        begin_min=int(match[1]) * 60 + int(match[2]), end_min=int(match[3]) * 60 + int(match[4])
    )
    if not interval.begin_min < interval.end_min <= DAY_MINUTES:
        raise wrong(
            item.where,
            week.subject,
            f"{key}: {shown(item.value)} must end after its begin and by 24:00;"
            " write a night as two intervals",
        )
    return interval


def _exact(fields: Fields, key: str, zone: ZoneInfo) -> datetime:
    value = fields.take(key).value
    try:
        found = datetime.fromisoformat(str(value))
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise fields.error(
            key, f"{shown(value)} is no day like 2026-12-24 and no time like 2026-12-24T13:00"
        ) from None


def _shown(interval: Interval) -> str:
    begin, end = interval.begin_min, interval.end_min
    return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


def _public(fields: Fields, today: date) -> dict[date, str]:
    # It takes a third of a second, and most commands and sites never need it.
    from holidays import country_holidays  # noqa: PLC0415

    place = Fields(fields.take("holidays"), fields.subject, ("country", "subdivision"))
    country = place.text("country", pattern=_COUNTRY, means="a code of ISO 3166-1 like DE")
    subdivision = None
    if place.has("subdivision"):
        subdivision = place.text(
            "subdivision", pattern=_SUBDIVISION, means="a code of ISO 3166-2 like BY"
        )
    years = range(today.year - _YEARS_BACK, today.year + _YEARS_AHEAD + 1)
    try:
        found = country_holidays(country, subdiv=subdivision, years=years)
    except (NotImplementedError, KeyError, AttributeError):
        key = "country" if subdivision is None else "subdivision"
        named = country if subdivision is None else f"{country}-{subdivision}"
        raise place.error(key, f"the public holidays of {named} are not known") from None
    return dict(found)

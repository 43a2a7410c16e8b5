"""Moments to come as people say them: "sunday 03:00", "03:00", or a date and time."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SAID = re.compile(r"(?:([a-z]{3,9})\s+)?([01]?\d|2[0-3]):([0-5]\d)")


def parse_when(text: str, zone_name: str | None, now: datetime) -> datetime:
    """Return the moment in UTC; a weekday and a time are the next ones to come.

    Args:
        text: As typed; "now" for the present time.
        zone_name: Whose wall clock it is; None for this machine's.
        now: The present time, aware.

    Raises:
        click.BadParameter: It is none, or the zone is unknown.
    """
    zone = _zone(zone_name)
    said = text.strip().lower()
    if said == "now":
        return now.astimezone(UTC)
    found = _SAID.fullmatch(said)
    if found:
        return _coming(found, zone, now)
    try:
        exact = datetime.fromisoformat(text.strip())
        if exact.tzinfo is None and zone is not None:
            exact = exact.replace(tzinfo=zone)
        return exact.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f'{text!r} is no time like "sunday 03:00", 03:00 or 2026-11-22T03:00'
        ) from None


def _coming(found: re.Match[str], zone: ZoneInfo | None, now: datetime) -> datetime:
    local = now.astimezone(zone)
    wall = datetime.combine(local.date(), time(int(found[2]), int(found[3])))
    ahead = 0 if found[1] is None else (_weekday(found[1]) - local.weekday()) % 7
    step = 1 if found[1] is None else 7
    moment = _at(wall + timedelta(days=ahead), zone)
    return moment if moment >= now else _at(wall + timedelta(days=ahead + step), zone)


def _at(wall: datetime, zone: ZoneInfo | None) -> datetime:
    return (wall if zone is None else wall.replace(tzinfo=zone)).astimezone(UTC)


def _weekday(word: str) -> int:
    for number, name in enumerate(DAYS):
        if name.startswith(word):
            return number
    raise click.BadParameter(f"{word!r} is no weekday; use {', '.join(DAYS)}")


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise click.BadParameter(
            f"{name!r} is no time zone; use an IANA name like Europe/Berlin"
        ) from None

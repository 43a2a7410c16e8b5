"""Times that people type without a zone: on the wall clock of a zone that the page names."""

from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.wall_clock import wall_moment
from sickbay_collector.web.console.texts import _

_YEARS = range(1970, 2200)


def _unless_empty(value: object) -> object:
    """Return None for a field of a form that was left empty."""
    return None if value == "" else value


WallTime = Annotated[datetime | None, BeforeValidator(_unless_empty)]
Day = Annotated[date | None, BeforeValidator(_unless_empty)]
ZoneName = Annotated[str, Field(max_length=64, pattern=r"^[\w+/-]*$")]
"""An IANA name; "" for the reader's own."""


def zone_of(book: DeskBook, login: str, wanted: str) -> ZoneInfo:
    """Return the zone that is wanted, else the reader's own, else that of the first site.

    Raises:
        InvalidError: There is no such zone.
    """
    own = book.technicians.get(login)
    first = next(iter(book.sites.values()), None)
    name = wanted or (own.zone if own else "") or (first.zone if first else "UTC")
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise InvalidError(
            _("zone: %(name)r is no time zone; use an IANA name like Europe/Berlin", name=name)
        ) from None


def moment_at(said: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment in UTC.

    Raises:
        InvalidError: It is too far away.
    """
    if said.year not in _YEARS:
        raise InvalidError(_("a time must be between the years 1970 and 2200"))
    return wall_moment(zone, said) if said.tzinfo is None else said.astimezone(UTC)


def day_in(said: date) -> date:
    """Return a day that can be reckoned with.

    Raises:
        InvalidError: It is too far away.
    """
    if said.year not in _YEARS:
        raise InvalidError(_("a day must be between the years 1970 and 2200"))
    return said

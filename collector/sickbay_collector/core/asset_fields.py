"""What may be written into the fields of an asset record."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from sickbay_collector.core.asset import AssetField
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.line import checked_line
from sickbay_collector.core.person import EMAIL_LIMIT, SITE_LIMIT

MOST_CENTS = 100_000_000_000
"""Hundredths of one price: a thousand million."""
_MONEY = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,2}))?\s*([A-Za-z]{3})")
_YEARS = range(1970, 2201)


def checked_value(field: AssetField, text: str) -> str:
    """Return a value as it is kept, "" for none.

    Raises:
        InvalidError: It is none of the field's; the message begins with the field's name.
    """
    return _CHECKS[field](field.value, text)


def cents_of(text: str) -> tuple[int, str]:
    """Return an amount in hundredths and its currency.

    Raises:
        InvalidError: It is none.

    Source: ISO 4217 for the currency; hundredths of any, as costs of tickets are.
    """
    found = _MONEY.fullmatch(text.strip())
    if found is None:
        raise InvalidError("%(text)r is no amount; write it as 1299.00 EUR", text=text[:40])
    whole, part, currency = found.groups()
    cents = int(whole) * 100 + int((part or "").ljust(2, "0"))
    if cents > MOST_CENTS:
        raise InvalidError("%(text)r is more than %(most)s", text=text[:40], most=MOST_CENTS // 100)
    return cents, currency.upper()


def amount_text(cents: int, currency: str) -> str:
    """Return an amount in words: "1299.00 EUR"."""
    return f"{cents // 100}.{cents % 100:02} {currency}"


def _cost(what: str, text: str) -> str:
    if not text.strip():
        return ""
    try:
        return amount_text(*cents_of(text))
    except InvalidError as error:
        raise InvalidError("%(what)s: %(error)s", what=what, error=error) from error


def _day(what: str, text: str) -> str:
    if not text.strip():
        return ""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidError(
            "%(what)s: %(text)r is no date; write it as 2026-11-30", what=what, text=text[:40]
        ) from error
    if day.year not in _YEARS:
        raise InvalidError(
            "%(what)s: %(text)r is not between the years 1970 and 2200", what=what, text=text[:40]
        )
    return day.isoformat()


def _site(what: str, text: str) -> str:
    return checked_line(what, text, limit=SITE_LIMIT)


def _owner(what: str, text: str) -> str:
    return checked_line(what, text, limit=EMAIL_LIMIT)


_CHECKS: Mapping[AssetField, Callable[[str, str], str]] = MappingProxyType(
    dict.fromkeys(AssetField, checked_line)
    | {
        AssetField.OWNER: _owner,
        AssetField.SITE: _site,
        AssetField.COST: _cost,
        AssetField.PURCHASED_ON: _day,
        AssetField.WARRANTY_UNTIL: _day,
        AssetField.END_OF_LIFE: _day,
    }
)

"""Reading the keys of an entry: each wrong one is named with file, line and what is allowed."""

import math
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from sickbay_collector.core.alerts.source import Marked, Plain, plain
from sickbay_collector.core.errors import InvalidError

Choice = TypeVar("Choice", bound=StrEnum)

DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SHOWN = 40
# More words than these are nothing that anybody reads in a message.
_MOST_WORDS = 20


def wrong(where: str, subject: str, message: str) -> InvalidError:
    """Return the error for something that is written wrong."""
    return InvalidError(f"{where}: {subject}: {message}")


def hint(word: str, allowed: Collection[str]) -> str:
    """Return "; did you mean 'x'?" where one of the allowed words is close, else ""."""
    close = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def choices(word: object, allowed: Collection[str]) -> str:
    """Return what may stand there instead: the word that was meant, and all where they are few."""
    guess = hint(word, allowed) if isinstance(word, str) else ""
    if len(allowed) <= _MOST_WORDS:
        return f"{guess}; allowed: {', '.join(allowed)}"
    first = ", ".join(list(allowed)[:_MOST_WORDS])
    return guess or f"; allowed: {first} and {len(allowed) - _MOST_WORDS} more"


def shown(value: object) -> str:
    """Return a value for a message, cut where it is long."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


class Fields:
    """The keys of one mapping."""

    def __init__(self, entry: Marked, subject: str, allowed: Collection[str] | None) -> None:
        """Take the mapping.

        Args:
            entry: The mapping.
            subject: What it is, for messages: "rule disk.full.warn".
            allowed: Keys that it may have; None for any, where only its name is wanted.

        Raises:
            InvalidError: It is no mapping, or has another key.
        """
        if not isinstance(entry.value, Mapping):
            raise wrong(entry.where, subject, f"must be a mapping, not {shown(entry.value)}")
        self.where = entry.where
        self.subject = subject
        self._items = entry.value
        for key, item in entry.value.items():
            if allowed is not None and key not in allowed:
                raise wrong(
                    item.where,
                    subject,
                    f"unknown key {shown(key)}{choices(key, allowed)}",
                )

    def has(self, key: str) -> bool:
        """Return whether the key is there."""
        return key in self._items

    def keys(self) -> tuple[str, ...]:
        """Return the keys that are there."""
        return tuple(self._items)

    def plain(self, *, without: str) -> dict[str, Plain]:
        """Return all keys but one as plain values, without places."""
        return {key: plain(item) for key, item in self._items.items() if key != without}

    def take(self, key: str) -> Marked:
        """Return the value of a key that must be there."""
        if key not in self._items:
            raise wrong(self.where, self.subject, f"key {key!r} is missing")
        return self._items[key]

    def error(self, key: str, message: str) -> InvalidError:
        """Return the error for the value of a key."""
        where = self._items[key].where if key in self._items else self.where
        return wrong(where, self.subject, f"{key}: {message}")

    def text(self, key: str, *, pattern: str, means: str) -> str:
        """Return a text that matches the whole pattern; `means` says in words what that is."""
        value = self.take(key).value
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.error(key, f"must be {means}, not {shown(value)}")
        return value

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        """Return one word of a closed set."""
        value = self.one_of(key, [item.value for item in kind])
        return kind(value)

    def one_of(self, key: str, allowed: Collection[str]) -> str:
        """Return one of these words."""
        return self._word(key, self.take(key), allowed)

    def some_of(self, key: str, allowed: Collection[str]) -> tuple[str, ...]:
        """Return a list of one or more of these words."""
        value = self.take(key).value
        if not isinstance(value, tuple) or not value:
            raise self.error(key, f"must be a list of: {', '.join(allowed)}")
        return tuple(self._word(key, item, allowed) for item in value)

    def integer(self, key: str, low: int, high: int) -> int:
        """Return a whole number within limits."""
        value = self.take(key).value
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(
                key, f"must be a whole number from {low} to {high}, not {shown(value)}"
            )
        return value

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self.take(key).value
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, not {shown(value)}")
        return value

    def duration_s(self, key: str, high_s: float, *, low_s: float = 0.0) -> float:
        """Return a duration in seconds, within limits."""
        value = self.take(key).value
        seconds = parse_duration(value)
        if seconds is None:
            raise self.error(key, f"must be a duration like 90s, 15m, 6h or 2d, not {shown(value)}")
        if not low_s <= seconds <= high_s:
            raise self.error(
                key,
                f"must be from {short_duration(low_s)} to {short_duration(high_s)}"
                f", not {shown(value)}",
            )
        return seconds

    def _word(self, key: str, item: Marked, allowed: Collection[str]) -> str:
        value = item.value
        if isinstance(value, str) and value in allowed:
            return value
        raise wrong(
            item.where,
            self.subject,
            f"{key}: {shown(value)} is not allowed{choices(value, allowed)}",
        )


def parse_duration(value: object) -> float | None:
    """Return the seconds of a duration like 15m; None where it is none."""
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) * _SECONDS[match[2]] if match else None


def short_duration(seconds: float) -> str:
    """Return a duration as a rule spells it."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds / _SECONDS[unit]:g}{unit}"
    return f"{seconds:g}s"


def finite(value: object) -> float | None:
    """Return a number that is neither infinite nor NaN; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 2.0**63 and math.isfinite(value) else None

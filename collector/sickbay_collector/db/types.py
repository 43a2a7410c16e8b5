"""How values are kept in columns, the same on SQLite and PostgreSQL.

Times are whole microseconds since 1970 in a BIGINT: exact, sorted as they are, compared and
subtracted by both databases, and never naive.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar, cast

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from sickbay_collector.core.alerts.change import AlertReading
from sickbay_collector.core.device import Evidence, evidence_from

# On PostgreSQL text sorts by bytes too, whatever the cluster's locale, so that both databases
# page lists in the same order.
TEXT: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite numbers rows by itself only where the type is exactly INTEGER.
COUNTER: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")

# Made once: `json.dumps` with these would make one for each value.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ClosedSet = TypeVar("_ClosedSet", bound=StrEnum)


def to_micros(at: datetime) -> int:
    """Return whole microseconds since 1970.

    Raises:
        ValueError: The time is naive.
    """
    if at.tzinfo is None:
        raise ValueError(f"time without zone: {at.isoformat()}")
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC time of whole microseconds since 1970."""
    # A third of what `timedelta(microseconds=micros)` takes; one answer may have thousands.
    return _EPOCH + _MICROSECOND * micros


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC time."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the stored form."""
        del dialect
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the time."""
        del dialect
        return None if value is None else from_micros(value)


class Flag(TypeDecorator[bool]):
    """Yes or no, kept as 1 or 0: what drivers hand over is the same on both databases."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:  # noqa: FBT001 - as its base says
        """Return the stored form."""
        del dialect
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        """Return the flag."""
        del dialect
        return None if value is None else bool(value)


class Closed(TypeDecorator[_ClosedSet]):
    """A member of a StrEnum, kept by its value.

    Args:
        members: The enum.
    """

    impl = Text
    cache_ok = True

    def __init__(self, members: type[_ClosedSet]) -> None:
        super().__init__()
        self.members = members
        # What the enum itself does to find a member takes longer than the rest of a row.
        self._by_value = {one.value: one for one in members}

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the column's type."""
        return dialect.type_descriptor(TEXT)

    def process_bind_param(self, value: _ClosedSet | None, dialect: Dialect) -> str | None:
        """Return the stored form. psycopg would store an enum's name instead."""
        del dialect
        return None if value is None else str(value.value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> _ClosedSet | None:
        """Return the member."""
        del dialect
        return None if value is None else self._by_value.get(value) or self.members(value)


class PlainText(TypeDecorator[str]):
    """Text that may come as a member of a StrEnum, of which psycopg would store the name."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the column's type."""
        return dialect.type_descriptor(TEXT)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the stored form."""
        del dialect
        return None if value is None else str(value)


class TextMap(TypeDecorator[Mapping[str, str]]):
    """A small mapping of text to text, kept as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> str | None:
        """Return the stored form."""
        del dialect
        return None if value is None else _json(dict(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Mapping[str, str] | None:
        """Return the mapping."""
        del dialect
        return None if value is None else cast("dict[str, str]", json.loads(value))


class TextList(TypeDecorator[tuple[str, ...]]):
    """A short list of texts, kept as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """Return the stored form."""
        del dialect
        return None if value is None else _json(list(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        """Return the texts."""
        del dialect
        return None if value is None else tuple(json.loads(value))


class EvidenceText(TypeDecorator[Evidence]):
    """What identifies a device's hardware, kept as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Evidence | None, dialect: Dialect) -> str | None:
        """Return the stored form."""
        del dialect
        return None if value is None else _json(asdict(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Evidence | None:
        """Return the evidence."""
        del dialect
        if value is None:
            return None
        fields = json.loads(value)
        return evidence_from(fields | {"permanent_macs": tuple(fields.get("permanent_macs", ()))})


def _json(value: object) -> str:
    return _ENCODER.encode(value)


class ReadingList(TypeDecorator[tuple[AlertReading, ...]]):
    """What was measured, kept as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: tuple[AlertReading, ...] | None, dialect: Dialect
    ) -> str | None:
        """Return the stored form."""
        del dialect
        if value is None:
            return None
        return json.dumps([asdict(one) for one in value], separators=(",", ":"))

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[AlertReading, ...] | None:
        """Return the readings."""
        del dialect
        return None if value is None else tuple(AlertReading(**one) for one in json.loads(value))

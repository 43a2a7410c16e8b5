"""Rows become values: by their slots where that is the same as the constructor's work."""

from dataclasses import dataclass
from typing import TypeVar

import pytest
from sqlalchemy import create_engine, text

from sickbay_collector.db.records import fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A value with a default."""

    name: str
    count: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A value that looks at what it holds."""

    name: str

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("no name")


_One = TypeVar("_One", Plain, Checked)


def _fetched(kind: type[_One], statement: str) -> list[_One]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        found = list(fetch(connection, kind, text(statement)))
    engine.dispose()
    return found


def test_rows_are_values_whatever_the_order_of_columns() -> None:
    found = _fetched(Plain, "SELECT 1 AS count, 'a' AS name UNION ALL SELECT 2, 'b'")

    assert found == [Plain(name="a", count=1), Plain(name="b", count=2)]
    assert hash(found[0]) == hash(Plain(name="a", count=1))


def test_a_field_that_is_not_asked_for_keeps_its_default() -> None:
    assert _fetched(Plain, "SELECT 'a' AS name") == [Plain(name="a")]


def test_a_column_that_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError):
        _fetched(Plain, "SELECT 'a' AS name, 1 AS count, 2 AS other")


def test_a_value_that_looks_at_its_fields_is_asked() -> None:
    with pytest.raises(ValueError, match="no name"):
        _fetched(Checked, "SELECT '' AS name")

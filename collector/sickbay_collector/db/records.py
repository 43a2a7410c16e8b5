"""Between values and rows: columns are named like fields, so both directions are one line."""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

from sqlalchemy import Column, Connection, Executable, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite

from sickbay_collector.db.engine import SQLITE

if TYPE_CHECKING:
    from dataclasses import Field


class Value(Protocol):
    """A dataclass."""

    __dataclass_fields__: "ClassVar[dict[str, Field[object]]]"


_Value = TypeVar("_Value", bound=Value)


def values(record: Value) -> dict[str, object]:
    """Return a value's fields by name, not copied."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def build(kind: type[_Value], row: RowMapping) -> _Value:
    """Return the value of a row with exactly its fields."""
    return kind(**row)


def fetch(connection: Connection, kind: type[_Value], statement: Executable) -> Sequence[_Value]:
    """Return the values of all rows of a SELECT of exactly their fields."""
    result = connection.execute(statement)
    make = maker(kind, tuple(result.keys()))
    return [make(row) for row in result.all()]


@lru_cache(maxsize=256)
def maker(kind: type[_Value], names: tuple[str, ...]) -> Callable[[Sequence[object]], _Value]:
    """Return what makes a value of a row of these columns.

    The constructor of a frozen dataclass sets each field by its name, which for a ticket takes four
    times as long as to put them into their slots. It is asked all the same where fields keep their
    defaults or the kind has a say in what they hold.
    """
    if set(names) != set(kind.__dataclass_fields__) or hasattr(kind, "__post_init__"):
        # A row as a mapping takes longer than the value that is made of it.
        return lambda row: kind(**dict(zip(names, row, strict=True)))
    slots = tuple(getattr(kind, name).__set__ for name in names)

    def made(row: Sequence[object]) -> _Value:
        value = object.__new__(kind)
        for put, one in zip(slots, row, strict=True):
            put(value, one)
        return value

    return made


def columns(
    table: Table, kind: type[Value], *, without: Collection[str] = ()
) -> list[Column[object]]:
    """Return the table's columns that are fields of this kind of value."""
    return [table.c[name] for name in kind.__dataclass_fields__ if name not in without]


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows ON CONFLICT, in the connection's dialect."""
    if connection.dialect.name == SQLITE:
        return sqlite.insert(table)
    return postgresql.insert(table)

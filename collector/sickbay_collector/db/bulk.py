"""Writes many rows of one kind at once, in one statement on PostgreSQL.

Statement by statement, with a statement's own way of turning each value into what is stored, most
of the time went into what lies between the values and the database.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Connection, Dialect, Table

from sickbay_collector.db.engine import SQLITE
from sickbay_collector.db.records import Value

_NOTHING = " ON CONFLICT DO NOTHING"
_ENCODER = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """How values of one kind become rows; a table's other columns keep their defaults."""

    table: Table
    names: tuple[str, ...]
    """Of the value's fields and the table's columns, at least two."""
    replaces: tuple[str, ...] = ()
    """The key by which a row takes the place of one that is there."""
    is_once: bool = False
    """Whether a row whose key is there already is left out."""


class _Plan(NamedTuple):
    statement: str
    stored: Sequence[Callable[[object], object] | None]
    """By column, what makes the stored form of a value; None where it is that already."""


def insertion(
    table: Table, kind: type[Value], *, replaces: Collection[str] = (), is_once: bool = False
) -> Insertion:
    """Return how values of this kind are written into the table."""
    names = tuple(name for name in kind.__dataclass_fields__)
    return Insertion(table=table, names=names, replaces=tuple(replaces), is_once=is_once)


def write_rows(connection: Connection, how: Insertion, records: Sequence[Value]) -> None:
    """Write values as rows, in this order; no two of them with one key."""
    if not records:
        return
    plan = _plan(how, connection.dialect)
    columns = zip(*map(attrgetter(*how.names), records), strict=True)
    stored = [
        values if store is None else list(map(store, values))
        for store, values in zip(plan.stored, columns, strict=True)
    ]
    rows = zip(*stored, strict=True)
    if connection.dialect.name == SQLITE:
        connection.exec_driver_sql(plan.statement, list(rows))
        return
    objects = _ENCODER.encode([dict(zip(how.names, row, strict=True)) for row in rows])
    connection.exec_driver_sql(plan.statement, (objects,))


# One for each kind of value that is written so, and each database of the process.
@lru_cache(maxsize=64)
def _plan(how: Insertion, dialect: Dialect) -> _Plan:
    columns = [how.table.c[name] for name in how.names]
    names = ", ".join(f'"{name}"' for name in how.names)
    if dialect.name == SQLITE:
        marks = ", ".join("?" * len(columns))
        source = f"VALUES ({marks})"
    else:
        types = ", ".join(f'"{one.name}" {one.type.compile(dialect)}' for one in columns)
        source = f"SELECT {names} FROM json_to_recordset(%s::json) AS given({types})"  # noqa: S608
    statement = f"INSERT INTO {how.table.name} ({names}) {source}{_on_conflict(how)}"
    stored = [one.type.dialect_impl(dialect).bind_processor(dialect) for one in columns]
    return _Plan(statement, stored)


def _on_conflict(how: Insertion) -> str:
    if how.is_once:
        return _NOTHING
    if not how.replaces:
        return ""
    keys = ", ".join(f'"{name}"' for name in how.replaces)
    changed = [name for name in how.names if name not in how.replaces]
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in changed)
    return f" ON CONFLICT ({keys}) DO UPDATE SET {sets}"

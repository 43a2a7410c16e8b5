"""Timers, taken by whoever comes first and by nobody else."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, tuple_, update

from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.db.timer_tables import timer as table
from sickbay_collector.services.timer_ports import Timer

_TIMER = columns(table, Timer)
_KEY = ("kind", "key")


class SqlTimerStore:
    """Implements `TimerStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set(self, kind: str, key: str, due_at: datetime) -> None:
        """Let something happen then; replaces the timer of that kind and key."""
        row = values(Timer(kind=kind, key=key, due_at=due_at, next_at=due_at, attempts=0))
        changed = {name: value for name, value in row.items() if name not in _KEY}
        statement = insert_into(self._connection, table).values(row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changed))

    def cancel(self, kind: str, key: str) -> bool:
        """Take a timer away; return whether there was one."""
        statement = delete(table).where(table.c.kind == kind, table.c.key == key)
        return self._connection.execute(statement).rowcount > 0

    def get(self, kind: str, key: str) -> Timer | None:
        """Return the timer of that kind and key."""
        statement = select(*_TIMER).where(table.c.kind == kind, table.c.key == key)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(Timer, row)

    def next_at(self, kinds: Collection[str]) -> datetime | None:
        """Return when the next timer of these kinds is to be tried; None for never."""
        statement = select(func.min(table.c.next_at, type_=table.c.next_at.type))
        found: datetime | None = self._connection.execute(
            statement.where(table.c.kind.in_(kinds))
        ).scalar()
        return found

    def take(self, kinds: Collection[str], until: datetime) -> Timer | None:
        """Remove and return the timer that waits longest, to be tried at `until` or before."""
        # Joined with "", so that no planner looks for the kinds first and then sorts what it found.
        kind = table.c.kind.concat("")
        first = (
            select(table.c.kind, table.c.key)
            .where(table.c.next_at <= until, kind.in_(kinds))
            .order_by(table.c.next_at, table.c.kind, table.c.key)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        statement = delete(table).where(tuple_(table.c.kind, table.c.key).in_(first))
        row = self._connection.execute(statement.returning(*_TIMER)).mappings().first()
        return None if row is None else build(Timer, row)

    def put_off(self, timer: Timer, next_at: datetime) -> None:
        """Count a failure of a timer that is there as it was, and try it again then."""
        as_it_was = [column == getattr(timer, column.name) for column in _TIMER]
        statement = update(table).where(*as_it_was)
        self._connection.execute(statement.values(next_at=next_at, attempts=timer.attempts + 1))

"""Timers, taken by whoever comes first and by nobody else."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, update

from sickbay_collector.db.records import build, columns, fetch, insert_into, values
from sickbay_collector.db.ticket_tables import ticket
from sickbay_collector.db.timer_tables import timer as table
from sickbay_collector.services.timer_ports import Timer

_TIMER = columns(table, Timer)
_KEY = ("kind", "key")
_AS_IT_WAS = tuple(column == bindparam(f"was_{column.name}") for column in _TIMER)
# Made once: in a burst, making it anew for each timer takes longer than the database does.
_REMOVE = delete(table).where(*_AS_IT_WAS)


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

    def due(self, kinds: Collection[str], until: datetime, *, limit: int) -> Sequence[Timer]:
        """Hold timers to be tried at `until` or before, those that wait longest first.

        Whoever writes a ticket holds its row first and then sets its timers. So nothing is waited
        for here, where it is the other way round: a timer whose ticket is being written is left
        out, and neither waits for the other.
        """
        # Joined with "", so that no planner looks for the kinds first and then sorts what it found.
        kind = table.c.kind.concat("")
        first = (
            select(*_TIMER)
            .where(table.c.next_at <= until, kind.in_(kinds))
            .order_by(table.c.next_at, table.c.kind, table.c.key)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = fetch(self._connection, Timer, first)
        written = self._written({one.key for one in found})
        return [one for one in found if one.key not in written]

    def remove(self, timer: Timer) -> bool:
        """Take a timer away that is there as it was; False where it is not."""
        return self._connection.execute(_REMOVE, _was(timer)).rowcount == 1

    def put_off(self, timer: Timer, next_at: datetime) -> None:
        """Count a failure of a timer that is there as it was, and try it again then."""
        put = update(table).where(*_AS_IT_WAS)
        changed = put.values(next_at=next_at, attempts=timer.attempts + 1)
        self._connection.execute(changed, _was(timer))

    def _written(self, keys: Collection[str]) -> Collection[str]:
        """Hold the tickets among these keys; return those that somebody else holds."""
        mine = select(ticket.c.ticket_id).where(ticket.c.ticket_id.in_(keys))
        held = mine.with_for_update(skip_locked=True, key_share=True)
        left = set(keys) - set(self._connection.execute(held).scalars())
        if not left:
            return left
        others = select(ticket.c.ticket_id).where(ticket.c.ticket_id.in_(left))
        return set(self._connection.execute(others).scalars())


def _was(timer: Timer) -> dict[str, object]:
    return {f"was_{name}": value for name, value in values(timer).items()}

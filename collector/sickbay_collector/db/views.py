"""Views that people keep."""

from collections.abc import Sequence

from sqlalchemy import Connection, case, delete, func, or_, select

from sickbay_collector.core.saved_view import SavedView
from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.db.view_tables import saved_view as table

_VIEW = columns(table, SavedView)
_CHANGED = ("query", "is_shared", "saved_at")


class SqlViewStore:
    """Implements `ViewStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seen_by(self, owner: str, *, limit: int) -> Sequence[SavedView]:
        """Return somebody's own views by name, then what others share, by name."""
        of_others = case((table.c.owner == owner, 0), else_=1)
        statement = (
            select(*_VIEW)
            .where(or_(table.c.owner == owner, table.c.is_shared.is_(True)))
            .order_by(of_others, table.c.name, table.c.view_id)
        )
        rows = self._connection.execute(statement.limit(limit)).mappings()
        return [build(SavedView, row) for row in rows]

    def count(self, owner: str) -> int:
        """Return how many somebody has."""
        statement = select(func.count()).where(table.c.owner == owner)
        return self._connection.execute(statement).scalar() or 0

    def save(self, view: SavedView) -> SavedView:
        """Store a view, over the owner's of this name, which keeps its id; return what is kept."""
        row = values(view)
        insertion = insert_into(self._connection, table).values(row)
        statement = insertion.on_conflict_do_update(
            index_elements=["owner", "name"], set_={name: row[name] for name in _CHANGED}
        ).returning(*_VIEW)
        return build(SavedView, self._connection.execute(statement).mappings().one())

    def drop(self, owner: str, view_id: str) -> SavedView | None:
        """Take somebody's own view away and return it; None where there was none."""
        statement = delete(table).where(table.c.view_id == view_id, table.c.owner == owner)
        row = self._connection.execute(statement.returning(*_VIEW)).mappings().first()
        return None if row is None else build(SavedView, row)

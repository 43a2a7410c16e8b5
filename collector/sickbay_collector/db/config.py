"""Applied configuration: entries and the revision that counts their changes."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from sickbay_collector.db.config_tables import config_entry as table
from sickbay_collector.db.config_tables import config_revision
from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.services.config_ports import ConfigEntry

_ENTRY = columns(table, ConfigEntry)
_KEY = ("kind", "id")
_ONE = 1


class SqlConfigStore:
    """Implements `ConfigStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def revision(self) -> int:
        """Return how often entries were changed; 0 where nobody did."""
        found: int | None = self._connection.execute(select(config_revision.c.revision)).scalar()
        return found or 0

    def begin(self) -> int:
        """Return the revision, which nobody else counts up until this transaction ends."""
        first = insert_into(self._connection, config_revision).values(one=_ONE, revision=0)
        self._connection.execute(first.on_conflict_do_nothing())
        held: int = self._connection.execute(
            select(config_revision.c.revision).with_for_update()
        ).scalar_one()
        return held

    def advance(self, revision: int) -> None:
        """Write the next revision, after `begin`."""
        self._connection.execute(update(config_revision).values(revision=revision))

    def all(self) -> Sequence[ConfigEntry]:
        """Return all entries by kind and position."""
        statement = select(*_ENTRY).order_by(table.c.kind, table.c.position, table.c.id)
        return [build(ConfigEntry, row) for row in self._connection.execute(statement).mappings()]

    def put(self, entries: Sequence[ConfigEntry]) -> None:
        """Write entries, over those that are there."""
        if not entries:
            return
        statement = insert_into(self._connection, table)
        changed = {one.name: statement.excluded[one.name] for one in _ENTRY if one.name not in _KEY}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=_KEY, set_=changed),
            [values(entry) for entry in entries],
        )

    def remove(self, kind: str, name: str) -> bool:
        """Take an entry away; return whether it was there."""
        gone = delete(table).where(table.c.kind == kind, table.c.id == name)
        return self._connection.execute(gone).rowcount > 0

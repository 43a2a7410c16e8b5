"""The audit: changes outside of tickets, appended and read."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, insert, select

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.db.config_tables import audit_event as table
from sickbay_collector.db.records import columns, values
from sickbay_collector.services.audit_ports import AuditEntry, AuditFilter

_EVENT = columns(table, AuditEvent)
_SAME = ("actor", "action", "object_kind", "object_id")


class SqlAuditStore:
    """Implements `AuditStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, event: AuditEvent) -> None:
        """Append a change, in the transaction that makes it."""
        self._connection.execute(insert(table).values(values(event)))

    def add_all(self, events: Sequence[AuditEvent]) -> None:
        """Append changes in this order."""
        if events:
            self._connection.execute(insert(table), [values(event) for event in events])

    def list(
        self, wanted: AuditFilter, *, limit: int, before: int | None = None
    ) -> Sequence[AuditEntry]:
        """Return changes that pass the filter, newest first."""
        statement = select(table.c.entry, *_EVENT).where(*_conditions(wanted))
        if before is not None:
            statement = statement.where(table.c.entry < before)
        rows = self._connection.execute(statement.order_by(table.c.entry.desc()).limit(limit))
        return [
            AuditEntry(
                entry=row["entry"],
                event=AuditEvent(**{name: row[name] for name in AuditEvent.__dataclass_fields__}),
            )
            for row in rows.mappings()
        ]


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    for name in _SAME:
        if value := getattr(wanted, name):
            yield table.c[name] == value
    if wanted.since is not None:
        yield table.c.at >= wanted.since
    if wanted.until is not None:
        yield table.c.at < wanted.until

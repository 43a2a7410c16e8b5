"""The audit: changes outside of tickets, appended and read.

What is added waits until the commit. Only then is the end of the chain held, for the two statements
that append to it, and no other lock is taken after it: collectors that write at once wait for each
other for no longer than that, never in a circle, and who writes no audit never waits.
"""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, insert, select, update

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.audit_chain import (
    START,
    AuditEntry,
    Break,
    BrokenEvent,
    ChainHead,
    ChainPoint,
    Checkpoint,
    chained,
)
from sickbay_collector.db.config_tables import audit_checkpoint, audit_head
from sickbay_collector.db.config_tables import audit_event as table
from sickbay_collector.db.records import columns, insert_into, values
from sickbay_collector.services.audit_ports import AuditFilter

_EVENT = columns(table, AuditEvent)
_ENTRY = (table.c.entry, table.c.previous, table.c.hash, *_EVENT)
_SAME = ("actor", "action", "object_kind", "object_id")
_ONE = 1


class SqlAuditStore:
    """Implements `AuditStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[AuditEvent] = []

    def add(self, event: AuditEvent) -> None:
        """Append a change, in the transaction that makes it."""
        self._waiting.append(event)

    def add_all(self, events: Sequence[AuditEvent]) -> None:
        """Append changes in this order."""
        self._waiting.extend(events)

    def write(self) -> None:
        """Append what was added to the chain: the last thing that a transaction does."""
        if not self._waiting:
            return
        head = self._held_head()
        rows: list[Mapping[str, object]] = []
        for event in self._waiting:
            one = chained(event, head)
            rows.append(
                {"entry": one.entry, "previous": one.previous, "hash": one.hash, **values(event)}
            )
            head = ChainHead(entry=one.entry, hash=one.hash)
        self._connection.execute(insert(table), rows)
        self._connection.execute(update(audit_head).values(values(head)))
        self._waiting.clear()

    def list(
        self, wanted: AuditFilter, *, limit: int, before: int | None = None
    ) -> Sequence[AuditEntry]:
        """Return changes that pass the filter, newest first."""
        statement = select(*_ENTRY).where(*_conditions(wanted))
        if before is not None:
            statement = statement.where(table.c.entry < before)
        return self._read(statement.order_by(table.c.entry.desc()).limit(limit))

    def walk(self, wanted: AuditFilter, *, limit: int, after: int = 0) -> Sequence[AuditEntry]:
        """Return changes that pass the filter, in the order of writing."""
        statement = select(*_ENTRY).where(*_conditions(wanted), table.c.entry > after)
        return self._read(statement.order_by(table.c.entry).limit(limit))

    def head(self) -> ChainHead:
        """Return the end of the chain."""
        row = self._connection.execute(select(audit_head.c.entry, audit_head.c.hash)).first()
        return START if row is None else ChainHead(entry=row.entry, hash=row.hash)

    def checkpoint(self) -> Checkpoint | None:
        """Return how far the chain was looked at; None before somebody did."""
        row = self._connection.execute(select(audit_checkpoint)).mappings().first()
        if row is None:
            return None
        head = ChainHead(entry=row["entry"], hash=row["hash"])
        broken = None
        if row["broken_entry"] is not None:
            broken = BrokenEvent(entry=row["broken_entry"], why=Break(row["broken_why"]))
        return Checkpoint(
            point=ChainPoint(head=head, events=row["events"]),
            broken=broken,
            checked_at=row["checked_at"],
            checked_by=row["checked_by"],
        )

    def keep_checkpoint(self, reached: Checkpoint) -> None:
        """Keep how far the chain was looked at, in the place of what was kept."""
        broken = reached.broken
        row = {
            **values(reached.point.head),
            "events": reached.point.events,
            "broken_entry": None if broken is None else broken.entry,
            "broken_why": None if broken is None else broken.why.value,
            "checked_at": reached.checked_at,
            "checked_by": reached.checked_by,
        }
        statement = insert_into(self._connection, audit_checkpoint).values(one=_ONE, **row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["one"], set_=row))

    def _read(self, statement: Select[*tuple[object, ...]]) -> Sequence[AuditEntry]:
        self.write()
        return [_entry(row) for row in self._connection.execute(statement).mappings()]

    def _held_head(self) -> ChainHead:
        first = insert_into(self._connection, audit_head).values(one=_ONE, **values(START))
        self._connection.execute(first.on_conflict_do_nothing())
        held = select(audit_head.c.entry, audit_head.c.hash).with_for_update()
        row = self._connection.execute(held).one()
        return ChainHead(entry=row.entry, hash=row.hash)


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        entry=row["entry"],
        event=AuditEvent(**{name: row[name] for name in AuditEvent.__dataclass_fields__}),
        previous=row["previous"],
        hash=row["hash"],
    )


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    for name in _SAME:
        if value := getattr(wanted, name):
            yield table.c[name] == value
    if wanted.since is not None:
        yield table.c.at >= wanted.since
    if wanted.until is not None:
        yield table.c.at < wanted.until

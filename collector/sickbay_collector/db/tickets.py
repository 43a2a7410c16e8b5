"""Tickets, worklog and evidence.

A partial unique index admits one open ticket per device and family; `insert_open` asks it, so no
race opens two.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    insert,
    select,
    text,
    tuple_,
    type_coerce,
    update,
)

from sickbay_collector.core.desk.ticket import EvidenceItem, Ticket, TicketStatus, WorklogEntry
from sickbay_collector.core.desk.ticket_search import (
    FoundTicket,
    TicketFilter,
    TicketOrder,
    TicketPosition,
)
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.db.bulk import insertion, write_rows
from sickbay_collector.db.device_tables import device
from sickbay_collector.db.records import build, columns, fetch, insert_into, values
from sickbay_collector.db.ticket_search import search, unrouted
from sickbay_collector.db.ticket_tables import OPEN_TICKET, evidence, worklog
from sickbay_collector.db.ticket_tables import ticket as table
from sickbay_collector.db.types import to_micros

_ENDED = (TicketStatus.CLOSED, TicketStatus.CANCELLED)
_MICROS_PER_S = 1_000_000
_TICKET = columns(table, Ticket)
_WORKLOG = columns(worklog, WorklogEntry)
_LOG = insertion(worklog, WorklogEntry)
_EVIDENCE = columns(evidence, EvidenceItem)


class SqlTicketStore:
    """Implements `TicketStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def insert_open(self, ticket: Ticket) -> Ticket | None:
        """Insert and number a ticket; None when the device has one of that family open.

        The ticket begins at version 1, whatever the value's version and number.

        Raises:
            ConflictError: Its id is taken, or the device is unknown (raised by the unit of work).
        """
        # The index decides; asking first only spares a number for each alert that joins a ticket.
        if self._is_taken(ticket):
            return None
        row = values(ticket) | {"version": 1}
        del row["number"]
        adding = (
            insert_into(self._connection, table)
            .values(row)
            .on_conflict_do_nothing(
                index_elements=["device_id", "family"], index_where=text(OPEN_TICKET)
            )
            .returning(table.c.number)
        )
        number = self._connection.execute(adding).scalar()
        return None if number is None else replace(ticket, number=number, version=1)

    def get(self, ticket_id: TicketId) -> Ticket | None:
        """Return the ticket with this id."""
        return self._first(table.c.ticket_id == ticket_id)

    def many(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Ticket]:
        """Return those of these tickets that there are."""
        statement = select(*_TICKET).where(table.c.ticket_id.in_(sorted(set(ticket_ids))))
        return {one.ticket_id: one for one in fetch(self._connection, Ticket, statement)}

    def hold(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Ticket]:
        """Return those of these tickets that there are, which nobody else writes meanwhile."""
        statement = select(*_TICKET).where(table.c.ticket_id.in_(sorted(set(ticket_ids))))
        # In one order, so that two who hold the same tickets wait and do not block each other.
        held = statement.order_by(table.c.ticket_id).with_for_update(key_share=True)
        return {one.ticket_id: one for one in fetch(self._connection, Ticket, held)}

    def by_number(self, number: int) -> Ticket | None:
        """Return the ticket with this number."""
        return self._first(table.c.number == number)

    def open_of(self, device_id: DeviceId, family: str) -> Ticket | None:
        """Return the ticket of the family that is neither closed nor cancelled.

        In its place the open one that it was merged into.
        """
        mine = (table.c.device_id == device_id, table.c.family == family)
        own = self._first(*mine, table.c.status.not_in(_ENDED), table.c.merged_into.is_(None))
        if own is not None:
            return own
        targets = select(table.c.merged_into).where(*mine, table.c.merged_into.is_not(None))
        return self._first(table.c.ticket_id.in_(targets), table.c.status.not_in(_ENDED))

    def automatic_of(self, device_id: DeviceId) -> Sequence[Ticket]:
        """Return the device's tickets of alerts that wait for somebody, by number.

        Nobody else opens one of the device until this transaction ends.
        """
        # As weak as may be: rows that only name the device go on being written.
        held = select(device.c.device_id).where(device.c.device_id == device_id)
        self._connection.execute(held.with_for_update(key_share=True))
        statement = select(*_TICKET).where(
            table.c.device_id == device_id,
            table.c.family.is_not(None),
            table.c.status.in_(ACTIVE),
        )
        return fetch(self._connection, Ticket, statement.order_by(table.c.number))

    def merged_into(self, ticket_id: TicketId) -> Sequence[Ticket]:
        """Return the tickets that this one goes on for, by number."""
        statement = select(*_TICKET).where(table.c.merged_into == ticket_id)
        return fetch(self._connection, Ticket, statement.order_by(table.c.number))

    def save(self, ticket: Ticket, *, expected_version: int) -> bool:
        """Write a ticket as the next version; False when its stored version is another.

        Raises:
            ConflictError: It would be the second open one of its device and family (raised by the
                unit of work).
        """
        statement = (
            update(table)
            .where(table.c.ticket_id == ticket.ticket_id, table.c.version == expected_version)
            .values(values(ticket) | {"version": expected_version + 1})
        )
        return self._connection.execute(statement).rowcount == 1

    def list(
        self,
        *,
        statuses: Collection[TicketStatus] = (),
        device_id: DeviceId | None = None,
        limit: int = 100,
        after: tuple[datetime, TicketId] | None = None,
    ) -> Sequence[Ticket]:
        """Return tickets, newest first.

        Args:
            statuses: Only these; none for all.
            device_id: Only of this device.
            limit: How many at most.
            after: `opened_at` and id of the last ticket of the page before.
        """
        statement = select(*_TICKET)
        if statuses:
            statement = statement.where(table.c.status.in_(statuses))
        if device_id is not None:
            statement = statement.where(table.c.device_id == device_id)
        if after is not None:
            statement = statement.where(tuple_(table.c.opened_at, table.c.ticket_id) < after)
        newest = statement.order_by(table.c.opened_at.desc(), table.c.ticket_id.desc())
        return fetch(self._connection, Ticket, newest.limit(limit))

    def search(
        self,
        wanted: TicketFilter,
        order: TicketOrder,
        *,
        limit: int,
        after: TicketPosition | None = None,
    ) -> Sequence[FoundTicket]:
        """Return a page of the tickets that pass the filter."""
        return search(self._connection, wanted, order, limit=limit, after=after)

    def unrouted(self, *, limit: int, after: TicketPosition | None = None) -> Sequence[FoundTicket]:
        """Return tickets that wait for somebody to have them, most urgent and then oldest first."""
        return unrouted(self._connection, limit=limit, after=after)

    def log(self, entry: WorklogEntry) -> None:
        """Append to the worklog."""
        self._connection.execute(insert(worklog).values(values(entry)))

    def log_all(self, entries: Sequence[WorklogEntry]) -> None:
        """Append to the worklogs of several tickets, in this order."""
        write_rows(self._connection, _LOG, entries)

    def worklog(self, ticket_id: TicketId) -> Sequence[WorklogEntry]:
        """Return the worklog in the order of writing."""
        statement = select(*_WORKLOG).where(worklog.c.ticket_id == ticket_id)
        return fetch(self._connection, WorklogEntry, statement.order_by(worklog.c.entry))

    def add_evidence(self, item: EvidenceItem) -> None:
        """Append to the evidence."""
        self._connection.execute(insert(evidence).values(values(item)))

    def evidence(self, ticket_id: TicketId) -> Sequence[EvidenceItem]:
        """Return the evidence in the order of writing."""
        statement = select(*_EVIDENCE).where(evidence.c.ticket_id == ticket_id)
        return fetch(self._connection, EvidenceItem, statement.order_by(evidence.c.item))

    def resolved_before(self, at: datetime, *, limit: int) -> Sequence[Ticket]:
        """Return resolved tickets whose reopen window ended before `at`, longest resolved first."""
        resolved = type_coerce(table.c.resolved_at, BigInteger)
        statement = (
            select(*_TICKET)
            .where(
                table.c.status == TicketStatus.RESOLVED,
                resolved + table.c.reopen_window_s * _MICROS_PER_S < to_micros(at),
            )
            .order_by(table.c.resolved_at, table.c.ticket_id)
            .limit(limit)
        )
        return fetch(self._connection, Ticket, statement)

    def _is_taken(self, ticket: Ticket) -> bool:
        device_id, family = ticket.device_id, ticket.family
        if device_id is None or family is None:
            return False
        return self.open_of(device_id, family) is not None

    def _first(self, *conditions: ColumnElement[bool]) -> Ticket | None:
        row = self._connection.execute(select(*_TICKET).where(*conditions)).mappings().first()
        return None if row is None else build(Ticket, row)

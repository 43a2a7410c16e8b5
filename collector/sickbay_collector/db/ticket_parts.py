"""Watchers, links, costs and vendor cases."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, text, update

from sickbay_collector.core.desk.parts import Cost, LinkKind, TicketLink, VendorCase, Watcher
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.engine import SQLITE
from sickbay_collector.db.records import build, columns, fetch, insert_into, values
from sickbay_collector.db.ticket_part_tables import (
    ticket_cost,
    ticket_link,
    ticket_watcher,
    vendor_case,
)

_WATCHER = columns(ticket_watcher, Watcher)
_LINK = columns(ticket_link, TicketLink)
_COST = columns(ticket_cost, Cost)
_CASE = columns(vendor_case, VendorCase)
# Any number that is ours: who adds a link holds it.
_LINKS_LOCK = 0x51CB_A2


class SqlTicketPartStore:
    """Implements `TicketPartStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def watch(self, watcher: Watcher) -> bool:
        """Add a watcher; False who watches already."""
        statement = insert_into(self._connection, ticket_watcher).values(values(watcher))
        added = statement.on_conflict_do_nothing().returning(ticket_watcher.c.watcher)
        return self._connection.execute(added).first() is not None

    def unwatch(self, watcher: Watcher) -> bool:
        """Take a watcher away, by ticket, kind and name; False where there was none."""
        statement = delete(ticket_watcher).where(
            ticket_watcher.c.ticket_id == watcher.ticket_id,
            ticket_watcher.c.kind == watcher.kind,
            ticket_watcher.c.watcher == watcher.watcher,
        )
        return self._connection.execute(statement).rowcount == 1

    def watchers(self, ticket_id: TicketId) -> Sequence[Watcher]:
        """Return who watches a ticket, in the order in which they began."""
        statement = select(*_WATCHER).where(ticket_watcher.c.ticket_id == ticket_id)
        ordered = statement.order_by(ticket_watcher.c.added_at, ticket_watcher.c.watcher)
        return fetch(self._connection, Watcher, ordered)

    def watching(self, ticket_ids: Collection[TicketId]) -> Sequence[Watcher]:
        """Return who watches any of these tickets, by ticket."""
        column = ticket_watcher.c
        statement = select(*_WATCHER).where(column.ticket_id.in_(ticket_ids))
        ordered = statement.order_by(column.ticket_id, column.added_at, column.watcher)
        return fetch(self._connection, Watcher, ordered)

    def hold_links(self) -> None:
        """Let nobody else add a link until this transaction ends. SQLite has one writer anyway."""
        if self._connection.dialect.name != SQLITE:
            self._connection.execute(text(f"SELECT pg_advisory_xact_lock({_LINKS_LOCK})"))

    def link(self, link: TicketLink) -> bool:
        """Add a link; False one that is there already."""
        statement = insert_into(self._connection, ticket_link).values(values(link))
        added = statement.on_conflict_do_nothing().returning(ticket_link.c.other_id)
        return self._connection.execute(added).first() is not None

    def unlink(self, ticket_id: TicketId, kind: LinkKind, other_id: TicketId) -> bool:
        """Take a link away; False where there was none."""
        statement = delete(ticket_link).where(
            ticket_link.c.ticket_id == ticket_id,
            ticket_link.c.kind == kind,
            ticket_link.c.other_id == other_id,
        )
        return self._connection.execute(statement).rowcount == 1

    def links(self, ticket_id: TicketId) -> Sequence[TicketLink]:
        """Return the links from and to a ticket, oldest first."""
        mine: ColumnElement[bool] = or_(
            ticket_link.c.ticket_id == ticket_id, ticket_link.c.other_id == ticket_id
        )
        ordered = select(*_LINK).where(mine).order_by(ticket_link.c.added_at, *_LINK[:3])
        return fetch(self._connection, TicketLink, ordered)

    def next(self, kind: LinkKind, ticket_ids: Collection[TicketId]) -> Collection[TicketId]:
        """Return where the links of a kind lead from these tickets."""
        statement = select(ticket_link.c.other_id).where(
            ticket_link.c.kind == kind, ticket_link.c.ticket_id.in_(ticket_ids)
        )
        return {TicketId(one) for one in self._connection.execute(statement).scalars()}

    def add_cost(self, cost: Cost) -> None:
        """Book a cost."""
        self._connection.execute(insert(ticket_cost).values(values(cost)))

    def drop_cost(self, ticket_id: TicketId, cost_id: str) -> Cost | None:
        """Take a cost off and return it; None where there was none."""
        statement = (
            delete(ticket_cost)
            .where(ticket_cost.c.ticket_id == ticket_id, ticket_cost.c.cost_id == cost_id)
            .returning(*_COST)
        )
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else build(Cost, row)

    def costs(self, ticket_id: TicketId) -> Sequence[Cost]:
        """Return what was booked on a ticket, oldest first."""
        statement = select(*_COST).where(ticket_cost.c.ticket_id == ticket_id)
        ordered = statement.order_by(ticket_cost.c.at, ticket_cost.c.cost_id)
        return fetch(self._connection, Cost, ordered)

    def add_case(self, case: VendorCase) -> None:
        """Store a new case."""
        self._connection.execute(insert(vendor_case).values(values(case)))

    def save_case(self, case: VendorCase) -> None:
        """Write a case over what is there."""
        statement = update(vendor_case).where(vendor_case.c.case_id == case.case_id)
        self._connection.execute(statement.values(values(case)))

    def cases(self, ticket_id: TicketId) -> Sequence[VendorCase]:
        """Return a ticket's cases, oldest first."""
        statement = select(*_CASE).where(vendor_case.c.ticket_id == ticket_id)
        ordered = statement.order_by(vendor_case.c.opened_at, vendor_case.c.case_id)
        return fetch(self._connection, VendorCase, ordered)

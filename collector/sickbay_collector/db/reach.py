"""The scope of who asks, put into every query.

Where a statement reads a table whose rows belong to somebody, it reads those rows of it that lie in
the scope instead: `FROM ticket` becomes `FROM (SELECT ... FROM ticket WHERE ...) AS ticket`. So no
list, count or join has to remember the scope, and a foreign row is like one that is not there.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.sql.visitors import ExternallyTraversible, replacement_traverse

from sickbay_collector.core.access.scope import Area, Reach
from sickbay_collector.core.asset import AssetField
from sickbay_collector.db.alert_tables import alert
from sickbay_collector.db.asset_tables import asset, asset_claim, asset_repair
from sickbay_collector.db.assets import settled
from sickbay_collector.db.device_tables import device, device_state, enrollment
from sickbay_collector.db.identity_tables import device_clue, identity_verdict
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.notice_tables import outbox
from sickbay_collector.db.people_tables import person
from sickbay_collector.db.places import site_column
from sickbay_collector.db.problem_tables import problem
from sickbay_collector.db.sla_tables import sla_clock
from sickbay_collector.db.tag_tables import device_tag
from sickbay_collector.db.ticket_tables import ticket

_OF_DEVICE = (
    *(device, device_line, device_state, enrollment, device_clue, identity_verdict),
    *(alert, asset, asset_repair, device_tag),
)
_OF_TICKET = (sla_clock, outbox)
# As the index has it, which a parameter would not be known to be.
_TURNS = device_line.c.site_then != literal_column("''")
_OWNED = frozenset({*_OF_DEVICE, ticket, *_OF_TICKET, person, problem})


class ReachedConnection:
    """Stands for a connection in the stores; what they read through it lies in the scope.

    Args:
        connection: Where the transaction is.
        reach: The scope, and when.
    """

    def __init__(self, connection: Connection, reach: Reach) -> None:
        self._connection = connection
        self._areas = [_Area(area, reach) for area in reach.scope.areas]
        # Made when a statement reads the table: most read one or two of them.
        self._tables: dict[Table, FromClause] = {}
        self.dialect = connection.dialect

    def execute(
        self,
        statement: Executable,
        parameters: Sequence[Mapping[str, object]] | Mapping[str, object] | None = None,
    ) -> CursorResult[*tuple[object, ...]]:
        """Execute a statement; one that reads, on what lies in the scope."""
        if getattr(statement, "is_select", False):
            statement = self._within(statement)
        return self._connection.execute(statement, parameters)

    def _within(self, statement: Executable) -> Executable:
        def replaced(
            element: ExternallyTraversible, **_options: object
        ) -> ExternallyTraversible | None:
            if isinstance(element, Table):
                return self._within_scope(element)
            if not isinstance(element, Column):
                return None
            within = self._within_scope(element.table)
            return None if within is None else within.c.get(element.key)

        plain = cast("ExternallyTraversible", statement)
        return cast("Executable", replacement_traverse(plain, {}, replaced))

    def _within_scope(self, table: Table) -> FromClause | None:
        """Return what stands for a table; None where its rows belong to nobody."""
        if table not in _OWNED:
            return None
        found = self._tables.get(table)
        if found is None:
            conditions = [area.holds(table) for area in self._areas]
            found = self._tables[table] = select(table).where(*conditions).subquery(table.name)
        return found


def reached(connection: Connection, reach: Reach | None) -> Connection:
    """Return a connection that reads what lies in the scope; the same for None or everything."""
    if reach is None or reach.scope.is_everything:
        return connection
    return cast("Connection", ReachedConnection(connection, reach))


class _Area:
    """Says of each table which of its rows lie in one area."""

    def __init__(self, area: Area, reach: Reach) -> None:
        self._area = area
        self._reach = reach

    def holds(self, table: Table) -> ColumnElement[bool]:
        if table is device_line and self._area.person_id is None:
            return self._line()
        if table in _OF_DEVICE:
            return self._device(table.c.device_id)
        if table is ticket:
            return self._ticket()
        if table in _OF_TICKET:
            # One by one: a list of all tickets of the scope would be made for a few clocks.
            owner = select(ticket.c.ticket_id).where(ticket.c.ticket_id == table.c.ticket_id)
            return owner.where(self._ticket()).correlate(table).exists()
        return self._person() if table is person else self._problem()

    def _device(self, device_id: ColumnElement[str]) -> ColumnElement[bool]:
        area, at = self._area, self._reach.at
        found: list[ColumnElement[bool]] = []
        if area.person_id is not None:
            found.append(device_id.in_(settled(AssetField.OWNER, [area.person_id], at)))
        if area.sites:
            there = select(device_line.c.device_id).where(self._is_there(sorted(area.sites)))
            found.append(device_id.in_(there))
        if area.tags:
            found.append(device_id.in_(_tagged(area)))
        return _any(found)

    def _line(self) -> ColumnElement[bool]:
        """Which lines lie in it, by what they say themselves."""
        area, line = self._area, device_line.c
        found: list[ColumnElement[bool]] = []
        if area.sites:
            found.append(self._is_there(sorted(area.sites)))
        if area.tags:
            found.append(line.device_id.in_(_tagged(area)))
        return _any(found)

    def _is_there(self, sites: Sequence[str]) -> ColumnElement[bool]:
        """Which lines are of devices at one of these sites."""
        # The first part finds them by an index, the second says which of them are there now.
        line = device_line.c
        ever = or_(line.site.in_(sites), and_(_TURNS, line.site_then.in_(sites)))
        return and_(ever, site_column(self._reach.at).in_(sites))

    def _ticket(self) -> ColumnElement[bool]:
        if self._area.person_id is not None:
            return ticket.c.requester == self._area.person_id
        found = [self._device(ticket.c.device_id)]
        if self._area.sites:
            found.append(ticket.c.site.in_(sorted(self._area.sites)))
        return _any(found)

    def _person(self) -> ColumnElement[bool]:
        """Who is of the area, or asks or owns something in it."""
        area = self._area
        if area.person_id is not None:
            return person.c.person_id == area.person_id
        asking = select(ticket.c.requester).where(self._ticket())
        owning = select(asset_claim.c.value).where(
            asset_claim.c.field == AssetField.OWNER, self._device(asset_claim.c.device_id)
        )
        of_area = [person.c.person_id.in_(asking), person.c.person_id.in_(owning)]
        if area.sites:
            of_area.append(person.c.site.in_(sorted(area.sites)))
        return _any(of_area)

    def _problem(self) -> ColumnElement[bool]:
        if self._area.person_id is not None:
            return false()
        number = sql_cast(func.nullif(ticket.c.problem_id, ""), Integer)
        incidents = select(number).where(ticket.c.problem_id != "", self._ticket())
        return _any([self._device(problem.c.device_id), problem.c.number.in_(incidents)])


def _tagged(area: Area) -> Select[tuple[str]]:
    return select(device_tag.c.device_id).where(device_tag.c.tag.in_(sorted(area.tags)))


def _any(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    return or_(*conditions) if conditions else false()

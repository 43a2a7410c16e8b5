"""The desk's ledger of facts, and what is added up from it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Row,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    type_coerce,
)

from sickbay_collector.core.desk.events import ENGINE
from sickbay_collector.core.desk.fact import DeskFact, FactKind
from sickbay_collector.core.desk.kpi import (
    NOT_CONTACTS,
    Booked,
    FactLine,
    KpiGroup,
    SlaEnds,
    Spent,
    Waiting,
)
from sickbay_collector.core.desk.parts import CostKind
from sickbay_collector.core.desk.totals import BOUNDS_S, DeskTotals, FactLabels, Spread, added
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.db.desk_ledger_tables import desk_fact as table
from sickbay_collector.db.records import values
from sickbay_collector.db.sla_tables import sla_event
from sickbay_collector.db.ticket_part_tables import ticket_cost
from sickbay_collector.db.ticket_tables import ticket

_IS_TIME = ticket_cost.c.kind == CostKind.TIME
_BEGINS = frozenset({FactKind.OPENED, FactKind.REOPENED})
_ENDS = frozenset({FactKind.RESOLVED, FactKind.CLOSED, FactKind.CANCELLED, FactKind.MERGED})
# As `Cost.amount_cents` rounds.
_HOURLY = (ticket_cost.c.quantity * ticket_cost.c.price_cents + 30) // 60
_MINUTES = cast(func.sum(case((_IS_TIME, ticket_cost.c.quantity), else_=0)), BigInteger).label(
    "minutes"
)
_CENTS = cast(
    func.sum(case((_IS_TIME, _HOURLY), else_=ticket_cost.c.quantity * ticket_cost.c.price_cents)),
    BigInteger,
).label("cents")
# What a year has hundreds of thousands of is handed over as it is stored.
_LINE = (
    table.c.ticket_id,
    type_coerce(table.c.kind, Text),
    type_coerce(table.c.at, BigInteger),
    table.c.actor,
    case((table.c.source.in_(NOT_CONTACTS), 0), else_=1),
)
_OF_FACT: Mapping[KpiGroup, Column[str]] = MappingProxyType(
    {
        KpiGroup.TIER: table.c.tier,
        KpiGroup.CATEGORY: table.c.category,
        KpiGroup.SITE: table.c.site,
        KpiGroup.TECHNICIAN: table.c.technician,
        KpiGroup.PRIORITY: table.c.priority,
        KpiGroup.SOURCE: table.c.source,
    }
)
_OF_TICKET: Mapping[KpiGroup, Column[str]] = MappingProxyType(
    {
        KpiGroup.TIER: ticket.c.tier,
        KpiGroup.CATEGORY: ticket.c.category,
        KpiGroup.SITE: ticket.c.site,
        KpiGroup.TECHNICIAN: ticket.c.assignee,
        KpiGroup.PRIORITY: ticket.c.priority,
        KpiGroup.SOURCE: ticket.c.source,
    }
)


class SqlDeskLedger:
    """Implements `DeskLedger`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, facts: Sequence[DeskFact]) -> None:
        """Append to the ledger."""
        if facts:
            self._connection.execute(insert(table), [values(fact) for fact in facts])

    def lines(self, since: datetime, until: datetime, by: KpiGroup) -> Sequence[FactLine]:
        """Return all facts of the tickets that something happened to in that time."""
        touched = select(table.c.ticket_id).where(_between(table.c.at, since, until))
        statement = (
            select(*_LINE, _group(_OF_FACT, by), table.c.elapsed_s, table.c.sla_s)
            .where(table.c.ticket_id.in_(touched))
            .order_by(table.c.entry)
        )
        return [FactLine._make(row) for row in self._connection.execute(statement).all()]

    def totals(self, since: datetime | None, until: datetime | None) -> DeskTotals:
        """Return what happened from `since` to before `until`; None for without end."""
        when = _between(table.c.at, since, until)
        return DeskTotals(counts=dict(self._counts(when)), spreads=dict(self._spreads(when)))

    def sla_ends(self, since: datetime, until: datetime, by: KpiGroup) -> Sequence[SlaEnds]:
        """Return how clocks ended in that time, with the group that their tickets have now."""
        names = (_group(_OF_TICKET, by), sla_event.c.target, sla_event.c.outcome)
        statement = (
            select(*names, func.count().label("clocks"))
            .join(ticket, ticket.c.ticket_id == sla_event.c.ticket_id)
            .where(sla_event.c.outcome.is_not(None), _between(sla_event.c.at, since, until))
            .group_by(*names)
        )
        return [
            SlaEnds(group=group, target=target, outcome=outcome, count=clocks)
            for group, target, outcome, clocks in self._connection.execute(statement)
        ]

    def spent(self, since: datetime, until: datetime, by: KpiGroup) -> Sequence[Spent]:
        """Return what was booked in that time, with the group that the tickets have now."""
        names = (_group(_OF_TICKET, by), ticket_cost.c.currency)
        statement = (
            select(*names, _MINUTES, _CENTS)
            .join(ticket, ticket.c.ticket_id == ticket_cost.c.ticket_id)
            .where(_between(ticket_cost.c.at, since, until))
            .group_by(*names)
        )
        return [
            Spent(group=group, currency=currency, minutes=minutes, cents=cents)
            for group, currency, minutes, cents in self._connection.execute(statement)
        ]

    def booked(self) -> Sequence[Booked]:
        """Return all that was ever booked, by currency."""
        groups = select(ticket_cost.c.currency, _MINUTES, _CENTS).group_by(ticket_cost.c.currency)
        return [
            Booked(currency=row.currency, minutes=row.minutes, cents=row.cents)
            for row in self._connection.execute(groups.order_by(ticket_cost.c.currency))
        ]

    def waiting(self, until: datetime, by: KpiGroup) -> Sequence[Waiting]:
        """Return the tickets that waited for somebody at `until`, with the group they have now.

        The last fact before then that began or ended a ticket's work decides. Only tickets that
        wait now, or ended since, can have waited then.
        """
        ended_since = select(table.c.ticket_id).where(table.c.at >= until, table.c.kind.in_(_ENDS))
        candidates = select(ticket.c.ticket_id).where(
            ticket.c.opened_at < until,
            or_(ticket.c.status.in_(ACTIVE), ticket.c.ticket_id.in_(ended_since)),
        )
        last = (
            select(func.max(table.c.entry))
            .where(table.c.ticket_id.in_(candidates), table.c.at < until)
            .where(table.c.kind.in_(_BEGINS | _ENDS))
            .group_by(table.c.ticket_id)
        )
        statement = (
            select(ticket.c.opened_at, _group(_OF_TICKET, by))
            .join(table, table.c.ticket_id == ticket.c.ticket_id)
            .where(table.c.entry.in_(last), table.c.kind.in_(_BEGINS))
        )
        return [
            Waiting(opened_at=opened_at, group=group)
            for opened_at, group in self._connection.execute(statement)
        ]

    def _counts(self, when: ColumnElement[bool]) -> Iterator[tuple[FactLabels, int]]:
        automatic = case((table.c.actor == ENGINE, 1), else_=0).label("automatic")
        names = (table.c.kind, table.c.priority, table.c.tier, table.c.category, automatic)
        groups = select(*names, func.count().label("facts")).where(when).group_by(*names)
        for row in self._connection.execute(groups):
            labels = FactLabels(
                kind=row.kind,
                priority=row.priority.value,
                tier=row.tier,
                category=row.category,
                is_automatic=bool(row.automatic),
            )
            yield labels, row.facts

    def _spreads(self, when: ColumnElement[bool]) -> Iterator[tuple[tuple[FactKind, str], Spread]]:
        for kind, bounds in BOUNDS_S.items():
            whens = ((table.c.elapsed_s <= bound, place) for place, bound in enumerate(bounds))
            bucket = case(*whens, else_=len(bounds)).label("bucket")
            measures = (func.count().label("facts"), func.sum(table.c.elapsed_s).label("total_s"))
            groups = (
                select(table.c.priority, bucket, *measures)
                .where(when, table.c.kind == kind)
                .group_by(table.c.priority, bucket)
            )
            found = [
                DeskTotals(spreads={(kind, row.priority.value): _spread(row, len(bounds) + 1)})
                for row in self._connection.execute(groups)
            ]
            yield from added(found).spreads.items()


def _spread(row: "Row[*tuple[Any, ...]]", buckets: int) -> Spread:
    """Return what one bucket of a histogram holds."""
    counts = tuple(row.facts if place == row.bucket else 0 for place in range(buckets))
    return Spread(counts=counts, total_s=row.total_s)


def _between(
    column: Column[datetime], since: datetime | None, until: datetime | None
) -> ColumnElement[bool]:
    first = true() if since is None else column >= since
    last = true() if until is None else column < until
    return and_(first, last)


def _group(columns: Mapping[KpiGroup, Column[str]], by: KpiGroup) -> ColumnElement[str]:
    """Return the group of a row, as it is stored; "" where there are none."""
    found = literal("") if by is KpiGroup.NONE else type_coerce(columns[by], Text)
    return found.label("in_group")

"""The tops of the piles on the home page, in one statement."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Subquery,
    and_,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    true,
    type_coerce,
    union_all,
)

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.ticket_search import NEVER_RANK, FoundTicket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.db.device_tables import device
from sickbay_collector.db.records import columns
from sickbay_collector.db.sla_tables import sla_clock
from sickbay_collector.db.ticket_tables import LISTED_TICKET
from sickbay_collector.db.ticket_tables import ticket as table
from sickbay_collector.db.types import to_micros
from sickbay_collector.services.pile_ports import Heap, Pile

_TICKET = columns(table, Ticket)
_FIELDS = tuple(Ticket.__dataclass_fields__)


class SqlPileStore:
    """Implements `PileStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tops(
        self, user: str, tiers: Collection[str], *, due_before: datetime, limit: int
    ) -> Mapping[Pile, Heap]:
        """Return the tops of the piles of tickets that wait for somebody."""
        active = _active()
        one = active.c
        is_mine = one.assignee == user
        in_tiers = one.tier.in_(sorted(tiers)) if tiers else true()
        is_waiting = or_(one.assignee == "", one.acknowledged_at.is_(None))
        of_others = and_(one.major == 0, in_tiers, not_(is_mine))
        piles = {
            Pile.MAJOR: one.major == 1,
            Pile.MINE: and_(one.major == 0, is_mine),
            Pile.WAITING: and_(of_others, is_waiting),
            Pile.PRESSING: and_(of_others, not_(is_waiting), one.rank < to_micros(due_before)),
        }
        tops = union_all(
            *(select(_top(active, name, which, limit)) for name, which in piles.items())
        ).subquery()
        statement = (
            select(*_TICKET, device.c.hostname, tops.c.pile, tops.c.rank, tops.c.total)
            .select_from(tops)
            .join(table, table.c.number == tops.c.number)
            .outerjoin(device, device.c.device_id == table.c.device_id)
            .order_by(tops.c.rank, table.c.number)
        )
        found: dict[Pile, list[FoundTicket]] = {name: [] for name in Pile}
        counts: dict[Pile, int] = {}
        for row in self._connection.execute(statement).mappings():
            pile = Pile(row["pile"])
            counts[pile] = row["total"]
            found[pile].append(
                FoundTicket(
                    ticket=Ticket(**{name: row[name] for name in _FIELDS}),
                    hostname=row["hostname"] or "",
                    rank=row["rank"],
                )
            )
        return {
            name: Heap(tickets=tuple(tickets), count=counts.get(name, 0))
            for name, tickets in found.items()
        }


def _active() -> CTE:
    """Return the tickets that wait for somebody, with when the first of their clocks is due."""
    due_at = type_coerce(sla_clock.c.due_at, BigInteger)
    due = (
        select(sla_clock.c.ticket_id, func.min(due_at).label("due"))
        .where(text("sla_clock.stopped_at IS NULL AND sla_clock.due_at IS NOT NULL"))
        .group_by(sla_clock.c.ticket_id)
        .subquery()
    )
    listed: ColumnElement[bool] = text(f"ticket.{LISTED_TICKET}")  # type: ignore[assignment]
    return (
        select(
            table.c.number,
            table.c.assignee,
            table.c.tier,
            table.c.acknowledged_at,
            type_coerce(table.c.major, Integer).label("major"),
            func.coalesce(due.c.due, NEVER_RANK).label("rank"),
        )
        .select_from(table.outerjoin(due, due.c.ticket_id == table.c.ticket_id))
        .where(listed, table.c.status.in_(ACTIVE))
        .cte("active")
    )


def _top(active: CTE, name: Pile, which: ColumnElement[bool], limit: int) -> Subquery:
    one = active.c
    return (
        select(
            literal(name.value).label("pile"),
            one.number,
            one.rank,
            func.count().over().label("total"),
        )
        .where(which)
        .order_by(one.rank, one.number)
        .limit(limit)
        .subquery()
    )

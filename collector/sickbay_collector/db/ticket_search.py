"""Lists tickets: every filter and order in one statement, page by page by key.

A partial index holds the tickets that are not over, so that closed ones cost a list nothing.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    text,
    tuple_,
    type_coerce,
)

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.ticket_search import (
    NEVER_RANK,
    NOBODY,
    PRIORITY_ORDER,
    FoundTicket,
    TicketFilter,
    TicketOrder,
    TicketPosition,
    ascii_lower,
    number_in,
)
from sickbay_collector.core.desk.transitions import OPEN
from sickbay_collector.db.device_tables import device
from sickbay_collector.db.records import columns, maker
from sickbay_collector.db.sla_tables import sla_clock
from sickbay_collector.db.ticket_tables import LISTED_TICKET, UNROUTED_TICKET
from sickbay_collector.db.ticket_tables import ticket as table

_TICKET = columns(table, Ticket)
_FIELDS = tuple(Ticket.__dataclass_fields__)
_WIDTH = len(_FIELDS)
# In the words of the partial index, so that both databases see that it fits.
_LISTED: ColumnElement[bool] = literal_column(f"ticket.{LISTED_TICKET}")
_MAKE = maker(Ticket, _FIELDS)


def search(
    connection: Connection,
    wanted: TicketFilter,
    order: TicketOrder,
    *,
    limit: int,
    after: TicketPosition | None,
) -> Sequence[FoundTicket]:
    """Return a page of the tickets that pass the filter."""
    passes = conditions(wanted)
    if order is not TicketOrder.DUE or _is_open_only(wanted):
        return _page(connection, passes, order, _rank(order), limit=limit, after=after)
    # Of all tickets few have a clock that goes on, none of them is over, and they stand first: a
    # page is theirs alone, or begins where they end.
    found: list[FoundTicket] = []
    if after is None or after.rank < NEVER_RANK:
        listed = (*passes, _LISTED)
        first = _page(connection, listed, order, _rank(order), limit=limit, after=after)
        found += [one for one in first if one.rank < NEVER_RANK]
        after = None
    if len(found) < limit:
        left, never = limit - len(found), literal(NEVER_RANK, BigInteger)
        others = (*passes, not_(and_(_LISTED, _running().exists())))
        found += _page(connection, others, TicketOrder.OPENED, never, limit=left, after=after)
    return found


def _page(
    connection: Connection,
    passes: Sequence[ColumnElement[bool]],
    order: TicketOrder,
    ranked: ColumnElement[int],
    *,
    limit: int,
    after: TicketPosition | None,
) -> Sequence[FoundTicket]:
    rank = ranked.label("rank")
    newest = (table.c.opened_at.desc(), table.c.ticket_id.desc())
    keys = (
        select(table.c.number, rank)
        .where(*passes)
        .order_by(*(newest if order is TicketOrder.OPENED else (rank, *newest)))
        .limit(limit)
    )
    if after is not None:
        keys = keys.where(_behind(ranked, order, after))
    # Sorted by their keys alone: ten thousand whole tickets are megabytes.
    page = keys.subquery()
    statement = (
        select(*_TICKET, device.c.hostname, page.c.rank)
        .select_from(page)
        .join(table, table.c.number == page.c.number)
        .outerjoin(device, device.c.device_id == table.c.device_id)
        .order_by(page.c.rank, *newest)
    )
    return [_found(row, row.hostname or "") for row in connection.execute(statement).all()]


def unrouted(
    connection: Connection, *, limit: int, after: TicketPosition | None
) -> Sequence[FoundTicket]:
    """Return tickets that wait for somebody to have them, most urgent and then oldest first."""
    rank, place = (
        _rank(TicketOrder.PRIORITY),
        (table.c.opened_at, table.c.ticket_id),
    )
    statement = select(*_TICKET, rank.label("rank")).where(text(UNROUTED_TICKET))
    if after is not None:
        later = tuple_(*place) > (after.opened_at, after.ticket_id)
        statement = statement.where(or_(rank > after.rank, and_(rank == after.rank, later)))
    ordered = statement.order_by(rank, *place).limit(limit)
    return [_found(row, "") for row in connection.execute(ordered).all()]


def _found(row: "Row[*tuple[Any, ...]]", hostname: str) -> FoundTicket:
    """Return the ticket of a row that begins with its fields."""
    return FoundTicket(ticket=_MAKE(row[:_WIDTH]), hostname=hostname, rank=row.rank)


def _rank(order: TicketOrder) -> ColumnElement[int]:
    if order is TicketOrder.PRIORITY:
        places = {one: place for place, one in enumerate(PRIORITY_ORDER)}
        return case(places, value=table.c.priority, else_=len(places))
    if order is TicketOrder.OPENED:
        return literal(0)
    # Asked for each ticket, by an index that holds the answer: half of what it takes to join all.
    earliest = func.min(type_coerce(sla_clock.c.due_at, BigInteger))
    due = _running().with_only_columns(earliest).scalar_subquery()
    return func.coalesce(due, NEVER_RANK)


def _running() -> Select[tuple[str]]:
    """Return the clocks of a ticket that go on."""
    return (
        select(sla_clock.c.ticket_id)
        .where(
            sla_clock.c.ticket_id == table.c.ticket_id,
            sla_clock.c.stopped_at.is_(None),
            sla_clock.c.due_at.is_not(None),
        )
        .correlate(table)
    )


def _behind(
    rank: ColumnElement[int], order: TicketOrder, after: TicketPosition
) -> ColumnElement[bool]:
    older = tuple_(table.c.opened_at, table.c.ticket_id) < (after.opened_at, after.ticket_id)
    if order is TicketOrder.OPENED:
        return older
    return or_(rank > after.rank, and_(rank == after.rank, older))


def conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    """Return what tickets must be to pass a filter."""
    found: list[ColumnElement[bool]] = [
        column.in_(allowed)
        for column, allowed in (
            (table.c.status, wanted.statuses),
            (table.c.kind, wanted.kinds),
            (table.c.source, wanted.sources),
            (table.c.priority, wanted.priorities),
            (table.c.tier, wanted.tiers),
            (table.c.queue, wanted.queues),
            (table.c.category, wanted.categories),
        )
        if allowed
    ]
    found += [
        column == value
        for column, value in (
            (table.c.requester, wanted.requester),
            (table.c.site, wanted.site),
            (table.c.device_id, wanted.device_id),
            (table.c.family, wanted.family),
            (table.c.subcategory, wanted.subcategory),
        )
        if value
    ]
    if wanted.opened_since is not None:
        found.append(table.c.opened_at >= wanted.opened_since)
    if _is_open_only(wanted):
        found.append(_LISTED)
    if wanted.assignee:
        found.append(table.c.assignee == ("" if wanted.assignee == NOBODY else wanted.assignee))
    if wanted.major is not None:
        found.append(table.c.major == wanted.major)
    if wanted.text:
        found.append(_names(wanted.text))
    return found


def _is_open_only(wanted: TicketFilter) -> bool:
    return bool(wanted.statuses) and wanted.statuses <= OPEN


def _names(words: str) -> ColumnElement[bool]:
    in_title = func.lower(table.c.title).contains(ascii_lower(words), autoescape=True)
    number = number_in(words)
    return in_title if number is None else or_(in_title, table.c.number == number)

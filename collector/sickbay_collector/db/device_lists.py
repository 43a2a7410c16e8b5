"""The list of devices, asked of the database in one go.

It answers as `services.lookups.list_devices` does, which walks through the stores; a test compares
the two. All lines are read for a page: that costs the same for any filter, order and page, and no
index that each report would have to keep.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    case,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
)

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.assets import is_settled
from sickbay_collector.db.device_tables import device
from sickbay_collector.db.devices import SqlDeviceStore
from sickbay_collector.db.line_store import SqlLineStore
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.places import site_column
from sickbay_collector.db.presence import certificate_column, presence_column
from sickbay_collector.db.reach import reached
from sickbay_collector.db.tag_tables import device_tag
from sickbay_collector.db.ticket_tables import ticket
from sickbay_collector.db.types import TEXT
from sickbay_collector.db.uow import read_connection
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.device_rows import (
    NEVER_REPORTED_RANK,
    TEXT_ORDERS,
    DeviceOrder,
    DevicePosition,
    position_of,
)
from sickbay_collector.services.lookups import DeviceFilter, DevicePage, Sort

_LINE = device_line.c
_MICROS_PER_S = 1_000_000
_BY_NAME = (_LINE.hostname_key, _LINE.device_id)
_WAITING = (
    select(ticket.c.device_id, func.count().label("tickets"))
    .where(ticket.c.status.in_(ACTIVE), ticket.c.device_id.is_not(None))
    .group_by(ticket.c.device_id)
    .subquery()
)
_Key: TypeAlias = ColumnElement[str] | ColumnElement[float] | ColumnElement[int]
_KEYS: Mapping[DeviceOrder, _Key] = MappingProxyType(
    {
        DeviceOrder.WORST: func.coalesce(_LINE.score, _LINE.score_high, NEVER_REPORTED_RANK),
        DeviceOrder.HOSTNAME: _LINE.hostname_key,
        DeviceOrder.SEEN: func.coalesce(type_coerce(_LINE.received_at, BigInteger), 0),
        DeviceOrder.CONFIDENCE: func.coalesce(_LINE.confidence, -1.0),
        DeviceOrder.ALERTS: _LINE.open_alerts,
        DeviceOrder.TICKETS: func.coalesce(_WAITING.c.tickets, 0),
        DeviceOrder.SYSTEM: _LINE.os_name,
        DeviceOrder.MODEL: _LINE.model,
        DeviceOrder.STATUS: type_coerce(_LINE.status, TEXT),
        DeviceOrder.DEVICE_CLASS: type_coerce(_LINE.device_class, TEXT),
        DeviceOrder.CRITICALITY: type_coerce(_LINE.criticality, TEXT),
        DeviceOrder.AGENT: _LINE.agent_version,
        DeviceOrder.ENROLLED: type_coerce(_LINE.enrolled_at, BigInteger),
    }
)


def list_devices(
    engine: Engine,
    wanted: DeviceFilter,
    *,
    sort: Sort,
    limit: int,
    after: DevicePosition | None,
    now: datetime,
    started_at: datetime,
    reach: Reach | None = None,
) -> DevicePage:
    """Return a page of the devices that pass the filter.

    Args:
        engine: Where to read.
        wanted: Which devices.
        sort: How they are sorted.
        limit: At most so many.
        after: Where the page before ended; None for the first.
        now: The present time.
        started_at: Since when this collector can hear devices.
        reach: What who asks may see; None for everything.

    Raises:
        StoreError: The database cannot be read.
    """
    statement = _sorted(sort, after, now)
    for condition in _conditions(wanted, now, started_at):
        statement = statement.where(condition)
    with read_connection(engine) as whole:
        connection = reached(whole, reach)
        found = [DeviceId(row[0]) for row in connection.execute(statement.limit(limit + 1))]
        ids = found[:limit]
        known = {one.device_id: one for one in SqlDeviceStore(connection).load(ids)}
        rows = tuple(
            SqlLineStore(connection).rows(
                [known[one] for one in ids],
                open_tickets=_open_tickets(connection, ids),
                now=now,
                started_at=started_at,
            )
        )
    following = position_of(rows[-1], sort.order) if len(found) > limit else None
    return DevicePage(rows=rows, next=following)


def _key(order: DeviceOrder, now: datetime) -> _Key:
    """Return what an order sorts by; an owner and a site may be others from some moment on."""
    if order is DeviceOrder.OWNER:
        return case((_LINE.owner_turns_at <= now, _LINE.owner_key_then), else_=_LINE.owner_key)
    if order is DeviceOrder.SITE:
        return site_column(now)
    return _KEYS[order]


def _sorted(sort: Sort, after: DevicePosition | None, now: datetime) -> Select[str]:
    key = _key(sort.order, now)
    lines = device_line.outerjoin(_WAITING, _WAITING.c.device_id == _LINE.device_id)
    counts_tickets = sort.order is DeviceOrder.TICKETS
    statement = select(_LINE.device_id).select_from(lines if counts_tickets else device_line)
    statement = statement.order_by(key.desc() if sort.descending else key, *_BY_NAME)
    return statement if after is None else statement.where(_is_behind(key, sort, after))


def _is_behind(key: _Key, sort: Sort, after: DevicePosition) -> ColumnElement[bool]:
    stands: str | float = after.key if sort.order in TEXT_ORDERS else float(after.key)
    further = key < stands if sort.descending else key > stands
    return or_(further, and_(key == stands, tuple_(*_BY_NAME) > after[1:]))


def _conditions(
    wanted: DeviceFilter, now: datetime, started_at: datetime
) -> Iterator[ColumnElement[bool]]:
    yield _LINE.status.in_(wanted.statuses) if wanted.statuses else _LINE.status.not_in(GONE)
    if wanted.presences:
        yield presence_column(now, started_at).in_([one.value for one in wanted.presences])
    if wanted.classes:
        yield _LINE.device_class.in_(wanted.classes)
    if wanted.criticalities:
        yield _LINE.criticality.in_(wanted.criticalities)
    if wanted.max_score is not None:
        yield _LINE.score <= wanted.max_score
    if wanted.has_alerts:
        yield _LINE.open_alerts > 0
    if wanted.has_tickets:
        yield _LINE.device_id.in_(select(_WAITING.c.device_id))
    yield from _of_agent(wanted, now)
    yield from _texts(wanted)
    for tag in sorted(wanted.tags):
        yield _LINE.device_id.in_(select(device_tag.c.device_id).where(device_tag.c.tag == tag))
    for field, value in wanted.asset.items():
        yield is_settled(_LINE.device_id, field, value, now)


def _of_agent(wanted: DeviceFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.agent:
        yield _LINE.agent_version == wanted.agent
    if wanted.certificates:
        states = [one.value for one in wanted.certificates]
        fitting = select(device.c.device_id).where(certificate_column(now).in_(states))
        yield _LINE.device_id.in_(fitting)


def _texts(wanted: DeviceFilter) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of texts that a column holds."""
    if wanted.text:
        yield _LINE.hostname_key.contains(wanted.text.lower(), autoescape=True)
    for column, text in ((_LINE.os_name, wanted.system), (_LINE.model, wanted.model)):
        if text:
            yield func.lower(column).contains(text.lower(), autoescape=True)


def _open_tickets(connection: Connection, ids: Sequence[DeviceId]) -> Mapping[DeviceId, int]:
    column = ticket.c.device_id
    groups = select(column, func.count().label("tickets")).where(
        column.in_(ids), ticket.c.status.in_(ACTIVE)
    )
    return {row.device_id: row.tickets for row in connection.execute(groups.group_by(column))}

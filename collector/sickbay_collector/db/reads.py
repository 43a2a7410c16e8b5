"""The fleet's list and figures, asked of the database in one go.

They answer as `services.lookups.list_devices` and `services.counts.count_fleet` do, which walk
through the stores; a test compares the two. Here a fleet of any size costs no more memory than the
answer, and no evaluation state is read but that of the devices on the page.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Double,
    Engine,
    Row,
    Select,
    case,
    func,
    literal,
    select,
    tuple_,
    type_coerce,
)

from sickbay_collector.core.desk.book import EMPTY_BOOK
from sickbay_collector.core.desk.sla_policy import NO_PROMISES
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.device import Goodbye, Presence, presence
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import Row as Facts
from sickbay_collector.db.assets import is_settled
from sickbay_collector.db.desk_ledger import SqlDeskLedger
from sickbay_collector.db.escalations import SqlEscalationStore
from sickbay_collector.db.outbox import SqlOutboxStore
from sickbay_collector.db.sections import unpack_content
from sickbay_collector.db.sla import SqlSlaStore
from sickbay_collector.db.tables import (
    device,
    device_state,
    section_content,
    section_version,
    ticket,
)
from sickbay_collector.db.uow import SqlUnitOfWork, read_connection
from sickbay_collector.services.counts import (
    AGE_LIMITS,
    GONE,
    OLDEST,
    DeviceCounts,
    FleetCounts,
    TicketGroup,
    age_s,
    score_bucket,
)
from sickbay_collector.services.lookups import (
    DeviceFilter,
    DeviceOrder,
    DevicePage,
    DevicePosition,
    DeviceRow,
    device_row,
)

_MICROS_PER_S = 1_000_000
# Sorts devices that never reported behind all others, whose rank is 0 to 100.
_NEVER_REPORTED_RANK = 101.0
# Upper bounds of the score's buckets but the last, which includes 100.
_BUCKETS_BELOW = tuple(range(10, 100, 10))
# Rows are fetched in groups of this many.
_FETCH = 500
_FLEET = device.outerjoin(device_state, device.c.device_id == device_state.c.device_id)
_STATE = device_state.c
_PRESENCE = (_STATE.received_at, _STATE.report_interval_s, _STATE.goodbye)


def count_fleet(engine: Engine, *, now: datetime, started_at: datetime) -> FleetCounts:
    """Return the counts as they are now.

    Args:
        engine: Where to read.
        now: The present time.
        started_at: Since when this collector can hear devices.

    Raises:
        StoreError: The database cannot be read.
    """
    with read_connection(engine) as connection:
        devices = _devices(connection, now, started_at)
        sla = SqlSlaStore(connection, NO_PROMISES)
        escalations = SqlEscalationStore(connection)
        messages = SqlOutboxStore(connection).waiting()
        return FleetCounts(
            devices_by_presence=devices.by_presence,
            devices_by_score=devices.by_score,
            open_alerts=devices.open_alerts,
            open_tickets=_by_kind(connection, ticket.c.status.in_(ACTIVE)),
            sla_clocks=sla.open_counts(),
            sla_outcomes=sla.outcome_counts(),
            tickets_by_age=_by_age(connection, now),
            booked=tuple(SqlDeskLedger(connection).booked()),
            escalations=escalations.run_count(),
            escalation_steps=escalations.step_counts(),
            messages_waiting=messages.count,
            message_age_s=age_s(messages.oldest_due_at, now),
        )


def count_devices(engine: Engine, *, now: datetime, started_at: datetime) -> DeviceCounts:
    """Return the counts of devices, which `count_fleet` has beside others.

    Args:
        engine: Where to read.
        now: The present time.
        started_at: Since when this collector can hear devices.

    Raises:
        StoreError: The database cannot be read.
    """
    with read_connection(engine) as connection:
        return _devices(connection, now, started_at)


def list_devices(
    engine: Engine,
    wanted: DeviceFilter,
    *,
    order: DeviceOrder,
    limit: int,
    after: DevicePosition | None,
    now: datetime,
    started_at: datetime,
) -> DevicePage:
    """Return a page of the devices that pass the filter.

    Args:
        engine: Where to read.
        wanted: Which devices.
        order: How they are sorted.
        limit: At most so many.
        after: Where the page before ended; None for the first.
        now: The present time.
        started_at: Since when this collector can hear devices.

    Raises:
        StoreError: The database cannot be read.
    """

    def passes(row: Row[tuple[object, ...]]) -> bool:
        return not wanted.presences or _presence(row, now, started_at) in wanted.presences

    with read_connection(engine) as connection:
        statement = _sorted(wanted, order, after, now)
        places = list(_places(connection, statement, limit + 1, passes))
        page = places[:limit]
        return DevicePage(
            rows=tuple(_rows(connection, page, now, started_at)),
            next=page[-1] if len(places) > limit else None,
        )


def _devices(connection: Connection, now: datetime, started_at: datetime) -> DeviceCounts:
    present = device.c.status.not_in(GONE)
    by_score, open_alerts = _by_score(connection, present)
    return DeviceCounts(
        by_presence=_by_presence(connection, present, now, started_at),
        by_score=by_score,
        open_alerts=open_alerts,
    )


def _by_presence(
    connection: Connection, present: ColumnElement[bool], now: datetime, started_at: datetime
) -> Mapping[Presence, int]:
    """Count by presence, devices of the same second and interval at once."""
    second = type_coerce(_STATE.received_at, BigInteger) // _MICROS_PER_S
    groups = (
        select(
            func.max(_STATE.received_at, type_=_STATE.received_at.type).label("received_at"),
            _STATE.report_interval_s,
            _STATE.goodbye,
            func.count().label("devices"),
        )
        .select_from(_FLEET)
        .where(present)
        .group_by(second, _STATE.report_interval_s, _STATE.goodbye)
    )
    counts: Counter[Presence] = Counter()
    for row in connection.execute(groups):
        counts[_presence(row, now, started_at)] += row.devices
    return dict(counts)


def _by_score(
    connection: Connection, present: ColumnElement[bool]
) -> tuple[Mapping[str, int], int]:
    """Count by score, and the open alerts of all."""
    whens = [(_STATE.score < below, below - 10) for below in _BUCKETS_BELOW]
    lowest = case((_STATE.score.is_(None), None), *whens, else_=_BUCKETS_BELOW[-1]).label("lowest")
    alerts = func.coalesce(func.sum(_STATE.open_alerts), 0)
    groups = select(lowest, func.count(), alerts).select_from(_FLEET).where(present)
    rows = connection.execute(groups.group_by(lowest)).all()
    by_score = {score_bucket(lowest): count for lowest, count, _ in rows}
    return by_score, sum(int(row[2]) for row in rows)


def _by_kind(connection: Connection, condition: ColumnElement[bool]) -> Mapping[TicketGroup, int]:
    columns = (ticket.c.priority, ticket.c.tier, ticket.c.category)
    groups = select(*columns, func.count().label("tickets")).where(condition).group_by(*columns)
    return {
        TicketGroup(priority=priority, tier=tier, category=category): count
        for priority, tier, category, count in connection.execute(groups)
    }


def _by_age(connection: Connection, now: datetime) -> Mapping[str, int]:
    whens = ((ticket.c.opened_at > now - limit, name) for name, limit in AGE_LIMITS)
    age = case(*whens, else_=OLDEST).label("age")
    groups = select(age, func.count().label("tickets")).where(ticket.c.status.in_(ACTIVE))
    return {row.age: row.tickets for row in connection.execute(groups.group_by(age))}


def _places(
    connection: Connection,
    statement: Select[tuple[object, ...]],
    most: int,
    passes: Callable[[Row[tuple[object, ...]]], bool],
) -> Iterator[DevicePosition]:
    """Yield where at most so many devices stand; rows are fetched as they are needed."""
    with connection.execute(statement.execution_options(yield_per=_FETCH)) as rows:
        for row in islice(filter(passes, rows), most):
            yield DevicePosition(row.rank, row.hostname, row.device_id)


def _sorted(
    wanted: DeviceFilter, order: DeviceOrder, after: DevicePosition | None, now: datetime
) -> Select[tuple[object, ...]]:
    rank: ColumnElement[float] = literal(0.0, Double)
    if order is DeviceOrder.WORST:
        rank = func.coalesce(_STATE.score, _STATE.score_high, _NEVER_REPORTED_RANK)
    place = (rank, device.c.hostname, device.c.device_id)
    statement = select(rank.label("rank"), *place[1:], *_PRESENCE).select_from(_FLEET)
    for condition in _conditions(wanted, now):
        statement = statement.where(condition)
    if after is not None:
        statement = statement.where(tuple_(*place) > after)
    return statement.order_by(*place)


def _conditions(wanted: DeviceFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    status = device.c.status
    yield status.in_(wanted.statuses) if wanted.statuses else status.not_in(GONE)
    if wanted.max_score is not None:
        yield _STATE.score <= wanted.max_score
    if wanted.text:
        name = func.lower(device.c.hostname)
        yield name.contains(wanted.text.lower(), autoescape=True)
    for field, value in wanted.asset.items():
        yield is_settled(device.c.device_id, field, value, now)


def _presence(row: Row[tuple[object, ...]], now: datetime, started_at: datetime) -> Presence:
    if row.received_at is None:
        return Presence.UNKNOWN
    return presence(
        last_received_at=row.received_at,
        report_interval_s=row.report_interval_s,
        goodbye=Goodbye(row.goodbye),
        collector_started_at=started_at,
        now=now,
    )


def _rows(
    connection: Connection, page: list[DevicePosition], now: datetime, started_at: datetime
) -> Iterator[DeviceRow]:
    """Yield the lines of a page; the database is asked the same few times for any number."""
    uow = SqlUnitOfWork(connection, writes=False, book=EMPTY_BOOK)
    ids = [DeviceId(place.device_id) for place in page]
    devices = {one.device_id: one for one in uow.devices.load(ids)}
    states = uow.states.load(ids)
    facts = _named_facts(connection, ids)
    tickets = _open_tickets(connection, ids)
    for device_id in ids:
        if device_id in devices:
            yield device_row(
                devices[device_id],
                states.get(device_id),
                facts[device_id],
                open_tickets=tickets.get(device_id, 0),
                now=now,
                started_at=started_at,
            )


def _named_facts(
    connection: Connection, ids: Sequence[DeviceId]
) -> Mapping[DeviceId, Mapping[str, Facts]]:
    version, content = section_version.c, section_content.c
    statement = (
        select(version.device_id, version.kind, content.content)
        .join(section_content, content.hash == version.hash)
        .where(version.device_id.in_(ids), version.kind.in_(("os", "system")))
        .where(version.until.is_(None))
    )
    found: dict[DeviceId, dict[str, Facts]] = {device_id: {} for device_id in ids}
    for row in connection.execute(statement):
        found[row.device_id][row.kind] = unpack_content(row.kind, row.content).facts
    return found


def _open_tickets(connection: Connection, ids: Sequence[DeviceId]) -> Mapping[DeviceId, int]:
    column = ticket.c.device_id
    groups = select(column, func.count().label("tickets")).where(
        column.in_(ids), ticket.c.status.in_(ACTIVE)
    )
    return {row.device_id: row.tickets for row in connection.execute(groups.group_by(column))}

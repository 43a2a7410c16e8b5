"""The fleet's figures, asked of the database in one go.

They answer as `services.counts.count_fleet` does, which walks through the stores; a test compares
the two. Devices are counted by their lines (`line_tables.py`), and no evaluation state is read.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    case,
    func,
    select,
)

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.desk.sla_policy import NO_PROMISES
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.device import Presence
from sickbay_collector.db.desk_ledger import SqlDeskLedger
from sickbay_collector.db.escalations import SqlEscalationStore
from sickbay_collector.db.line_tables import device_line
from sickbay_collector.db.outbox import SqlOutboxStore
from sickbay_collector.db.presence import presence_column
from sickbay_collector.db.reach import reached
from sickbay_collector.db.sla import SqlSlaStore
from sickbay_collector.db.ticket_tables import ticket
from sickbay_collector.db.uow import read_connection
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

# Upper bounds of the score's buckets but the last, which includes 100.
_BUCKETS_BELOW = tuple(range(10, 100, 10))


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


def count_devices(
    engine: Engine, *, now: datetime, started_at: datetime, reach: Reach | None = None
) -> DeviceCounts:
    """Return the counts of devices, which `count_fleet` has beside others.

    Args:
        engine: Where to read.
        now: The present time.
        started_at: Since when this collector can hear devices.
        reach: What who asks may see; None for everything.

    Raises:
        StoreError: The database cannot be read.
    """
    with read_connection(engine) as connection:
        return _devices(reached(connection, reach), now, started_at)


def _devices(connection: Connection, now: datetime, started_at: datetime) -> DeviceCounts:
    present = device_line.c.status.not_in(GONE)
    by_score, open_alerts = _by_score(connection, present)
    return DeviceCounts(
        by_presence=_by_presence(connection, present, now, started_at),
        by_score=by_score,
        open_alerts=open_alerts,
    )


def _by_presence(
    connection: Connection, present: ColumnElement[bool], now: datetime, started_at: datetime
) -> Mapping[Presence, int]:
    column = presence_column(now, started_at).label("presence")
    groups = select(column, func.count().label("devices")).where(present).group_by(column)
    return {Presence(row.presence): row.devices for row in connection.execute(groups)}


def _by_score(
    connection: Connection, present: ColumnElement[bool]
) -> tuple[Mapping[str, int], int]:
    """Count by score, and the open alerts of all."""
    whens = [(device_line.c.score < below, below - 10) for below in _BUCKETS_BELOW]
    lowest = case((device_line.c.score.is_(None), None), *whens, else_=_BUCKETS_BELOW[-1]).label(
        "lowest"
    )
    alerts = func.coalesce(func.sum(device_line.c.open_alerts), 0)
    groups = select(lowest, func.count(), alerts).where(present)
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

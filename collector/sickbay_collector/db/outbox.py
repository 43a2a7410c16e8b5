"""Messages to the outside, stored with the change that caused them, and their record."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import accumulate

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    TextClause,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from sickbay_collector.core.desk.message import DeliveryRecord, MessageState, OutboxMessage
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.bulk import insertion, write_rows
from sickbay_collector.db.notice_tables import GIVEN_UP, IS_WAITING, delivery
from sickbay_collector.db.notice_tables import outbox as table
from sickbay_collector.db.records import build, columns, insert_into, values
from sickbay_collector.db.ticket_tables import ticket
from sickbay_collector.services.notice_ports import (
    MOST_ALONG,
    MOST_CLAIMED_ALONG,
    Claim,
    Waiting,
)

_MESSAGE = columns(table, OutboxMessage)
_ADD = insertion(table, OutboxMessage, is_once=True)
_BUNDLE = (table.c.bundle, table.c.channel)
_RECORD = columns(delivery, DeliveryRecord)
_OVER = (TicketStatus.CLOSED, TicketStatus.CANCELLED)
_WENT = (MessageState.SENT, MessageState.DELIVERED)


class SqlOutboxStore:
    """Implements `OutboxStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, message: OutboxMessage) -> bool:
        """Store a message; False for a key that is there already, which is left as it is."""
        adding = insert_into(self._connection, table).values(values(message))
        added = adding.on_conflict_do_nothing().returning(table.c.key)
        return self._connection.execute(added).first() is not None

    def add_all(self, messages: Sequence[OutboxMessage]) -> None:
        """Store messages; those whose key is there already are left as they are."""
        write_rows(self._connection, _ADD, messages)

    def claim(self, *, limit: int, now: datetime, until: datetime) -> Sequence[Claim]:
        """Return messages that are due, urgent ones first; until then nobody else gets them.

        What another worker is claiming at this moment is passed over, not waited for.
        """
        due = (
            select(*_MESSAGE, table.c.claimed_until)
            .where(
                IS_WAITING,
                or_(table.c.claimed_until.is_(None), table.c.claimed_until <= now),
                table.c.not_before <= now,
            )
            .order_by(table.c.rank, table.c.not_before, table.c.key)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = list(self._connection.execute(due).mappings())
        bundles = self._with_room(rows)
        rows = [row for row in rows if not row["bundle"] or _bundle_of(row) in bundles]
        rows += self._along(bundles, rows)
        if rows:
            claiming = update(table).where(table.c.key.in_([row["key"] for row in rows]))
            self._connection.execute(claiming.values(claimed_until=until))
        return [_claim(row) for row in rows]

    def settle(self, message: OutboxMessage, *, at: datetime, claimed_until: datetime) -> bool:
        """Write how a claimed message stands and give it back; False when the claim was lost."""
        statement = update(table).where(
            table.c.key == message.key, table.c.claimed_until == claimed_until
        )
        sent_at = at if message.state in _WENT else None
        changed = {**values(message), "claimed_until": None, "sent_at": sent_at}
        return self._connection.execute(statement.values(changed)).rowcount == 1

    def get(self, key: str) -> OutboxMessage | None:
        """Return a message, sent or not."""
        row = self._connection.execute(select(*_MESSAGE).where(table.c.key == key)).mappings()
        return next((build(OutboxMessage, one) for one in row), None)

    def standing(
        self, *, states: Collection[MessageState], limit: int, after: str = ""
    ) -> Sequence[OutboxMessage]:
        """Return messages to somebody that stand so, by key."""
        statement = select(*_MESSAGE).where(
            table.c.state.in_(states), table.c.recipient != "", table.c.key > after
        )
        rows = self._connection.execute(statement.order_by(table.c.key).limit(limit)).mappings()
        return [build(OutboxMessage, row) for row in rows]

    def revive(self, key: str, *, now: datetime) -> bool:
        """Queue a dead message again as if it were new; False when it is not dead."""
        statement = update(table).where(table.c.key == key, table.c.state == MessageState.DEAD)
        changed = {
            "state": MessageState.QUEUED,
            "created_at": now,
            "not_before": now,
            "attempts": 0,
            "turn_at": None,
        }
        return self._connection.execute(statement.values(changed)).rowcount == 1

    def withdraw(self, prefix: str) -> Sequence[OutboxMessage]:
        """Take back what waits under keys that begin so, and return it as it is then.

        One that is being sent at this moment may still go out, but is not tried again.
        """
        # Keys sort by bytes: those with the prefix stand together.
        mine = (table.c.key >= prefix, table.c.key < f"{prefix}\x7f")
        statement = update(table).where(IS_WAITING, *mine).returning(*_MESSAGE)
        changed = {"state": MessageState.WITHDRAWN, "claimed_until": None}
        rows = self._connection.execute(statement.values(changed)).mappings()
        return sorted((build(OutboxMessage, row) for row in rows), key=lambda one: one.key)

    def drop_sent(self, before: datetime, *, limit: int) -> int:
        """Drop messages that were sent before that time, none of a ticket that is not over."""
        went = (table.c.sent_at < before, table.c.state.in_(_WENT))
        return self._drop(*went, by=table.c.sent_at, limit=limit)

    def drop_given_up(self, before: datetime, *, limit: int) -> int:
        """Drop messages of before that time that are dead or were withdrawn, as `drop_sent`."""
        old = (GIVEN_UP, table.c.created_at < before)
        return self._drop(*old, by=table.c.created_at, limit=limit)

    def waiting(self) -> Waiting:
        """Return how many messages wait, and since when the longest due one is due."""
        statement = select(func.count(), func.min(table.c.not_before)).where(IS_WAITING)
        count, oldest = self._connection.execute(statement).one()
        return Waiting(count=count, oldest_due_at=oldest)

    def _drop(
        self, *old: ColumnElement[bool] | TextClause, by: Column[datetime], limit: int
    ) -> int:
        some = select(table.c.key).where(*old, ~_is_open(table.c.ticket_id)).order_by(by)
        statement = delete(table).where(table.c.key.in_(some.limit(limit)))
        return self._connection.execute(statement).rowcount

    def _with_room(self, due: Sequence[RowMapping]) -> Collection[tuple[str, str]]:
        """Return the bundles that go out now, what is due first before others, at least one."""
        bundles = list(dict.fromkeys(_bundle_of(row) for row in due if row["bundle"]))
        if not bundles:
            return ()
        counted = select(*_BUNDLE, func.count()).where(*_may_go_along(bundles))
        rows = self._connection.execute(counted.group_by(*_BUNDLE))
        counts = {(row[0], row[1]): min(row[2], MOST_ALONG) for row in rows}
        sums = accumulate(counts.get(one, 0) for one in bundles)
        room = sum(1 for total in sums if total <= MOST_CLAIMED_ALONG)
        return set(bundles[: max(1, room)])

    def _along(
        self, bundles: Collection[tuple[str, str]], due: Sequence[RowMapping]
    ) -> list[RowMapping]:
        """Return what goes along with what is due."""
        if not bundles:
            return []
        going = (*_may_go_along(bundles), table.c.key.not_in([row["key"] for row in due]))
        in_order = (table.c.not_before, table.c.key)
        place = func.row_number().over(partition_by=_BUNDLE, order_by=in_order).label("place")
        placed = select(table.c.key, place).where(*going).subquery()
        first = select(placed.c.key).where(placed.c.place <= MOST_ALONG)
        statement = (
            select(*_MESSAGE, table.c.claimed_until)
            # Once more: another worker may have changed a row since its place was told.
            .where(table.c.key.in_(first), *going)
            .order_by(*in_order)
            .with_for_update(skip_locked=True)
        )
        return list(self._connection.execute(statement).mappings())


class SqlDeliveryStore:
    """Implements `DeliveryStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, record: DeliveryRecord) -> None:
        """Append a record."""
        self._connection.execute(insert(delivery).values(values(record)))

    def drop(self, before: datetime, *, limit: int) -> int:
        """Drop records from before that time, oldest first, none of a ticket that is not over."""
        old = select(delivery.c.entry).where(
            delivery.c.at < before, ~_is_open(delivery.c.ticket_id)
        )
        some = old.order_by(delivery.c.at).limit(limit)
        statement = delete(delivery).where(delivery.c.entry.in_(some))
        return self._connection.execute(statement).rowcount

    def of_ticket(self, ticket_id: TicketId) -> Sequence[DeliveryRecord]:
        """Return the records of a ticket in the order of writing."""
        statement = select(*_RECORD).where(delivery.c.ticket_id == ticket_id)
        rows = self._connection.execute(statement.order_by(delivery.c.entry)).mappings()
        return [build(DeliveryRecord, row) for row in rows]

    def sent_to(self, recipients: Collection[str], *, since: datetime) -> Mapping[str, int]:
        """Return how many messages each recipient was sent since then; a bundle counts once."""
        return self._sent(delivery.c.recipient, recipients, since)

    def sent_by(self, channels: Collection[str], *, since: datetime) -> Mapping[str, int]:
        """Return how many messages each channel sent since then; a bundle counts once."""
        return self._sent(delivery.c.channel, channels, since)

    def _sent(self, by: Column[str], names: Collection[str], since: datetime) -> Mapping[str, int]:
        sent = func.count(delivery.c.sent_as.distinct())
        statement = select(by, sent).where(
            by.in_(names), delivery.c.at > since, delivery.c.state.in_(_WENT)
        )
        return dict(self._connection.execute(statement.group_by(by)).all())


def _is_open(ticket_id: Column[str]) -> ColumnElement[bool]:
    """Return whether it is the id of a ticket that is not over; none is no ticket."""
    return exists().where(ticket.c.ticket_id == ticket_id, ticket.c.status.not_in(_OVER))


def _bundle_of(row: RowMapping) -> tuple[str, str]:
    return row["bundle"], row["channel"]


def _may_go_along(
    bundles: Collection[tuple[str, str]],
) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """Return which messages of these bundles nobody has, or has tried."""
    return (
        IS_WAITING,
        tuple_(*_BUNDLE).in_(sorted(bundles)),
        table.c.attempts == 0,
        table.c.claimed_until.is_(None),
    )


def _claim(row: RowMapping) -> Claim:
    fields = dict(row)
    interrupted = fields.pop("claimed_until") is not None
    repeats = fields.pop("repeats") + interrupted
    return Claim(message=OutboxMessage(**fields, repeats=repeats), interrupted=interrupted)

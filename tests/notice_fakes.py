"""The outbox and its records in memory; they pass the contract suite of the databases."""

from collections.abc import Collection, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from typing import Protocol

from sickbay_collector.core.desk.message import (
    WAITING,
    DeliveryRecord,
    MessageState,
    OutboxMessage,
)
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.notice_ports import MOST_ALONG, MOST_CLAIMED_ALONG, Claim, Waiting

_OVER = (TicketStatus.CLOSED, TicketStatus.CANCELLED)
_WENT = frozenset({MessageState.SENT, MessageState.DELIVERED})


def _bundle(message: OutboxMessage) -> tuple[str, str]:
    return message.bundle, message.channel


class NoticeData(Protocol):
    """The part of the memory that these stores use."""

    outbox: dict[str, OutboxMessage]
    sent: dict[str, datetime]
    claims: dict[str, datetime]
    deliveries: tuple[DeliveryRecord, ...]
    tickets: dict[TicketId, Ticket]


class FakeOutboxStore:
    def __init__(self, data: NoticeData) -> None:
        self._data = data

    def add(self, message: OutboxMessage) -> bool:
        is_new = message.key not in self._data.outbox
        self._data.outbox.setdefault(message.key, message)
        return is_new

    def add_all(self, messages: Sequence[OutboxMessage]) -> None:
        for message in messages:
            self.add(message)

    def claim(self, *, limit: int, now: datetime, until: datetime) -> Sequence[Claim]:
        waiting = [one for one in self._data.outbox.values() if one.state in WAITING]
        due = [
            one
            for one in waiting
            if one.not_before <= now and self._data.claims.get(one.key, now) <= now
        ]
        due.sort(key=lambda one: (one.rank, one.not_before, one.key))
        due = due[:limit]
        bundles = list(dict.fromkeys(_bundle(one) for one in due if one.bundle))
        going = {bundle: self._untried(bundle) for bundle in bundles}
        sums = accumulate(min(len(some), MOST_ALONG) for some in going.values())
        room = max(1, sum(total <= MOST_CLAIMED_ALONG for total in sums))
        due = [one for one in due if not one.bundle or _bundle(one) in bundles[:room]]
        along = [
            one
            for bundle in bundles[:room]
            for one in [one for one in going[bundle] if one not in due][:MOST_ALONG]
        ]
        along.sort(key=lambda one: (one.not_before, one.key))
        return [self._claim(one, until) for one in (*due, *along)]

    def _untried(self, bundle: tuple[str, str]) -> Sequence[OutboxMessage]:
        found = [
            one
            for one in self._data.outbox.values()
            if one.state in WAITING
            and _bundle(one) == bundle
            and not one.attempts
            and one.key not in self._data.claims
        ]
        return sorted(found, key=lambda one: (one.not_before, one.key))

    def settle(self, message: OutboxMessage, *, at: datetime, claimed_until: datetime) -> bool:
        if self._data.claims.get(message.key) != claimed_until:
            return False
        del self._data.claims[message.key]
        self._data.outbox[message.key] = message
        if message.state in _WENT:
            self._data.sent[message.key] = at
        return True

    def get(self, key: str) -> OutboxMessage | None:
        return self._data.outbox.get(key)

    def standing(
        self, *, states: Collection[MessageState], limit: int, after: str = ""
    ) -> Sequence[OutboxMessage]:
        found = [
            one
            for one in self._data.outbox.values()
            if one.state in states and one.recipient and one.key > after
        ]
        return sorted(found, key=lambda one: one.key)[:limit]

    def revive(self, key: str, *, now: datetime) -> bool:
        message = self._data.outbox.get(key)
        if message is None or message.state is not MessageState.DEAD:
            return False
        self._data.outbox[key] = replace(
            message,
            state=MessageState.QUEUED,
            created_at=now,
            not_before=now,
            attempts=0,
            turn_at=None,
        )
        return True

    def withdraw(self, prefix: str) -> Sequence[OutboxMessage]:
        found = [
            replace(one, state=MessageState.WITHDRAWN)
            for key, one in sorted(self._data.outbox.items())
            if key.startswith(prefix) and one.state in WAITING
        ]
        for one in found:
            self._data.claims.pop(one.key, None)
            self._data.outbox[one.key] = one
        return found

    def drop_sent(self, before: datetime, *, limit: int) -> int:
        old = [
            key
            for key, at in self._data.sent.items()
            if at < before
            and self._data.outbox[key].state in _WENT
            and not _is_open(self._data, self._data.outbox[key].ticket_id)
        ][:limit]
        for key in old:
            del self._data.sent[key], self._data.outbox[key]
        return len(old)

    def drop_given_up(self, before: datetime, *, limit: int) -> int:
        old = [
            key
            for key, one in self._data.outbox.items()
            if one.created_at < before
            and one.state in {MessageState.DEAD, MessageState.WITHDRAWN}
            and not _is_open(self._data, one.ticket_id)
        ][:limit]
        for key in old:
            del self._data.outbox[key]
        return len(old)

    def waiting(self) -> Waiting:
        due = [one.not_before for one in self._data.outbox.values() if one.state in WAITING]
        return Waiting(count=len(due), oldest_due_at=min(due, default=None))

    def _claim(self, message: OutboxMessage, until: datetime) -> Claim:
        interrupted = message.key in self._data.claims
        self._data.claims[message.key] = until
        return Claim(
            message=replace(message, repeats=message.repeats + interrupted),
            interrupted=interrupted,
        )


class FakeDeliveryStore:
    def __init__(self, data: NoticeData) -> None:
        self._data = data

    def add(self, record: DeliveryRecord) -> None:
        self._data.deliveries += (record,)

    def drop(self, before: datetime, *, limit: int) -> int:
        old = [
            one
            for one in self._data.deliveries
            if one.at < before and not _is_open(self._data, one.ticket_id)
        ][:limit]
        self._data.deliveries = tuple(one for one in self._data.deliveries if one not in old)
        return len(old)

    def of_ticket(self, ticket_id: TicketId) -> Sequence[DeliveryRecord]:
        return [one for one in self._data.deliveries if one.ticket_id == ticket_id]

    def sent_to(self, recipients: Collection[str], *, since: datetime) -> Mapping[str, int]:
        return _counted([(one.recipient, one) for one in self._data.deliveries], recipients, since)

    def sent_by(self, channels: Collection[str], *, since: datetime) -> Mapping[str, int]:
        return _counted([(one.channel, one) for one in self._data.deliveries], channels, since)


def _is_open(data: NoticeData, ticket_id: TicketId | None) -> bool:
    found = None if ticket_id is None else data.tickets.get(ticket_id)
    return found is not None and found.status not in _OVER


def _counted(
    records: Sequence[tuple[str, DeliveryRecord]], names: Collection[str], since: datetime
) -> Mapping[str, int]:
    found: MutableMapping[str, set[str]] = {}
    for name, record in records:
        if name in names and record.at > since and record.state in _WENT:
            found.setdefault(name, set()).add(record.sent_as)
    return {name: len(keys) for name, keys in found.items()}

"""The desk's stores in memory, with the one rule that the database keeps: one open ticket."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from sickbay_collector.core.desk.ticket import EvidenceItem, Ticket, TicketStatus, WorklogEntry
from sickbay_collector.core.desk.transitions import OPEN
from sickbay_collector.core.ids import DeviceId, TicketId
from sickbay_collector.services.ports import AlertRecord, OutboxMessage, UnitOfWork


@dataclass
class FakeAlerts:
    by_id: dict[str, AlertRecord] = field(default_factory=dict)

    def add(self, alert: AlertRecord) -> None:
        assert alert.alert_id not in self.by_id
        self.by_id[alert.alert_id] = alert

    def save(self, alert: AlertRecord) -> None:
        assert alert.alert_id in self.by_id
        self.by_id[alert.alert_id] = alert

    def open_of(self, device_id: DeviceId) -> Sequence[AlertRecord]:
        return [
            one
            for one in self.by_id.values()
            if one.device_id == device_id and one.status in {"open", "clearing"}
        ]

    def of_ticket(self, ticket_id: TicketId) -> Sequence[AlertRecord]:
        return [one for one in self.by_id.values() if one.ticket_id == ticket_id]


@dataclass
class FakeTickets:
    by_id: dict[str, Ticket] = field(default_factory=dict)
    entries: list[WorklogEntry] = field(default_factory=list)
    items: list[EvidenceItem] = field(default_factory=list)
    hidden_reads: int = 0
    """So many reads of the open ticket find nothing, as if another collector were about to
    commit it."""

    def insert_open(self, ticket: Ticket) -> Ticket | None:
        if ticket.family is not None and self._open(ticket.device_id, ticket.family):
            return None
        stored = replace(ticket, number=len(self.by_id) + 1)
        self.by_id[ticket.ticket_id] = stored
        return stored

    def get(self, ticket_id: TicketId) -> Ticket | None:
        return self.by_id.get(ticket_id)

    def open_of(self, device_id: DeviceId, family: str) -> Ticket | None:
        if self.hidden_reads:
            self.hidden_reads -= 1
            return None
        found = self._open(device_id, family)
        assert len(found) <= 1
        return found[0] if found else None

    def _open(self, device_id: DeviceId, family: str) -> list[Ticket]:
        return [
            one
            for one in self.by_id.values()
            if (one.device_id, one.family) == (device_id, family) and one.status in OPEN
        ]

    def save(self, ticket: Ticket, *, expected_version: int) -> bool:
        if self.by_id[ticket.ticket_id].version != expected_version:
            return False
        self.by_id[ticket.ticket_id] = ticket
        return True

    def log(self, entry: WorklogEntry) -> None:
        self.entries.append(entry)

    def worklog(self, ticket_id: TicketId) -> Sequence[WorklogEntry]:
        return [one for one in self.entries if one.ticket_id == ticket_id]

    def add_evidence(self, item: EvidenceItem) -> None:
        self.items.append(item)

    def evidence(self, ticket_id: TicketId) -> Sequence[EvidenceItem]:
        return [one for one in self.items if one.ticket_id == ticket_id]

    def resolved_before(self, at: datetime, *, limit: int) -> Sequence[Ticket]:
        return [
            one
            for one in self.by_id.values()
            if one.status is TicketStatus.RESOLVED
            and one.resolved_at is not None
            and one.resolved_at + timedelta(seconds=one.reopen_window_s) < at
        ][:limit]


@dataclass
class FakeOutbox:
    messages: dict[str, OutboxMessage] = field(default_factory=dict)
    sent: dict[str, datetime] = field(default_factory=dict)

    def add(self, message: OutboxMessage) -> None:
        self.messages.setdefault(message.key, message)

    def pending(self, *, limit: int) -> Sequence[OutboxMessage]:
        waiting: Collection[OutboxMessage] = [
            one for key, one in self.messages.items() if key not in self.sent
        ]
        return list(waiting)[:limit]

    def mark_sent(self, key: str, *, at: datetime) -> None:
        self.sent[key] = at


@dataclass
class FakeDesk:
    """A database with the desk's stores. What a unit of work does not commit is undone."""

    alerts: FakeAlerts = field(default_factory=FakeAlerts)
    tickets: FakeTickets = field(default_factory=FakeTickets)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    commits: int = 0
    ids: int = 0

    def new_id(self) -> str:
        """Return an id that this desk did not give before."""
        self.ids += 1
        return f"id-{self.ids}"

    @contextmanager
    def open(self) -> Iterator[UnitOfWork]:
        """Open a unit of work."""
        before = (
            copy(self.alerts.by_id),
            copy(self.tickets.by_id),
            copy(self.tickets.entries),
            copy(self.tickets.items),
            copy(self.outbox.messages),
            copy(self.outbox.sent),
        )
        commits = self.commits
        try:
            yield cast("UnitOfWork", self)
        finally:
            if self.commits == commits:
                (
                    self.alerts.by_id,
                    self.tickets.by_id,
                    self.tickets.entries,
                    self.tickets.items,
                    self.outbox.messages,
                    self.outbox.sent,
                ) = before

    def commit(self) -> None:
        self.commits += 1

    def only_ticket(self) -> Ticket:
        """Return the ticket, which must be the only one."""
        (ticket,) = self.tickets.by_id.values()
        return ticket

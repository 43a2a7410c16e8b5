"""What the use cases need of tickets."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.ticket import EvidenceItem, Ticket, TicketStatus, WorklogEntry
from sickbay_collector.core.desk.ticket_search import (
    FoundTicket,
    TicketFilter,
    TicketOrder,
    TicketPosition,
)
from sickbay_collector.core.ids import DeviceId, TicketId


class TicketStore(Protocol):
    """Tickets, worklog and evidence."""

    def insert_open(self, ticket: Ticket) -> Ticket | None:
        """Insert and number a ticket; None when the device has one of that family open."""
        ...

    def get(self, ticket_id: TicketId) -> Ticket | None: ...
    def many(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Ticket]:
        """Return those of these tickets that there are."""
        ...

    def hold(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Ticket]:
        """Return those of these tickets that there are; nobody else writes them meanwhile."""
        ...

    def by_number(self, number: int) -> Ticket | None: ...
    def open_of(self, device_id: DeviceId, family: str) -> Ticket | None:
        """Return the ticket of the family that is neither closed nor cancelled.

        In its place the open one that it was merged into.
        """
        ...

    def automatic_of(self, device_id: DeviceId) -> Sequence[Ticket]:
        """Return the device's tickets of alerts that wait for somebody, by number.

        Nobody else opens one of the device until this transaction ends.
        """
        ...

    def merged_into(self, ticket_id: TicketId) -> Sequence[Ticket]:
        """Return the tickets that this one goes on for, by number."""
        ...

    def save(self, ticket: Ticket, *, expected_version: int) -> bool:
        """Write a ticket; False when its stored version is another."""
        ...

    def list(
        self,
        *,
        statuses: Collection[TicketStatus] = (),
        device_id: DeviceId | None = None,
        limit: int = 100,
        after: tuple[datetime, TicketId] | None = None,
    ) -> Sequence[Ticket]:
        """Return tickets, newest first."""
        ...

    def search(
        self,
        wanted: TicketFilter,
        order: TicketOrder,
        *,
        limit: int,
        after: TicketPosition | None = None,
    ) -> Sequence[FoundTicket]:
        """Return a page of the tickets that pass the filter."""
        ...

    def unrouted(self, *, limit: int, after: TicketPosition | None = None) -> Sequence[FoundTicket]:
        """Return tickets that wait for somebody to have them, most urgent and then oldest first."""
        ...

    def log(self, entry: WorklogEntry) -> None: ...
    def log_all(self, entries: Sequence[WorklogEntry]) -> None:
        """Append to the worklogs of several tickets, in this order."""
        ...

    def worklog(self, ticket_id: TicketId) -> Sequence[WorklogEntry]: ...
    def add_evidence(self, item: EvidenceItem) -> None: ...
    def evidence(self, ticket_id: TicketId) -> Sequence[EvidenceItem]: ...
    def resolved_before(self, at: datetime, *, limit: int) -> Sequence[Ticket]:
        """Return resolved tickets whose reopen window ended before `at`."""
        ...

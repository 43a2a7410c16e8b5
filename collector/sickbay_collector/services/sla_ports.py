"""What the use cases need of promises: ledgers and clocks."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.sla import SlaClock, SlaEvent, SlaState, SlaTarget
from sickbay_collector.core.desk.sla_policy import SlaBook
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.ids import TicketId


class SlaStore(Protocol):
    """Ledgers of what was promised, and the clocks that they come to."""

    @property
    def book(self) -> SlaBook:
        """Return the policies and calendars in force."""
        ...

    def append(self, event: SlaEvent) -> None: ...
    def events(self, ticket_id: TicketId) -> Sequence[SlaEvent]:
        """Return a ticket's ledger, both targets, in the order of writing."""
        ...

    def save(self, clock: SlaClock) -> None:
        """Write how a clock stands, over what is there."""
        ...

    def save_all(self, clocks: Sequence[SlaClock]) -> None:
        """Write how clocks stand, no two of them the same, over what is there."""
        ...

    def ledgers(self, ticket_ids: Collection[TicketId]) -> Mapping[TicketId, Sequence[SlaEvent]]:
        """Return the ledgers of these tickets, both targets, each in the order of writing."""
        ...

    def clocks(self, ticket_ids: Collection[TicketId]) -> Sequence[SlaClock]:
        """Return the clocks of these tickets, by ticket and target."""
        ...

    def hold(self, ticket_id: TicketId) -> Sequence[SlaClock]:
        """Return a ticket's clocks, which nobody else writes until this transaction ends."""
        ...

    def next_at(self) -> datetime | None:
        """Return when there is something to announce next; None for never."""
        ...

    def due(self, before: datetime, *, limit: int) -> Sequence[SlaClock]:
        """Hold clocks with something to announce since before that time, longest due first.

        Those that somebody else holds are left out.
        """
        ...

    def outdated(self, book: str, *, limit: int) -> Sequence[SlaClock]:
        """Hold clocks that go on and were reckoned with other calendars than this version."""
        ...

    def open_counts(self) -> Mapping[tuple[SlaTarget, SlaState], int]:
        """Return how many clocks have not stopped, by how they stand."""
        ...

    def outcome_counts(self) -> Mapping[tuple[SlaTarget, Priority, SlaState], int]:
        """Return how clocks ended, in all ledgers; one that was reopened may end again."""
        ...

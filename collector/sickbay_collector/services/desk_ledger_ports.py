"""The port of the desk's ledger of facts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.fact import DeskFact
from sickbay_collector.core.desk.kpi import Booked, SlaEnd, Spent, Waiting
from sickbay_collector.core.desk.totals import DeskTotals


class DeskLedger(Protocol):
    """What counts of all tickets. Appended to, never changed."""

    def append(self, facts: Sequence[DeskFact]) -> None:
        """Append to the ledger."""
        ...

    def facts(self, since: datetime, until: datetime) -> Sequence[DeskFact]:
        """Return the facts of tickets that something happened to, from `since` to before `until`.

        All facts of these, in the order of writing: whether a contact was solved at first shows in
        what was before and after.
        """
        ...

    def totals(self, since: datetime | None, until: datetime | None) -> DeskTotals:
        """Return what happened from `since` to before `until`; None for without end."""
        ...

    def sla_ends(self, since: datetime, until: datetime) -> Sequence[SlaEnd]:
        """Return how clocks ended in that time, with the labels that their tickets have now."""
        ...

    def spent(self, since: datetime, until: datetime) -> Sequence[Spent]:
        """Return what was booked in that time, with the labels that the tickets have now."""
        ...

    def booked(self) -> Sequence[Booked]:
        """Return all that was ever booked, by currency."""
        ...

    def waiting(self, until: datetime) -> Sequence[Waiting]:
        """Return the tickets that waited for somebody at `until`, with the labels they have now."""
        ...

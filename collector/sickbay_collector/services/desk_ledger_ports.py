"""The port of the desk's ledger of facts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.fact import DeskFact
from sickbay_collector.core.desk.kpi import Booked, FactLine, KpiGroup, SlaEnds, Spent, Waiting
from sickbay_collector.core.desk.totals import DeskTotals


class DeskLedger(Protocol):
    """What counts of all tickets. Appended to, never changed."""

    def append(self, facts: Sequence[DeskFact]) -> None:
        """Append to the ledger."""
        ...

    def lines(self, since: datetime, until: datetime, by: KpiGroup) -> Sequence[FactLine]:
        """Return the facts of tickets that something happened to, from `since` to before `until`.

        All facts of these, in the order of writing: whether a contact was solved at first shows in
        what was before and after. Each has the group of that moment.
        """
        ...

    def totals(self, since: datetime | None, until: datetime | None) -> DeskTotals:
        """Return what happened from `since` to before `until`; None for without end."""
        ...

    def sla_ends(self, since: datetime, until: datetime, by: KpiGroup) -> Sequence[SlaEnds]:
        """Return how clocks ended in that time, with the group that their tickets have now."""
        ...

    def spent(self, since: datetime, until: datetime, by: KpiGroup) -> Sequence[Spent]:
        """Return what was booked in that time, with the group that the tickets have now."""
        ...

    def booked(self) -> Sequence[Booked]:
        """Return all that was ever booked, by currency."""
        ...

    def waiting(self, until: datetime, by: KpiGroup) -> Sequence[Waiting]:
        """Return the tickets that waited for somebody at `until`, with the group they have now."""
        ...

"""What escalations need of the database, as protocols. `db` implements them.

Stores never commit: the unit of work does. Times are aware UTC datetimes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.escalation import StepKind
from sickbay_collector.core.desk.escalation_run import EscalationRun
from sickbay_collector.core.ids import TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step that was done. Never changed."""

    ticket_id: TicketId
    run: int
    position: int
    """Its index in the run's steps."""
    kind: StepKind
    due_at: datetime
    at: datetime
    told: tuple[str, ...]
    """Who was told: "technician:ann", "team:L1"; () where nobody was."""
    text: str
    """What was done, in words."""


class EscalationStore(Protocol):
    """Runs of escalation policies, and what they did."""

    def add(self, run: EscalationRun) -> None:
        """Store a new run."""
        ...

    def save(self, run: EscalationRun) -> None:
        """Write how a run stands, over what is there."""
        ...

    def current(self, ticket_id: TicketId) -> EscalationRun | None:
        """Return the last run of a ticket; None where it never had one."""
        ...

    def hold(self, ticket_id: TicketId) -> EscalationRun | None:
        """Return the last run, which nobody else writes until this transaction ends."""
        ...

    def log(self, step: StepDone) -> None:
        """Note a step that was done. One that is there already is a conflict."""
        ...

    def steps(self, ticket_id: TicketId) -> Sequence[StepDone]:
        """Return the steps that were done on a ticket, of all runs, in order."""
        ...

    def run_count(self) -> int:
        """Return how many runs there ever were."""
        ...

    def step_counts(self) -> Mapping[StepKind, int]:
        """Return how many steps were ever done, by kind."""
        ...

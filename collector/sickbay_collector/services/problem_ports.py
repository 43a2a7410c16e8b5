"""What problems need of the database."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.fleet import FleetAlert
from sickbay_collector.core.desk.problem import Failure, Problem, ProblemState
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.ids import DeviceId, TicketId


class ProblemStore(Protocol):
    """Problems and the incidents that they come from."""

    def add(self, problem: Problem) -> Problem:
        """Store a problem and return it with its number.

        Raises:
            ConflictError: One with its key is not closed (raised by the unit of work).
        """
        ...

    def save(self, problem: Problem) -> None:
        """Write a problem, over what is there."""
        ...

    def by_number(self, number: int, *, hold: bool = False) -> Problem | None:
        """Return a problem; with `hold`, nobody else changes it until this transaction ends."""
        ...

    def of_key(self, key: str) -> Problem | None:
        """Hold and return the newest problem of a key."""
        ...

    def list(
        self,
        *,
        states: Collection[ProblemState] = (),
        limit: int,
        before: int | None = None,
    ) -> Sequence[Problem]:
        """Return problems, the newest first; those below a number, where it is given."""
        ...

    def failures(self, family: str, *, since: datetime) -> Sequence[Failure]:
        """Return when tickets of a family were opened or reopened since, oldest first."""
        ...

    def incidents(self, problem_id: str) -> Sequence[Failure]:
        """Return when tickets of a problem were opened or reopened, oldest first."""
        ...

    def unlinked(self, ticket_ids: Collection[TicketId]) -> Collection[TicketId]:
        """Return which of these tickets belong to no problem."""
        ...

    def children(self, problem_id: str, *, active: bool, limit: int) -> Sequence[Ticket]:
        """Return a problem's tickets that concern a device, by number; or those that wait only."""
        ...

    def rule_alerts(self, rule_id: str, *, since: datetime) -> Sequence[FleetAlert]:
        """Return the alerts of a rule that opened since and have a ticket, oldest first."""
        ...

    def alert_count(self, rule_id: str, *, since: datetime, until: datetime) -> int:
        """Return how many alerts of a rule opened from then to before then, muted ones left out."""
        ...

    def fleet_size(self) -> int:
        """Return how many devices are in use."""
        ...

    def facts(
        self, device_ids: Collection[DeviceId] | None = None
    ) -> Mapping[DeviceId, Mapping[str, str]]:
        """Return model and OS of devices in use, all for None, as far as they are known."""
        ...

    def programs(self, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, Mapping[str, str]]:
        """Return the versions of programs and drivers on these devices, by name."""
        ...

"""Major incidents in memory."""

from collections.abc import Sequence

from sickbay_collector.core.desk.major import MajorIncident
from sickbay_collector.core.ids import TicketId


class FakeMajorStore:
    def __init__(
        self, majors: dict[TicketId, MajorIncident], subscribers: dict[tuple[TicketId, str], bool]
    ) -> None:
        self._majors = majors
        self._subscribers = subscribers

    def get(self, ticket_id: TicketId) -> MajorIncident | None:
        return self._majors.get(ticket_id)

    def hold(self, ticket_id: TicketId) -> MajorIncident | None:
        return self._majors.get(ticket_id)

    def save(self, incident: MajorIncident) -> None:
        self._majors[incident.ticket_id] = incident

    def subscribe(self, ticket_id: TicketId, who: str) -> None:
        self._subscribers[ticket_id, who] = True

    def unsubscribe(self, ticket_id: TicketId, who: str) -> None:
        self._subscribers.pop((ticket_id, who), None)

    def subscribers(self, ticket_id: TicketId) -> Sequence[str]:
        return sorted(who for owner, who in self._subscribers if owner == ticket_id)

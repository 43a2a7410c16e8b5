"""What major incidents need of the database, as protocols. `db` implements them.

Stores never commit: the unit of work does. Times are aware UTC datetimes.
"""

from collections.abc import Sequence
from typing import Protocol

from sickbay_collector.core.desk.major import MajorIncident
from sickbay_collector.core.ids import TicketId


class MajorStore(Protocol):
    """Major incidents, and who hears of them."""

    def get(self, ticket_id: TicketId) -> MajorIncident | None:
        """Return the incident of a ticket, over or not."""
        ...

    def hold(self, ticket_id: TicketId) -> MajorIncident | None:
        """Return the incident, which nobody else writes until this transaction ends."""
        ...

    def save(self, incident: MajorIncident) -> None:
        """Write an incident, over what is there."""
        ...

    def subscribe(self, ticket_id: TicketId, who: str) -> None:
        """Let somebody hear of updates; "person:ID" or "technician:LOGIN". Twice is once."""
        ...

    def unsubscribe(self, ticket_id: TicketId, who: str) -> None:
        """Let somebody hear no more."""
        ...

    def subscribers(self, ticket_id: TicketId) -> Sequence[str]:
        """Return who hears of updates, sorted."""
        ...

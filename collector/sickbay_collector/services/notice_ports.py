"""What notifications need of the database, as protocols. `db` implements them; tests bring fakes.

Stores never commit: the unit of work does. Times are aware UTC datetimes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.message import DeliveryRecord, MessageState, OutboxMessage
from sickbay_collector.core.ids import TicketId

MOST_ALONG = 500
"""Messages of one bundle that go along with those that are due; the rest goes in the next."""
MOST_CLAIMED_ALONG = 1000
"""Messages that go along in one claim; bundles for which there is no room wait for the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A message that one worker has for a while."""

    message: OutboxMessage
    interrupted: bool
    """Whether the worker before it stopped without saying what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is still to be sent."""

    count: int
    oldest_due_at: datetime | None
    """When the first of them is or was due; None where nothing waits."""


class OutboxStore(Protocol):
    """Messages to the outside."""

    def add(self, message: OutboxMessage) -> bool:
        """Store a message; False for a key that is there already, which is left as it is."""
        ...

    def add_all(self, messages: Sequence[OutboxMessage]) -> None:
        """Store messages; those whose key is there already are left as they are."""
        ...

    def claim(self, *, limit: int, now: datetime, until: datetime) -> Sequence[Claim]:
        """Return messages that are due, urgent ones first; until then nobody else gets them.

        What waits under the same bundle and channel as a due one comes with it, at most
        `MOST_ALONG`. Where many bundles are due, those that are due first come whole, up to
        `MOST_CLAIMED_ALONG` messages; the others stay for the next claim.
        """
        ...

    def settle(self, message: OutboxMessage, *, at: datetime, claimed_until: datetime) -> bool:
        """Write how a claimed message stands and give it back; False when the claim was lost."""
        ...

    def get(self, key: str) -> OutboxMessage | None:
        """Return a message, sent or not."""
        ...

    def standing(
        self, *, states: Collection[MessageState], limit: int, after: str = ""
    ) -> Sequence[OutboxMessage]:
        """Return messages to somebody that stand so, by key."""
        ...

    def revive(self, key: str, *, now: datetime) -> bool:
        """Queue a dead message again as if it were new; False when it is not dead."""
        ...

    def withdraw(self, prefix: str) -> Sequence[OutboxMessage]:
        """Take back what waits under keys that begin so, and return it as it is then.

        One that is being sent at this moment may still go out, but is not tried again.
        """
        ...

    def drop_given_up(self, before: datetime, *, limit: int) -> int:
        """Drop messages from before that time that are dead or were withdrawn; how many.

        None of a ticket that is not over.
        """
        ...

    def drop_sent(self, before: datetime, *, limit: int) -> int:
        """Drop messages that were sent before that time; return how many.

        Those of a ticket that is not over stay.
        """
        ...

    def waiting(self) -> Waiting:
        """Return how many messages wait, and since when the longest due one is due."""
        ...


class DeliveryStore(Protocol):
    """What became of messages. Appended to, and dropped when it is old."""

    def add(self, record: DeliveryRecord) -> None:
        """Append a record."""
        ...

    def drop(self, before: datetime, *, limit: int) -> int:
        """Drop records from before that time, oldest first; return how many.

        Those of a ticket that is not over stay.
        """
        ...

    def of_ticket(self, ticket_id: TicketId) -> Sequence[DeliveryRecord]:
        """Return the records of a ticket in the order of writing."""
        ...

    def sent_to(self, recipients: Collection[str], *, since: datetime) -> Mapping[str, int]:
        """Return how many messages each recipient was sent since then; a bundle counts once."""
        ...

    def sent_by(self, channels: Collection[str], *, since: datetime) -> Mapping[str, int]:
        """Return how many messages each channel sent since then; a bundle counts once."""
        ...

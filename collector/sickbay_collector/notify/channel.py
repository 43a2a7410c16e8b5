"""What a channel is: it takes one message and says what came of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sickbay_collector.services.ports import OutboxMessage


class Outcome(StrEnum):
    """What came of an attempt to send."""

    OK = "ok"
    RETRY = "retry"
    """Not now; the message stays in the outbox."""
    GIVE_UP = "give_up"
    """Never; trying again would not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of an attempt to send, and why."""

    outcome: Outcome
    reason: str = ""
    """"" where it was sent."""


class Channel(Protocol):
    """One way to the outside."""

    @property
    def name(self) -> str:
        """The kind of outbox message that the channel takes."""
        ...

    def send(self, message: OutboxMessage) -> Delivery:
        """Send one message. The same one may come twice; its key tells."""
        ...

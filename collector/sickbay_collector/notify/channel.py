"""What a channel is: it takes one message and says what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.desk.message import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel sends: one message of the outbox, or several of them as one."""

    key: str
    """Tells it from all others; a repetition has the same."""
    created_at: datetime
    payload: Mapping[str, str]
    """What programs read; `subject`, `body`, `html`, `event` and `priority` among others."""
    recipient: str = ""
    address: str = ""
    """The recipient's own address; "" where the channel has one."""
    repeats: int = 0
    """How often it may have been sent already."""

    @property
    def subject(self) -> str:
        """Return the subject in one line."""
        return self.payload.get("subject", "")

    @property
    def body(self) -> str:
        """Return the text."""
        return self.payload.get("body", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of an attempt to send, and why."""

    outcome: Outcome
    reason: str = ""
    """"" where it was sent."""
    unreachable: bool = False
    """Whether the whole channel does not answer, so that others need not try now."""
    uncertain: bool = False
    """Whether it may have arrived although nobody said so."""


class Channel(Protocol):
    """One way to the outside."""

    @property
    def name(self) -> str:
        """The id that messages name it by."""
        ...

    @property
    def kind(self) -> str:
        """What it is, of a closed set: "log", "email", "webhook", ..."""
        ...

    @property
    def confirms(self) -> bool:
        """Whether who it is for answers itself; a relay only takes the message."""
        ...

    @property
    def per_minute(self) -> int | None:
        """How many messages it may carry in a minute; None for any number."""
        ...

    def send(self, message: Message) -> Delivery:
        """Send one message. The same one may come twice; its key tells."""
        ...

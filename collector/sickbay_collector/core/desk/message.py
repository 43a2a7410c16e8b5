"""A message to the outside as the outbox keeps it, and the record of what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.ids import TicketId


class Outcome(StrEnum):
    """What came of an attempt to send."""

    OK = "ok"
    RETRY = "retry"
    """Not now; the message stays in the outbox."""
    GIVE_UP = "give_up"
    """Never on this channel; trying again would not help."""


class MessageState(StrEnum):
    """How a message stands, and how an attempt ended."""

    QUEUED = "queued"
    SENT = "sent"
    """A relay took it: a mail server, Apprise."""
    DELIVERED = "delivered"
    """Who it is for answered that it is there."""
    FAILED = "failed"
    """One channel gave it up and the next goes on; only in the record."""
    RETRIED = "retried"
    """An attempt came to nothing, or nobody knows to what; another follows."""
    DEAD = "dead"
    """No channel is left, or five days went by."""
    WITHDRAWN = "withdrawn"
    """What it asks for was done before it could go out."""


WAITING = frozenset({MessageState.QUEUED, MessageState.RETRIED})
"""States of messages that still have to be sent."""

TEMPLATE_FAILED = "template_failed"
"""The key of a payload whose text is the shipped one, because the site's own failed."""

URGENT_RANK = 0
"""The rank of what goes before everything else and is never held back."""
USUAL_RANK = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """Something to tell the outside, stored with the change that caused it."""

    key: str
    """Unique: what happened, to whom it is told."""
    channel: str
    """Id of the channel whose turn it is."""
    payload: Mapping[str, str]
    created_at: datetime
    not_before: datetime
    """When it is due."""
    recipient: str = ""
    """"technician:ann", "person:ID", "url:..."; "" for announcements that name nobody."""
    address: str = ""
    """The recipient's own address; "" where the channel has one."""
    ticket_id: TicketId | None = None
    rank: int = USUAL_RANK
    bundle: str = ""
    """What is due goes together with what waits under the same bundle; "" goes alone."""
    fallbacks: tuple[str, ...] = ()
    """Ids of the channels that come next."""
    state: MessageState = MessageState.QUEUED
    attempts: int = 0
    """On this channel, in its present turn."""
    turn_at: datetime | None = None
    """When this channel first tried; None before."""
    last_error: str = ""
    repeats: int = 0
    """How often it may have been sent already without anybody knowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """What became of one attempt to tell somebody. Never changed."""

    key: str
    """Of the message."""
    ticket_id: TicketId | None
    channel: str
    recipient: str
    at: datetime
    state: MessageState
    reason: str
    """"" where all went well."""
    sent_as: str
    """Key of what was sent; messages of a bundle share it. "" where nothing was."""

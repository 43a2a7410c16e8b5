"""Messages and what became of them, as the API shows them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from sickbay_collector.core.desk.message import DeliveryRecord, MessageState
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.web.api.base import Schema


class DeliverySchema(Schema):
    """One attempt to tell somebody."""

    key: str
    """Of the message."""
    channel: str
    recipient: str
    """Kind and name: "technician:ann"."""
    at: datetime
    state: MessageState
    reason: str
    """Empty where all went well."""


class TicketDeliveries(Schema):
    """Whom a ticket's messages were for, and what became of them."""

    ticket_id: str
    number: int
    items: tuple[DeliverySchema, ...]
    """In the order in which it happened."""

    @classmethod
    def of(cls, ticket: Ticket, records: Iterable[DeliveryRecord]) -> Self:
        """Return a ticket's records as they are shown."""
        items = tuple(DeliverySchema.model_validate(record) for record in records)
        return cls(ticket_id=ticket.ticket_id, number=ticket.number, items=items)


class MessageSchema(Schema):
    """A message to somebody, and how it stands."""

    key: str
    channel: str
    """Id of the channel whose turn it is."""
    recipient: str
    """Kind and name: "technician:ann"."""
    ticket_id: str | None
    state: MessageState
    created_at: datetime
    not_before: datetime
    """When it is due, or due again."""
    attempts: int
    """On this channel, in its present turn."""
    fallbacks: tuple[str, ...]
    """Ids of the channels that come next."""
    last_error: str
    """Empty where nothing failed."""


class MessageList(Schema):
    """A page of messages, by key."""

    items: tuple[MessageSchema, ...]
    next_cursor: str | None
    """Null on the last page."""

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

"""Major incidents as the API shows them, and what requests say."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from sickbay_collector.core.desk.major import MajorIncident
from sickbay_collector.core.desk.text import TEXT_LIMIT
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.services.people import PERSON_NAME_LIMIT
from sickbay_collector.web.api.base import Body, Schema

_WHO_LIMIT = PERSON_NAME_LIMIT + len("technician:")


class UpdateBody(Body):
    """How a major incident goes."""

    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]
    """Everybody who wants to hear of it reads it, the requester too."""


class SubscriberBody(Body):
    """Who wants to hear of a major incident."""

    who: Annotated[str, Field(min_length=1, max_length=_WHO_LIMIT, pattern=r"^[^\x00]*$")]
    """"technician:LOGIN", or "person:" and an id, e-mail address, login or name."""
    subscribed: bool = True
    """False for who wants to hear no more."""


class MajorIncidentSchema(Schema):
    """A major incident."""

    ticket_id: str
    number: int
    title: str
    owner: str
    """Login; "" while nobody leads it."""
    update_every_s: float
    declared_at: datetime
    declared_by: str
    updated_at: datetime
    """When people last heard of it; at first when it was declared."""
    due_at: datetime | None
    """When the next update or reminder is due; null once it is over."""
    updates: int
    missed: int
    """Reminders since the last update."""
    ended_at: datetime | None
    subscribers: tuple[str, ...]

    @classmethod
    def of(cls, ticket: Ticket, incident: MajorIncident, subscribers: tuple[str, ...]) -> Self:
        """Return an incident as it is shown."""
        return cls(
            ticket_id=ticket.ticket_id,
            number=ticket.number,
            title=ticket.title,
            owner=incident.owner,
            update_every_s=incident.update_every_s,
            declared_at=incident.declared_at,
            declared_by=incident.declared_by,
            updated_at=incident.updated_at,
            due_at=incident.due_at,
            updates=incident.updates,
            missed=incident.missed,
            ended_at=incident.ended_at,
            subscribers=subscribers,
        )

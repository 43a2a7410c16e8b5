"""What the API says and takes of a requester's own things."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from sickbay_collector.core.desk.text import TEXT_LIMIT
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.desk.wording import TITLE_LIMIT
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.services.own import OwnTicket
from sickbay_collector.web.api.base import Body, Schema


class OwnTicketItem(Schema):
    """A ticket as who asked sees it."""

    number: int
    title: str
    status: TicketStatus
    opened_at: datetime
    resolved_at: datetime | None


class OwnTicketList(Schema):
    """What somebody asked for, the newest hundred."""

    items: tuple[OwnTicketItem, ...]


class SaidItem(Schema):
    """One thing that was said to, or by, who asked."""

    at: datetime
    actor: str
    event: str
    text: str


class OwnTicketDetail(OwnTicketItem):
    """The same, with what was said in public."""

    description: str
    resolution: str
    worklog: tuple[SaidItem, ...]

    @classmethod
    def of(cls, found: OwnTicket) -> "OwnTicketDetail":
        """Return the ticket and what is public of its worklog."""
        fields = {name: getattr(found.ticket, name) for name in OwnTicketItem.model_fields}
        return cls(
            **fields,
            description=found.ticket.description,
            resolution=found.ticket.resolution,
            worklog=tuple(SaidItem.model_validate(one) for one in found.worklog),
        )


class OwnDeviceItem(Schema):
    """A device as its owner sees it."""

    device_id: str
    hostname: str


class OwnDeviceList(Schema):
    """What somebody owns."""

    items: tuple[OwnDeviceItem, ...]


class WishBody(Body):
    """What somebody asks the desk for."""

    title: Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT)]
    description: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    device: Annotated[str, Field(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")] = ""
    """Id or host name of an own device."""


class CommentBody(Body):
    """What somebody says to an own ticket."""

    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]


class SignInLinkSchema(Schema):
    """A link that signs a device's owner in once; it is shown this once only."""

    person_id: str
    name: str
    path: str
    """Of the console."""
    url: str
    """The whole address; empty where the collector does not know its own (`public_url`)."""
    expires_at: datetime

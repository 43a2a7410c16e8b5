"""What requests about tickets say."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sickbay_collector.core.desk.codes import (
    CauseCode,
    ClosureCode,
    ResolutionCode,
    ResolutionCodes,
    ResolutionMode,
)
from sickbay_collector.core.desk.contact import ID_LIMIT, PRODUCT_LIMIT, Contact, Solution
from sickbay_collector.core.desk.edit import TicketEdit
from sickbay_collector.core.desk.major import MAX_UPDATE_S, MIN_UPDATE_S
from sickbay_collector.core.desk.priority import AFFECTED_LIMIT
from sickbay_collector.core.desk.text import LOGIN_LIMIT, TEXT_LIMIT
from sickbay_collector.core.desk.ticket import TicketKind, TicketSource, Visibility
from sickbay_collector.core.desk.wording import TITLE_LIMIT
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.services.major_acts import Declaration
from sickbay_collector.services.people import PERSON_NAME_LIMIT
from sickbay_collector.web.api.base import Body

# PostgreSQL takes no NUL in a text, not even to look for it.
_SAFE = r"^[^\x00]*$"
Words = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT)]
Id = Annotated[str, Field(max_length=ID_LIMIT, pattern=_SAFE)]
_Name = Annotated[str, Field(max_length=PERSON_NAME_LIMIT, pattern=_SAFE)]
_Device = Annotated[str, Field(max_length=NAME_LIMIT, pattern=_SAFE)]
_Product = Annotated[str, Field(max_length=PRODUCT_LIMIT)]
_Title = Annotated[str, Field(max_length=TITLE_LIMIT)]
_Level = Annotated[int, Field(ge=1, le=3)]
_Affected = Annotated[int, Field(ge=1, le=AFFECTED_LIMIT)]


class ResolveBody(Body):
    """How a ticket was resolved."""

    resolution: Words
    """What was done; the user who is affected may read it."""
    mode: ResolutionMode | None = None
    """Where it was done."""
    cause: CauseCode | None = None
    """Why it happened."""
    code: ResolutionCode | None = None
    """What solved it."""

    def codes(self) -> ResolutionCodes:
        """Return how, as far as it is said."""
        return ResolutionCodes(mode=self.mode, cause=self.cause, code=self.code)


class ContactBody(Body):
    """What somebody asks the desk for."""

    source: TicketSource = TicketSource.API
    """How it came: portal, email, phone, walk_up, chat, api or agent."""
    kind: TicketKind | None = None
    """Null for the service's, or an incident."""
    title: Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT)]
    description: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    """In the requester's words, who may read it."""
    category: Id = ""
    """Empty for the service's, or `other`."""
    subcategory: Id = ""
    service: Id = ""
    """Id of a service of the configuration."""
    product: _Product = ""
    product_version: _Product = ""
    requester: _Name = ""
    """A person's id, e-mail address, login, or what finds one person only."""
    site: Id = ""
    """Id of a site of the configuration; empty for the requester's."""
    device: _Device = ""
    """Id or host name of the device that is concerned."""
    affected: _Affected = 1
    """How many devices or people are."""
    impact: _Level | None = None
    """1 (most) to 3; null to derive it from device and number."""
    urgency: _Level | None = None
    """1 (most) to 3; null for 2 of an incident and 3 of a request."""
    solved: ResolveBody | None = None
    """What solved it at once."""

    def contact(self) -> Contact:
        """Return what is asked for."""
        return Contact(**self.model_dump(exclude={"device", "solved"}))

    def solution(self) -> Solution | None:
        """Return what solved it at once; None where it goes on."""
        if self.solved is None:
            return None
        return Solution(text=self.solved.resolution, codes=self.solved.codes())


class EditBody(Body):
    """What to change of a ticket. What is left out stays; an empty text empties."""

    title: _Title | None = None
    category: Id | None = None
    subcategory: Id | None = None
    service: Id | None = None
    product: _Product | None = None
    product_version: _Product | None = None
    requester: _Name | None = None
    site: Id | None = None
    device: _Device | None = None
    """Id or host name."""
    impact: _Level | None = None
    """1 (most) to 3; for good."""
    urgency: _Level | None = None
    affected: _Affected | None = None
    """How many devices or people are; the impact follows."""

    def edit(self) -> TicketEdit:
        """Return what to change of the ticket itself."""
        return TicketEdit(**self.model_dump(exclude={"device"}))


class AssignBody(Body):
    """Who gets a ticket."""

    assignee: Annotated[str, StringConstraints(min_length=1, max_length=LOGIN_LIMIT)]
    """Login name."""


class WaitBody(Body):
    """What a ticket waits for."""

    on: Literal["user", "vendor", "change"]
    reason: Words


class ReasonBody(Body):
    """Why."""

    reason: Words


class CancelBody(Body):
    """Why a ticket ends without a resolution."""

    reason: Words
    code: Literal[ClosureCode.NO_FAULT, ClosureCode.WITHDRAWN, ClosureCode.REFUSED] = (
        ClosureCode.NO_FAULT
    )


class MajorBody(Body):
    """Whether a ticket is a major incident."""

    major: bool
    reason: Words
    owner: Annotated[str, Field(max_length=LOGIN_LIMIT)] = ""
    """Login of who leads it; "" for who declares it."""
    update_every_s: Annotated[float, Field(ge=MIN_UPDATE_S, le=MAX_UPDATE_S)] | None = None
    """By when people hear of it again; null for what its escalation policy says."""

    def declaration(self) -> Declaration:
        """Return what is said."""
        return Declaration(
            major=self.major,
            reason=self.reason,
            owner=self.owner,
            update_every_s=self.update_every_s,
        )


class NoteBody(Body):
    """A note for the worklog."""

    text: Words
    visibility: Visibility = Visibility.INTERNAL
    """A public one is for the requester, too."""

"""What belongs to tickets beside their rows, as the API shows and takes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from sickbay_collector.core.desk.parts import (
    CENTS_LIMIT,
    MINUTES_LIMIT,
    QUANTITY_LIMIT,
    VENDOR_LIMIT,
    Cost,
    CostKind,
    LinkKind,
    VendorCase,
    WatcherKind,
)
from sickbay_collector.core.desk.text import TEXT_LIMIT
from sickbay_collector.core.desk.wording import TITLE_LIMIT
from sickbay_collector.services.merges import PIECES_LIMIT, Piece
from sickbay_collector.services.people import PERSON_NAME_LIMIT
from sickbay_collector.services.ticket_lookups import TICKET_NAME_LIMIT, TicketParts
from sickbay_collector.web.api.base import Body, Moment, Schema
from sickbay_collector.web.api.ticket_bodies import Words

_Number = Annotated[str, Field(min_length=1, max_length=TICKET_NAME_LIMIT)]
_Places = Annotated[tuple[int, ...], Field(max_length=PIECES_LIMIT)]
_Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_Cents = Annotated[int, Field(ge=0, le=CENTS_LIMIT)]


class WatcherSchema(Schema):
    """Somebody who is told what happens to a ticket."""

    kind: WatcherKind
    watcher: str
    """Id of the person, or login name of the technician."""
    added_at: datetime
    added_by: str


class LinkSchema(Schema):
    """How a ticket stands to another."""

    ticket: int
    """Number of the ticket that is a duplicate, caused or a child."""
    kind: LinkKind
    other: int
    """Number of the ticket that it is so of."""
    added_at: datetime
    added_by: str


class CostSchema(Schema):
    """Time or a part that a ticket took."""

    cost_id: str
    kind: CostKind
    at: datetime
    by: str
    text: str
    quantity: int
    """Minutes, or pieces."""
    price_cents: int
    """Of an hour, or of a piece."""
    currency: str
    amount_cents: int

    @classmethod
    def of(cls, cost: Cost) -> Self:
        """Return a cost."""
        return cls.model_validate(cost)


class VendorCaseSchema(Schema):
    """A case at a vendor, with a clock of its own."""

    case_id: str
    vendor: str
    number: str
    opened_at: datetime
    opened_by: str
    promised_at: datetime | None
    closed_at: datetime | None
    outcome: str
    elapsed_s: float
    """How long it took, or takes so far."""
    late: bool
    """Whether it takes, or took, longer than promised."""

    @classmethod
    def of(cls, case: VendorCase, now: datetime) -> Self:
        """Return a case as it stands now."""
        names = set(cls.model_fields) - {"elapsed_s", "late"}
        return cls.model_validate(
            {name: getattr(case, name) for name in names}
            | {"elapsed_s": case.elapsed_s(now), "late": case.is_late(now)}
        )


class PartsSchema(Schema):
    """What belongs to a ticket beside its row."""

    watchers: tuple[WatcherSchema, ...]
    links: tuple[LinkSchema, ...]
    merged: tuple[int, ...]
    """Numbers of the tickets that this one goes on for."""
    costs: tuple[CostSchema, ...]
    cost_cents: Mapping[str, int]
    """What they come to, by currency."""
    vendor_cases: tuple[VendorCaseSchema, ...]

    @classmethod
    def of(cls, parts: TicketParts, now: datetime) -> Self:
        """Return the parts as they stand now."""
        links = [
            LinkSchema(
                ticket=parts.linked[one.ticket_id].number,
                kind=one.kind,
                other=parts.linked[one.other_id].number,
                added_at=one.added_at,
                added_by=one.added_by,
            )
            for one in parts.links
        ]
        return cls(
            watchers=tuple(WatcherSchema.model_validate(one) for one in parts.watchers),
            links=tuple(links),
            merged=tuple(one.number for one in parts.merged),
            costs=tuple(CostSchema.of(one) for one in parts.costs),
            cost_cents=parts.cost_cents,
            vendor_cases=tuple(VendorCaseSchema.of(one, now) for one in parts.cases),
        )


class WatcherBody(Body):
    """Who is to watch a ticket."""

    kind: WatcherKind = WatcherKind.PERSON
    watcher: Annotated[str, Field(min_length=1, max_length=PERSON_NAME_LIMIT)]
    """A person's id, e-mail address, login or name; a technician's login name."""


class LinkBody(Body):
    """How a ticket stands to another."""

    kind: LinkKind
    other: _Number
    """Number or id of the other ticket."""


class TimeBody(Body):
    """Time that a ticket took."""

    minutes: Annotated[int, Field(ge=1, le=MINUTES_LIMIT)]
    text: Words
    hourly_rate_cents: _Cents | None = None
    """Null for the technician's in the configuration."""
    currency: _Currency = "EUR"


class PartBody(Body):
    """A part that a ticket took."""

    text: Words
    """What it is."""
    quantity: Annotated[int, Field(ge=1, le=QUANTITY_LIMIT)] = 1
    price_cents: _Cents
    """Of a piece."""
    currency: _Currency = "EUR"


class VendorCaseBody(Body):
    """A case at a vendor."""

    vendor: Annotated[str, Field(min_length=1, max_length=VENDOR_LIMIT)]
    number: Annotated[str, Field(max_length=VENDOR_LIMIT)] = ""
    promised_at: Moment | None = None


class CaseEndBody(Body):
    """What came of a case."""

    outcome: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""


class MergeBody(Body):
    """Where a ticket goes on."""

    into: _Number
    """Number or id of the ticket that goes on."""


class SplitBody(Body):
    """What goes on as a ticket of its own."""

    title: Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT)]
    worklog: _Places = ()
    """Places of worklog entries that are copied, from 1 in the order shown."""
    evidence: _Places = ()
    """Places of evidence, from 1 in the order shown."""

    def piece(self) -> Piece:
        """Return what goes on."""
        return Piece(title=self.title, worklog=self.worklog, evidence=self.evidence)

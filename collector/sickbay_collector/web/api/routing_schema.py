"""How a ticket came to its tier and technician, as the API shows it."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from sickbay_collector.core.desk.factors import FactorName
from sickbay_collector.core.desk.ranking import Candidate, Missing
from sickbay_collector.core.desk.text import TEXT_LIMIT
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.services.routing_lookups import RoutingDetail
from sickbay_collector.services.routing_ports import RankingRecord, RoutingCause
from sickbay_collector.web.api.base import Body, Schema


class EscalateBody(Body):
    """Why a tier cannot go on."""

    missing: Missing
    reason: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]


class RerouteBody(Body):
    """Why a ticket is routed anew."""

    reason: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]


class FactorSchema(Schema):
    """One part of a score."""

    name: FactorName
    value: float
    """From 0 to 1."""
    weight: float
    """What the factor counts of 100."""
    points: float
    """What it adds to the score: value times weight."""
    text: str


class CandidateSchema(Schema):
    """Somebody who could have the ticket."""

    login: str
    score: float
    """From 0 to 100, the sum of the points."""
    open_tickets: int
    factors: tuple[FactorSchema, ...]

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        """Return a candidate as it is shown."""
        return cls(
            login=candidate.login,
            score=candidate.score,
            open_tickets=candidate.open_tickets,
            factors=tuple(FactorSchema.model_validate(one) for one in candidate.factors),
        )


class RefusalSchema(Schema):
    """Somebody who could not have the ticket, and why."""

    login: str
    missing: Missing
    text: str


class RankingSchema(Schema):
    """What came of asking one tier."""

    at: datetime
    cause: RoutingCause
    tier: str
    queue: str
    rule: str
    """Name of the routing rule; empty where the tier followed from an escalation."""
    text: str
    candidate_count: int
    refusal_count: int
    candidates: tuple[CandidateSchema, ...]
    """Best first; of a long list the first ten."""
    refusals: tuple[RefusalSchema, ...]
    """By login; of a long list the first twenty."""

    @classmethod
    def of(cls, record: RankingRecord) -> Self:
        """Return a ranking as it is shown."""
        return cls(
            at=record.at,
            cause=record.cause,
            tier=record.tier,
            queue=record.queue,
            rule=record.rule,
            text=record.text,
            candidate_count=record.candidates,
            refusal_count=record.refused,
            candidates=tuple(CandidateSchema.of(one) for one in record.ranking.candidates),
            refusals=tuple(RefusalSchema.model_validate(one) for one in record.ranking.refusals),
        )


class TicketRouting(Schema):
    """Where a ticket is, why, and how everybody was weighed on the way there."""

    ticket_id: str
    number: int
    tier: str
    tier_since: datetime | None
    tier_raises: int
    tier_due_at: datetime | None
    """When its time in the tier is over if it stays as it is; null where that is open."""
    next_tier: str
    """Where it goes then; empty where its tier is the last."""
    queue: str
    assignee: str
    required_skills: tuple[str, ...]
    reason: str
    rankings: tuple[RankingSchema, ...]
    """In the order of asking; empty for tickets from before rankings were kept."""

    @classmethod
    def of(cls, ticket: Ticket, detail: RoutingDetail) -> Self:
        """Return the routing of a ticket as it is shown."""
        return cls(
            ticket_id=ticket.ticket_id,
            number=ticket.number,
            tier=ticket.tier,
            tier_since=ticket.tier_since,
            tier_raises=ticket.tier_raises,
            tier_due_at=detail.tier_due_at,
            next_tier=detail.next_tier,
            queue=ticket.queue,
            assignee=ticket.assignee,
            required_skills=ticket.required_skills,
            reason=ticket.routing_reason,
            rankings=tuple(RankingSchema.of(one) for one in detail.records),
        )

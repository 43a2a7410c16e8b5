"""Escalations as the API shows them, and what requests say."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from sickbay_collector.core.desk.escalation import StepKind
from sickbay_collector.core.desk.escalation_run import RunState
from sickbay_collector.core.desk.escalation_words import step_words
from sickbay_collector.core.desk.text import TEXT_LIMIT
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.services.escalation_lookups import Coming, EscalationDetail
from sickbay_collector.services.ticket_attention import MAX_SNOOZE
from sickbay_collector.web.api.base import Body, Moment, Schema


class SnoozeBody(Body):
    """How long a ticket is put off, by a time or a length, and why."""

    until: Moment | None = None
    for_s: Annotated[float, Field(gt=0, le=MAX_SNOOZE.total_seconds())] | None = None
    """Seconds from now."""
    reason: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.until is None) == (self.for_s is None):
            raise ValueError("say either until or for_s")
        return self


class StepDoneSchema(Schema):
    """A step that was done."""

    run: int
    position: int
    """Its place in the policy of the run, from 0; waits have places, too."""
    kind: StepKind
    due_at: datetime
    at: datetime
    told: tuple[str, ...]
    """Who was told: "technician:ann", "team:L1"."""
    text: str


class StepToComeSchema(Schema):
    """A step that is to come if nobody does anything."""

    position: int
    kind: StepKind
    at: datetime
    text: str

    @classmethod
    def of(cls, coming: Coming) -> Self:
        """Return a step as it is shown."""
        return cls(
            position=coming.position,
            kind=coming.step.kind,
            at=coming.at,
            text=step_words(coming.step),
        )


class TicketEscalation(Schema):
    """The escalation of a ticket."""

    ticket_id: str
    number: int
    at: datetime
    """When this was read."""
    acknowledged_at: datetime | None
    acknowledged_by: str
    snoozed_until: datetime | None
    policy: str
    """Id of the policy that was copied onto the ticket; "" where none fits it."""
    state: RunState | None
    """Null for a ticket without an escalation."""
    run: int
    """Counts the runs of the ticket; 0 for none."""
    started_at: datetime | None
    end_reason: str
    done: tuple[StepDoneSchema, ...]
    to_come: tuple[StepToComeSchema, ...]

    @classmethod
    def of(cls, ticket: Ticket, detail: EscalationDetail, at: datetime) -> Self:
        """Return an escalation as it is shown."""
        run = detail.run
        return cls(
            ticket_id=ticket.ticket_id,
            number=ticket.number,
            at=at,
            acknowledged_at=ticket.acknowledged_at,
            acknowledged_by=ticket.acknowledged_by,
            snoozed_until=ticket.snoozed_until,
            policy="" if run is None else run.policy,
            state=None if run is None else run.state,
            run=0 if run is None else run.run,
            started_at=None if run is None else run.started_at,
            end_reason="" if run is None else run.end_reason,
            done=tuple(StepDoneSchema.model_validate(step) for step in detail.done),
            to_come=tuple(StepToComeSchema.of(step) for step in detail.to_come),
        )

"""SLA clocks as the API shows them."""

from datetime import datetime
from typing import Self

from sickbay_collector.core.desk.sla import SlaEventKind, SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.services.sla_lookups import ClockDetail
from sickbay_collector.web.api.base import Schema


class SlaBrief(Schema):
    """The clock of a ticket that presses most."""

    target: SlaTarget
    state: SlaState
    due_at: datetime | None
    """Null while it is paused with time left."""


class SlaEventSchema(Schema):
    """A line of the ledger."""

    at: datetime
    kind: SlaEventKind
    reason: str
    policy: str
    calendar: str
    within_s: float | None
    outcome: SlaState | None


class SlaLineSchema(Schema):
    """A line of the arithmetic."""

    begin: datetime
    end: datetime
    counted_s: float
    used_s: float
    """All that is counted up to here."""
    text: str


class SlaClockSchema(Schema):
    """One clock and its arithmetic."""

    target: SlaTarget
    state: SlaState
    policy: str
    calendar: str
    within_s: float
    used_s: float
    """The sum of what the lines count."""
    warn_at: datetime | None
    """When three quarters are used; null while that is open."""
    due_at: datetime | None
    """When all is used; null while that is open."""
    warned_at: datetime | None
    breached_at: datetime | None
    """When the breach was announced."""
    stopped_at: datetime | None
    lines: tuple[SlaLineSchema, ...]
    events: tuple[SlaEventSchema, ...]

    @classmethod
    def of(cls, detail: ClockDetail) -> Self:
        """Return a clock as it is shown."""
        found = detail.reckoning
        return cls(
            target=found.target,
            state=found.state,
            policy=found.policy,
            calendar=found.calendar,
            within_s=found.within.total_seconds(),
            used_s=found.used.total_seconds(),
            warn_at=found.warn_at,
            due_at=found.due_at,
            warned_at=detail.clock.warned_at,
            breached_at=detail.clock.breached_at,
            stopped_at=found.stopped_at,
            lines=tuple(
                SlaLineSchema(
                    begin=line.begin,
                    end=line.end,
                    counted_s=line.counted.total_seconds(),
                    used_s=line.used.total_seconds(),
                    text=line.text,
                )
                for line in detail.lines
            ),
            events=tuple(SlaEventSchema.model_validate(event) for event in detail.events),
        )


class TicketSla(Schema):
    """What was promised for a ticket and how its clocks ran."""

    ticket_id: str
    number: int
    at: datetime
    """When this was reckoned."""
    clocks: tuple[SlaClockSchema, ...]
    """Empty for a ticket that nothing is promised for."""

    @classmethod
    def of(cls, ticket: Ticket, clocks: tuple[ClockDetail, ...], at: datetime) -> Self:
        """Return the clocks of a ticket as they are shown."""
        return cls(
            ticket_id=ticket.ticket_id,
            number=ticket.number,
            at=at,
            clocks=tuple(SlaClockSchema.of(clock) for clock in clocks),
        )

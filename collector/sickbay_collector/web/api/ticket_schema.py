"""Tickets as the API shows and takes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import StringConstraints

from sickbay_collector.core.desk.ticket import (
    Priority,
    Ticket,
    TicketSource,
    TicketStatus,
    Tier,
    Visibility,
)
from sickbay_collector.services.ticket_lookups import TicketDetail, TicketRow
from sickbay_collector.web.api.base import Body, Schema
from sickbay_collector.web.api.sla_schema import SlaBrief


class TicketItem(Schema):
    """A ticket as a line of a list."""

    ticket_id: str
    number: int
    """What people call it."""
    version: int
    """Counts writes; the ETag of the ticket."""
    device_id: str
    hostname: str
    family: str | None
    source: TicketSource
    status: TicketStatus
    title: str
    category: str
    service: str
    """Id of the service that is asked for or concerned; empty where none is known."""
    priority: Priority
    tier: Tier
    queue: str
    assignee: str
    """Login name; empty while nobody has it."""
    opened_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    reopen_count: int
    sla: SlaBrief | None
    """The SLA clock that presses most; null where nothing is promised."""

    @classmethod
    def of(cls, row: TicketRow) -> Self:
        """Return a row as a line."""
        return cls.model_validate(
            {**_fields(row.ticket, cls), "hostname": row.hostname, "sla": row.sla}
        )


class TicketList(Schema):
    """A page of tickets, newest first."""

    items: tuple[TicketItem, ...]
    next_cursor: str | None
    """Null on the last page."""


class EvidenceSchema(Schema):
    """A measured reason for a ticket."""

    at: datetime
    rule_id: str
    instance: str
    instance_label: str
    metric: str
    unit: str
    value: float
    threshold: str
    since: datetime
    sentence: str
    history: str


class WorklogSchema(Schema):
    """One thing that happened to a ticket."""

    at: datetime
    actor: str
    event: str
    text: str
    visibility: Visibility
    before: Mapping[str, str]
    after: Mapping[str, str]


class AlertSchema(Schema):
    """An alert that is or was open."""

    alert_id: str
    rule_id: str
    rule_version: str
    family: str
    instance: str
    instance_label: str
    status: str
    since: datetime
    opened_at: datetime
    closed_at: datetime | None
    sentence: str
    suppressed_reason: str
    ticket_id: str | None


class TicketDetailSchema(TicketItem):
    """A ticket with everything that explains it."""

    description: str
    impact: int
    urgency: int
    priority_reason: str
    routing_reason: str
    runbook: str
    resolution: str
    reopen_window_s: float
    evidence: tuple[EvidenceSchema, ...]
    worklog: tuple[WorklogSchema, ...]
    alerts: tuple[AlertSchema, ...]

    @classmethod
    def of_detail(cls, detail: TicketDetail) -> Self:
        """Return a ticket in full."""
        return cls.model_validate(
            {
                **_fields(detail.row.ticket, cls),
                "hostname": detail.row.hostname,
                "sla": detail.row.sla,
                "evidence": detail.evidence,
                "worklog": detail.worklog,
                "alerts": detail.alerts,
            }
        )


class ResolveBody(Body):
    """How a ticket was resolved."""

    resolution: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    """What was done; the user who is affected may read it."""


def _fields(ticket: Ticket, schema: type[TicketItem]) -> dict[str, object]:
    return {name: getattr(ticket, name) for name in schema.model_fields if hasattr(ticket, name)}

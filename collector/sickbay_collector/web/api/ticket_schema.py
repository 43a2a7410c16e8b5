"""Tickets as the API shows and takes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from sickbay_collector.core.desk.ticket import (
    Priority,
    Ticket,
    TicketKind,
    TicketSource,
    TicketStatus,
    Visibility,
)
from sickbay_collector.services.ticket_lookups import TicketDetail, TicketRow
from sickbay_collector.web.api.base import Schema
from sickbay_collector.web.api.sla_schema import SlaBrief


class TicketItem(Schema):
    """A ticket as a line of a list."""

    ticket_id: str
    number: int
    """What people call it."""
    version: int
    """Counts writes; the ETag of the ticket."""
    kind: TicketKind
    device_id: str | None
    """Null where no device is concerned or known."""
    hostname: str
    """Empty where no device is concerned."""
    family: str | None
    source: TicketSource
    status: TicketStatus
    title: str
    category: str
    subcategory: str
    service: str
    """Id of the service that is asked for or concerned; empty where none is known."""
    requester: str
    """Id of the person who asked; empty for alerts and where unknown."""
    site: str
    """Id of the site; empty where unknown."""
    priority: Priority
    tier: str
    queue: str
    assignee: str
    """Login name; empty while nobody has it."""
    major: bool
    """A major incident."""
    merged_into: str | None
    """Id of the ticket that goes on in its place."""
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


class RelativeSchema(Schema):
    """A ticket that stands for others, or one that another stands for."""

    ticket_id: str
    number: int
    status: TicketStatus
    title: str
    device_id: str | None
    hostname: str
    """Empty where no device is concerned."""


class TicketDetailSchema(TicketItem):
    """A ticket with everything that explains it."""

    description: str
    impact: int
    urgency: int
    priority_reason: str
    routing_reason: str
    required_skills: tuple[str, ...]
    """Ids of the skills that whoever works on it must have."""
    product: str
    product_version: str
    runbook: str
    tier_since: datetime | None
    tier_raises: int
    """How often it went to a higher tier."""
    assigned_at: datetime | None
    acknowledged_by: str
    """Login name of who was first to take it; empty while nobody did."""
    reassignments: int
    """How often it went from one technician to another."""
    snoozed_until: datetime | None
    """Until when nobody is reminded of it."""
    problem_id: str
    """The problem that it is an incident of; empty where there is none."""
    resolution: str
    resolution_mode: str
    """remote, on_site, depot, swap or self; empty where nobody said."""
    cause_code: str
    resolution_code: str
    closure_code: str
    reopen_window_s: float
    evidence: tuple[EvidenceSchema, ...]
    worklog: tuple[WorklogSchema, ...]
    alerts: tuple[AlertSchema, ...]
    parents: tuple[RelativeSchema, ...]
    """The tickets that it is a child of."""
    children: tuple[RelativeSchema, ...]
    """By number; the first thousand."""

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
                "parents": detail.parents,
                "children": detail.children,
            }
        )


def _fields(ticket: Ticket, schema: type[TicketItem]) -> dict[str, object]:
    return {name: getattr(ticket, name) for name in schema.model_fields if hasattr(ticket, name)}

"""A ticket as the desk keeps it, and its worklog."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.ids import DeviceId, TicketId


class TicketStatus(StrEnum):
    """Where a ticket is in its life."""

    NEW = "new"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    PENDING_USER = "pending_user"
    PENDING_VENDOR = "pending_vendor"
    PENDING_CHANGE = "pending_change"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """How soon it matters, from impact and urgency."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Tier(StrEnum):
    """Who works on it. SEC is a queue beside the tiers."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    SEC = "SEC"


class TicketSource(StrEnum):
    """How it came to the desk."""

    ALERT = "alert"
    AGENT = "agent"
    API = "api"


class Visibility(StrEnum):
    """Who may read a worklog entry."""

    INTERNAL = "internal"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket."""

    ticket_id: TicketId
    number: int
    """What people call it: counted up, set by the store."""
    version: int
    """Counts writes; a writer names the version that it read."""
    device_id: DeviceId
    family: str | None
    """The rules' family for tickets from alerts; None for others."""
    source: TicketSource
    status: TicketStatus
    title: str
    description: str
    category: str
    service: str = ""
    """Id of the service that is asked for or concerned; "" where none is known."""
    priority: Priority
    impact: int
    urgency: int
    priority_reason: str
    tier: Tier
    queue: str
    routing_reason: str
    assignee: str
    """Login name; "" while nobody has it."""
    runbook: str
    """Id of the runbook article; "" where there is none."""
    reopen_window_s: float
    """How long after its resolution a new alert of the family reopens it; 0 for never."""
    opened_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    reopen_count: int
    resolution: str
    """How it was resolved: "" while it is not, "automatic", or the technician's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklogEntry:
    """One thing that happened to a ticket. Never changed."""

    ticket_id: TicketId
    at: datetime
    actor: str
    """Login name, or "sickbay" for the engine."""
    event: str
    """"opened", "evidence", "assigned", "resolved", "reopened", "closed", "note", ..."""
    text: str
    visibility: Visibility
    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """A measured reason for a ticket. Never changed."""

    ticket_id: TicketId
    at: datetime
    rule_id: str
    instance: str
    instance_label: str
    metric: str
    unit: str
    value: float
    threshold: str
    """In words with unit: "below 5 %"."""
    since: datetime
    sentence: str
    history: str
    """The device's own history of the metric, in words."""

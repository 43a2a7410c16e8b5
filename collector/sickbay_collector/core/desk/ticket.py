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


class TicketKind(StrEnum):
    """What somebody needs."""

    INCIDENT = "incident"
    """Something is broken or worse than it was."""
    REQUEST = "request"
    """Something new is asked for, and nothing is broken."""


class Priority(StrEnum):
    """How soon it matters, from impact and urgency."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Tier(StrEnum):
    """The tiers that there are unless the configuration says otherwise. SEC is beside them."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    SEC = "SEC"


class TicketSource(StrEnum):
    """How it came to the desk."""

    ALERT = "alert"
    AGENT = "agent"
    PORTAL = "portal"
    EMAIL = "email"
    PHONE = "phone"
    WALK_UP = "walk_up"
    CHAT = "chat"
    API = "api"
    ALERTMANAGER = "alertmanager"


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
    device_id: DeviceId | None
    """None where no device is concerned or known."""
    family: str | None
    """The rules' family for tickets from alerts; None for others."""
    source: TicketSource
    kind: TicketKind = TicketKind.INCIDENT
    status: TicketStatus
    title: str
    description: str
    category: str
    subcategory: str = ""
    """"" where the category says enough."""
    service: str = ""
    """Id of the service that is asked for or concerned; "" where none is known."""
    product: str = ""
    """What is concerned, as its maker calls it: "LibreOffice"; "" where unknown."""
    product_version: str = ""
    requester: str = ""
    """Id of the person who asked; "" for alerts and where unknown."""
    site: str = ""
    """Id of the site where it is; "" where unknown."""
    priority: Priority
    impact: int
    urgency: int
    priority_reason: str
    tier: str
    """Id of the tier."""
    queue: str
    routing_reason: str
    required_skills: tuple[str, ...] = ()
    """Ids of the skills that whoever works on it must have."""
    tier_since: datetime | None = None
    """When it came to its tier."""
    tier_raises: int = 0
    """How often it went to a higher tier."""
    assignee: str
    """Login name; "" while nobody has it."""
    assigned_at: datetime | None = None
    """When the assignee got it; None while nobody has it."""
    reassignments: int = 0
    """How often it went from one technician to another."""
    major: bool = False
    """A major incident: somebody owns it, and people are kept informed."""
    snoozed_until: datetime | None = None
    """Until when nobody is reminded of it; None while it is not put off."""
    problem_id: str = ""
    """The problem that it is an incident of; "" where there is none."""
    merged_into: TicketId | None = None
    """The ticket that goes on in its place; None for one that stands by itself."""
    runbook: str
    """Id of the runbook article; "" where there is none."""
    reopen_window_s: float
    """How long after its resolution a new alert of the family reopens it; 0 for never."""
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str = ""
    """Login name of who was first to take it; "" while nobody did."""
    resolved_at: datetime | None
    closed_at: datetime | None
    reopen_count: int
    resolution: str
    """How it was resolved: "" while it is not, "automatic", or the technician's words."""
    resolution_mode: str = ""
    """"remote", "on_site", "depot", "swap" or "self"; "" where nobody said."""
    cause_code: str = ""
    """Why it happened, from a closed set; "" where nobody said."""
    resolution_code: str = ""
    """What solved it, from a closed set; "" where nobody said."""
    closure_code: str = ""
    """Why it is over, from a closed set; "" while it is not."""


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

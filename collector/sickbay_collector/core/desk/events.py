"""What happened to a ticket, and how the worklog says it: who, what, when, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.desk.ticket import Ticket, TicketStatus, Visibility, WorklogEntry

ENGINE = "sickbay"
"""The actor of what nobody did by hand."""


class TicketEventKind(StrEnum):
    """What can happen to a ticket."""

    OPENED = "opened"
    JOINED = "joined"
    """A further alert of the family came to it."""
    EVIDENCE = "evidence"
    FLAPPING = "flapping"
    SUPPRESSED = "suppressed"
    NOTE = "note"
    ASSIGNED = "assigned"
    ESCALATED = "escalated"
    """It went to a higher tier."""
    REROUTED = "rerouted"
    """Its place was decided anew."""
    TAKEN = "taken"
    WAITING = "waiting"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    """What a person resolved is confirmed by measurement: its alerts closed."""
    REOPENED = "reopened"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    ACKNOWLEDGED = "acknowledged"
    """Somebody takes care of it; nobody is paged any more."""
    SNOOZED = "snoozed"
    SNOOZE_OVER = "snooze_over"
    ESCALATION = "escalation"
    """A step of its escalation was done."""
    EDITED = "edited"
    """Category, priority or what it concerns was changed by hand."""
    MAJOR = "major"
    """It became a major incident, or is none any more."""
    MERGED = "merged"
    """Another ticket goes on in its place."""
    MERGE = "merge"
    """It goes on in the place of another, too."""
    SPLIT = "split"
    """A part of it went on as a ticket of its own."""
    WATCHED = "watched"
    """Somebody began or ended to watch it."""
    LINKED = "linked"
    """It was linked to another, or a link was taken away."""
    COST = "cost"
    """Time or a part was booked on it, or taken off."""
    VENDOR = "vendor"
    """A case was opened or closed at a vendor."""
    UPDATE = "update"
    """Everybody was told how a major incident goes."""
    PROBLEM = "problem"
    """It became an incident of a problem."""
    SLA_WARNED = "sla_warned"
    """Three quarters of a target's time are used."""
    SLA_BREACHED = "sla_breached"
    """A target's due time is past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEvent:
    """One thing that happened to a ticket."""

    kind: TicketEventKind
    at: datetime
    actor: str
    """Login name, or "sickbay" for the engine."""
    before: Ticket | None
    """None for a ticket that was just opened."""
    after: Ticket

    @property
    def is_write(self) -> bool:
        """Whether the ticket itself changed, not only its worklog."""
        return self.before is None or self.before.version != self.after.version

    @property
    def tells(self) -> bool:
        """Whether anybody is told: of writes, but more evidence for who has it in hand."""
        is_evidence = self.kind in {TicketEventKind.JOINED, TicketEventKind.EVIDENCE}
        is_quiet = is_evidence and is_acknowledged(self.before)
        return self.is_write and not is_quiet and self.kind is not TicketEventKind.PROBLEM


@dataclass(frozen=True, slots=True, kw_only=True)
class PartChange:
    """How something beside a ticket's row changed, by field: what it was, and what it is."""

    before: Mapping[str, str] = field(default_factory=dict)
    """Empty for what was added."""
    after: Mapping[str, str] = field(default_factory=dict)
    """Empty for what was taken away."""


def is_acknowledged(ticket: Ticket | None) -> bool:
    """Return whether somebody took the ticket and it was not reopened since."""
    return (
        ticket is not None
        and ticket.acknowledged_at is not None
        and ticket.status is not TicketStatus.REOPENED
    )


def worklog_entry(
    event: TicketEvent, text: str, visibility: Visibility, part: PartChange | None = None
) -> WorklogEntry:
    """Return the event as the worklog keeps it.

    Args:
        event: What happened.
        text: What is said of it.
        visibility: Who may read it.
        part: What changed beside the ticket's own row; None where nothing did.
    """
    before, after = changed(event.before, event.after)
    entry = WorklogEntry(
        ticket_id=event.after.ticket_id,
        at=event.at,
        actor=event.actor,
        event=event.kind.value,
        text=text,
        visibility=visibility,
        before=before,
        after=after,
    )
    return entry if part is None else replace(entry, before=part.before, after=part.after)


def changed(before: Ticket | None, after: Ticket) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the fields that differ, as text: what they were, and what they are.

    A ticket that was just opened shows where it begins.
    """
    if before is None:
        return {}, {name: str(getattr(after, name)) for name in _SHOWN_AT_FIRST}
    if before is after:
        return {}, {}
    names = [name for name in _COMPARED if getattr(before, name) != getattr(after, name)]
    return _as_text(before, names), _as_text(after, names)


_COMPARED = tuple(item.name for item in fields(Ticket) if item.name != "version")
_SHOWN_AT_FIRST = ("status", "priority", "tier", "queue")


def _as_text(ticket: Ticket, names: list[str]) -> dict[str, str]:
    values = {name: getattr(ticket, name) for name in names}
    return {name: _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return value.isoformat() if isinstance(value, datetime) else str(value)

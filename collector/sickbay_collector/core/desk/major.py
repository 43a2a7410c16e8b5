"""A major incident: who owns it, and by when people have to hear of it again.

Each update sets the clock back. One that is missed reminds the owner, then the owner's manager too,
at half the interval, until there is one or the ticket is over.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk.ticket import Priority, Ticket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.ids import TicketId

MIN_UPDATE_S = 60.0
MAX_UPDATE_S = 7 * 86_400.0
"""Limits of the time between two updates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MajorIncident:
    """What makes a ticket a major incident."""

    ticket_id: TicketId
    owner: str
    """Login of who sees to it that it ends and people hear of it; "" while nobody is."""
    update_every_s: float
    declared_at: datetime
    declared_by: str
    updated_at: datetime
    """When people last heard of it; at first when it was declared."""
    due_at: datetime | None
    """When the next update, or the next reminder of a missed one, is due; None once it is over."""
    updates: int
    """How many there were."""
    missed: int
    """How many reminders were sent since the last one."""
    ended_at: datetime | None = None


def declared(
    ticket: Ticket, *, owner: str, update_every_s: float, by: str, at: datetime
) -> MajorIncident:
    """Return a new major incident."""
    return MajorIncident(
        ticket_id=ticket.ticket_id,
        owner=owner,
        update_every_s=update_every_s,
        declared_at=at,
        declared_by=by,
        updated_at=at,
        due_at=at + timedelta(seconds=update_every_s),
        updates=0,
        missed=0,
    )


def led(incident: MajorIncident, *, owner: str, update_every_s: float | None) -> MajorIncident:
    """Return the incident with another owner or interval; "" and None leave them as they are."""
    every_s = incident.update_every_s if update_every_s is None else update_every_s
    due_at = incident.due_at
    if every_s != incident.update_every_s and incident.missed == 0 and due_at is not None:
        due_at = incident.updated_at + timedelta(seconds=every_s)
    return replace(incident, owner=owner or incident.owner, update_every_s=every_s, due_at=due_at)


def updated(incident: MajorIncident, at: datetime) -> MajorIncident:
    """Return the incident after people heard of it."""
    return replace(
        incident,
        updated_at=at,
        due_at=at + timedelta(seconds=incident.update_every_s),
        updates=incident.updates + 1,
        missed=0,
    )


def missed(incident: MajorIncident, at: datetime) -> MajorIncident:
    """Return the incident after somebody was reminded of an update."""
    half = timedelta(seconds=incident.update_every_s / 2)
    return replace(incident, due_at=at + half, missed=incident.missed + 1)


def over(incident: MajorIncident, at: datetime) -> MajorIncident:
    """Return the incident at its end."""
    return replace(incident, due_at=None, ended_at=at)


def is_to_be_declared(before: Ticket | None, after: Ticket) -> bool:
    """Return whether a ticket became Urgent and is no major incident yet."""
    became = before is None or before.priority is not Priority.URGENT
    return (
        became and after.priority is Priority.URGENT and after.status in ACTIVE and not after.major
    )

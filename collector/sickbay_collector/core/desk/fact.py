"""What counts of a ticket's life: the ledger that KPIs and metrics are added up from.

A fact is written in the transaction of the change that it tells of, and never changed, so that any
reader at any time comes to the same figures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.desk.events import ENGINE, TicketEvent
from sickbay_collector.core.desk.ticket import (
    Priority,
    Ticket,
    TicketKind,
    TicketSource,
    TicketStatus,
)
from sickbay_collector.core.ids import TicketId


class FactKind(StrEnum):
    """What counts."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    """Somebody looked at it for the first time."""
    REASSIGNED = "reassigned"
    ESCALATED = "escalated"
    """A higher tier has it."""
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"
    """It goes on as a part of another ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFact:
    """One line of the ledger, with what the ticket was then."""

    ticket_id: TicketId
    kind: FactKind
    at: datetime
    actor: str
    """Login name, or "sickbay" for the engine."""
    ticket_kind: TicketKind
    source: TicketSource
    priority: Priority
    tier: str
    category: str
    site: str
    """"" where the ticket names none."""
    technician: str
    """Who has the ticket after it; "" for nobody."""
    elapsed_s: float | None
    """Of ACKNOWLEDGED and RESOLVED: since it was opened. None for the others."""
    sla_s: float | None
    """Of RESOLVED: what of its resolution target was used; None where nothing was promised."""

    @property
    def is_automatic(self) -> bool:
        """Whether nobody did it by hand."""
        return self.actor == ENGINE


def facts_of(event: TicketEvent, *, sla_s: float | None) -> tuple[DeskFact, ...]:
    """Return what counts of an event.

    Args:
        event: What happened.
        sla_s: What of the resolution target is used by now; None where nothing was promised.
    """
    return tuple(_fact(event, kind, sla_s) for kind in _kinds(event.before, event.after))


def _kinds(before: Ticket | None, after: Ticket) -> Iterator[FactKind]:
    if before is None:
        yield FactKind.OPENED
    if after.acknowledged_at is not None and (before is None or before.acknowledged_at is None):
        yield FactKind.ACKNOWLEDGED
    if before is not None:
        yield from _moves(before, after)
    if before is None or before.status is not after.status:
        yield from _ends(after)


def _moves(before: Ticket, after: Ticket) -> Iterator[FactKind]:
    if after.reassignments > before.reassignments:
        yield FactKind.REASSIGNED
    if after.tier_raises > before.tier_raises:
        yield FactKind.ESCALATED
    if after.reopen_count > before.reopen_count:
        yield FactKind.REOPENED
    if after.merged_into is not None and before.merged_into is None:
        yield FactKind.MERGED


def _ends(after: Ticket) -> Iterator[FactKind]:
    if after.merged_into is not None:
        return
    ended = {
        TicketStatus.RESOLVED: FactKind.RESOLVED,
        TicketStatus.CLOSED: FactKind.CLOSED,
        TicketStatus.CANCELLED: FactKind.CANCELLED,
    }.get(after.status)
    if ended is not None:
        yield ended


_TIMED = frozenset({FactKind.ACKNOWLEDGED, FactKind.RESOLVED})


def _fact(event: TicketEvent, kind: FactKind, sla_s: float | None) -> DeskFact:
    ticket = event.after
    # A clock that was set back in between must not make negative time.
    elapsed_s = max(0.0, (event.at - ticket.opened_at).total_seconds())
    return DeskFact(
        ticket_id=ticket.ticket_id,
        kind=kind,
        at=event.at,
        actor=event.actor,
        ticket_kind=ticket.kind,
        source=ticket.source,
        priority=ticket.priority,
        tier=str(ticket.tier),
        category=ticket.category,
        site=ticket.site,
        technician=ticket.assignee,
        elapsed_s=elapsed_s if kind in _TIMED else None,
        sla_s=sla_s if kind is FactKind.RESOLVED else None,
    )

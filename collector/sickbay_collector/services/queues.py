"""The desk's queues, and its tickets as a board: what waits where."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.desk.queue_count import QueueCount
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.desk.ticket_search import TicketFilter, TicketOrder
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.ticket_lookups import TicketRow, list_tickets

COLUMN_LIMIT = 25
"""Tickets that a column shows."""
# What is read of those that are not resolved; the columns share them, the pressing ones first.
_READ = 200

COLUMNS: tuple[tuple[str, frozenset[TicketStatus]], ...] = (
    ("new", frozenset({TicketStatus.NEW, TicketStatus.REOPENED})),
    ("assigned", frozenset({TicketStatus.ASSIGNED})),
    ("in_progress", frozenset({TicketStatus.IN_PROGRESS})),
    (
        "pending",
        frozenset(
            {TicketStatus.PENDING_USER, TicketStatus.PENDING_VENDOR, TicketStatus.PENDING_CHANGE}
        ),
    ),
    ("resolved", frozenset({TicketStatus.RESOLVED})),
)
"""The board's columns by name, in the order of a ticket's life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the board."""

    name: str
    statuses: frozenset[TicketStatus]
    count: int
    """All that there are."""
    rows: tuple[TicketRow, ...]
    """Those that are due first, or of resolved ones the newest."""


def queue_counts(uow: UnitOfWork, *, user: str, now: datetime) -> tuple[QueueCount, ...]:
    """Return what waits in each queue: those of the tiers in order, then others that have some."""
    found = {
        (one.tier, one.queue): one
        for one in uow.ticket_counts.queues(TicketFilter(statuses=ACTIVE), user=user, now=now)
    }
    own = [(tier.id, tier.queue) for tier in uow.book.tiers.values()]
    places = {tier: place for place, tier in enumerate(uow.book.tiers)}
    others = sorted(
        (key for key in found if key not in own),
        key=lambda key: (places.get(key[0], len(places)), key),
    )
    ordered = sorted(
        [*own, *others], key=lambda key: (places.get(key[0], len(places)), key not in own)
    )
    return tuple(found.get(key) or _empty(*key) for key in ordered)


def board(uow: UnitOfWork, wanted: TicketFilter) -> tuple[Column, ...]:
    """Return tickets by status, of those that pass a filter; its own statuses do not count."""
    active = list_tickets(
        uow, replace(wanted, statuses=ACTIVE), order=TicketOrder.DUE, limit=_READ
    ).rows
    resolved = frozenset({TicketStatus.RESOLVED})
    done = list_tickets(uow, replace(wanted, statuses=resolved), limit=COLUMN_LIMIT).rows
    counts = uow.ticket_counts.statuses(replace(wanted, statuses=ACTIVE | resolved))
    return tuple(
        Column(
            name=name,
            statuses=statuses,
            count=sum(counts.get(one, 0) for one in statuses),
            rows=_of([*active, *done], statuses),
        )
        for name, statuses in COLUMNS
    )


def _of(rows: Sequence[TicketRow], statuses: frozenset[TicketStatus]) -> tuple[TicketRow, ...]:
    return tuple(row for row in rows if row.ticket.status in statuses)[:COLUMN_LIMIT]


def _empty(tier: str, queue: str) -> QueueCount:
    return QueueCount(
        tier=tier,
        queue=queue,
        waiting=0,
        unassigned=0,
        mine=0,
        pressing=0,
        late=0,
        oldest_at=None,
    )

"""What a ticket's device measured before, during and after it: the evidence as a chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.desk.evidence_view import signals
from sickbay_collector.core.desk.ticket import EvidenceItem, Ticket
from sickbay_collector.core.history import Resolution
from sickbay_collector.core.metric import METRICS
from sickbay_collector.services.device_history import MAX_SPAN, HistorySeries, device_history
from sickbay_collector.services.ports import UnitOfWork

AROUND = timedelta(days=1)
"""How long before the first sign and after the resolution is shown."""
SERIES_LIMIT = 3
"""More lines cannot be told apart in one chart."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of the ticket's life, for the time axis."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHistory:
    """Readings of what a ticket has evidence of."""

    since: datetime
    until: datetime
    resolution: Resolution
    series: tuple[HistorySeries, ...]
    """At most three; none where nothing is measured over time."""
    marks: tuple[Mark, ...]
    """In order of time."""


def ticket_history(
    uow: UnitOfWork, ticket: Ticket, *, now: datetime, max_points: int
) -> TicketHistory:
    """Return what the device of a ticket measured around it, of the evidence's own signals.

    From a day before the first sign until a day after the resolution, or until now.
    """
    evidence = uow.tickets.evidence(ticket.ticket_id)
    begins = min([ticket.opened_at, *(item.since for item in evidence)])
    ended = ticket.resolved_at or ticket.closed_at
    until = now if ended is None else min(now, ended + AROUND)
    since = max(begins - AROUND, until - MAX_SPAN)
    wanted = _wanted(evidence)
    series: tuple[HistorySeries, ...] = ()
    resolution = Resolution.SAMPLE
    if ticket.device_id is not None and wanted:
        found = device_history(
            uow,
            ticket.device_id,
            list(dict.fromkeys(metric for metric, _ in wanted)),
            since=since,
            until=until,
            max_points=max_points,
        )
        resolution = found.resolution
        series = tuple(one for one in found.series if (one.metric, one.instance) in wanted)
    return TicketHistory(
        since=since,
        until=until,
        resolution=resolution,
        series=series[:SERIES_LIMIT],
        marks=_marks(ticket, begins, since, until),
    )


def _wanted(evidence: Sequence[EvidenceItem]) -> tuple[tuple[str, str], ...]:
    pairs = [(one.first.metric, one.first.instance) for one in signals(evidence)]
    return tuple(dict.fromkeys(pair for pair in pairs if pair[0] in METRICS))


def _marks(ticket: Ticket, begins: datetime, since: datetime, until: datetime) -> tuple[Mark, ...]:
    moments = (
        (begins if begins < ticket.opened_at else None, "first sign"),
        (ticket.opened_at, "opened"),
        (ticket.resolved_at, "resolved"),
    )
    found = [Mark(at, what) for at, what in moments if at is not None and since <= at <= until]
    return tuple(sorted(found, key=lambda one: one.at))

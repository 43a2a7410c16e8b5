"""A device's history: figures over a stretch of time, and what happened in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.device import Device
from sickbay_collector.core.history import Resolution
from sickbay_collector.core.metric import METRICS
from sickbay_collector.services.device_history import device_history
from sickbay_collector.services.device_marks import device_marks
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.web.console.device_query import SERIES, TabQuery
from sickbay_collector.web.console.texts import N_

TICKETS = 500
"""Tickets of which marks are made."""
RANGES = (
    (1, N_("1 hour")),
    (6, N_("6 hours")),
    (24, N_("1 day")),
    (168, N_("7 days")),
    (720, N_("30 days")),
    (2160, N_("90 days")),
    (8760, N_("1 year")),
    (17_544, N_("2 years")),
)
_POINTS = {
    Resolution.SAMPLE: N_("samples"),
    Resolution.HOUR: N_("hours"),
    Resolution.DAY: N_("days"),
}
# Rows of the table; the chart itself asks for more points.
_ROWS = 48
# What ends later is kept as finely as its width asks for.
_KEPT = timedelta(days=2)
_SHORTEST = timedelta(minutes=10)
_LONGEST = timedelta(hours=RANGES[-1][0])


@dataclass(frozen=True, slots=True)
class Move:
    """Another stretch of time, one press away."""

    label: str
    address: str


def values(
    uow: UnitOfWork,
    device: Device,
    query: TabQuery,
    tickets: Sequence[Ticket],
    *,
    now: datetime,
    seen_at: datetime | None,
) -> Mapping[str, object]:
    """Return what the page shows of a stretch of time.

    Args:
        uow: Where to read.
        device: Whose history.
        query: Which stretch and metrics.
        tickets: Of the device, newest first.
        now: The present time.
        seen_at: When it reported last, if ever.

    Raises:
        InvalidError: The stretch is too long.
    """
    since, until = query.stretch(now)
    is_zoomed = query.since is not None
    # Of a device that is away the last that is known says more than an empty chart.
    if seen_at is not None and seen_at < since and not is_zoomed:
        since, until = seen_at - (until - since), seen_at
    metrics = query.metrics or (next(iter(METRICS)),)
    history = device_history(
        uow,
        device.device_id,
        metrics,
        since=since,
        until=until,
        max_points=_ROWS,
        is_recent=until > now - _KEPT,
    )
    return {
        "since": since,
        "until": until,
        "metrics": METRICS,
        "chosen": [*metrics, *[""] * (SERIES - len(metrics))],
        "ranges": RANGES,
        "is_zoomed": is_zoomed,
        "is_past": until < now and not is_zoomed,
        "moves": list(_moves(device, metrics, (since, until), now=now, seen_at=seen_at)),
        "series": history.series[:SERIES],
        "points": _POINTS[history.resolution],
        "marks": device_marks(uow, device.device_id, tickets=tickets, since=since, until=until),
    }


def _moves(
    device: Device,
    metrics: Sequence[str],
    stretch: tuple[datetime, datetime],
    *,
    now: datetime,
    seen_at: datetime | None,
) -> Iterator[Move]:
    """Yield stretches beside and around this one, as far as there can be something in them."""
    since, until = stretch
    width = until - since

    def move(label: str, begin: datetime, end: datetime) -> Move:
        said = [("tab", "history"), *(("metric", one) for one in metrics)]
        said += [(name, at.isoformat()) for name, at in (("since", begin), ("until", end))]
        return Move(label, f"/devices/{device.device_id}?{urlencode(said)}")

    if seen_at is not None and seen_at <= since:
        yield move(N_("Before its last report"), seen_at - width, seen_at)
    yield move(N_("← Earlier"), since - width / 2, until - width / 2)
    if until < now:
        later = min(until + width / 2, now)
        yield move(N_("Later →"), later - width, later)
    if width > _SHORTEST:
        yield move(N_("Closer"), since + width / 4, until - width / 4)
    if width < _LONGEST:
        end = min(until + width / 2, now)
        yield move(N_("Wider"), max(end - 2 * width, end - _LONGEST), end)

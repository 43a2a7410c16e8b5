"""How many of what: the fleet in figures, for Prometheus and for an overview."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.desk.category import CATEGORIES
from sickbay_collector.core.desk.escalation import StepKind
from sickbay_collector.core.desk.kpi import Booked
from sickbay_collector.core.desk.sla import SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import Priority, Ticket
from sickbay_collector.core.desk.totals import DeskTotals
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.device import Device, DeviceStatus, Goodbye, Presence, presence
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.ports import UnitOfWork

NO_SCORE = "none"
"""The bucket of devices without a score."""
SCORE_BUCKETS = (*(f"{low}-{low + 9}" for low in range(0, 90, 10)), "90-100", NO_SCORE)
"""Closed set of score buckets, worst first."""

AGE_LIMITS = (
    ("under 1 h", timedelta(hours=1)),
    ("1 h to 1 d", timedelta(days=1)),
    ("1 d to 3 d", timedelta(days=3)),
    ("3 d to 7 d", timedelta(days=7)),
    ("7 d to 28 d", timedelta(days=28)),
)
OLDEST = "over 28 d"
AGES = (*(name for name, _ in AGE_LIMITS), OLDEST)
"""Closed set of ages of open tickets."""

GONE = frozenset({DeviceStatus.RETIRED, DeviceStatus.DISPOSED})
"""Devices that nobody expects to hear from."""

# Tickets are counted in pages of this many, so that a scrape holds few of them at once.
_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TicketGroup:
    """What open tickets are counted by."""

    priority: Priority
    tier: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCounts:
    """The devices in figures. A key that is missing counts as 0."""

    by_presence: Mapping[Presence, int]
    by_score: Mapping[str, int]
    """Keys are of `SCORE_BUCKETS`."""
    open_alerts: int


class CountDevices(Protocol):
    """Counts devices, in a database asked in one go."""

    def __call__(
        self, *, now: datetime, started_at: datetime, reach: Reach | None = None
    ) -> DeviceCounts:
        """Return the counts as they are now, of what lies in the reach.

        Raises:
            StoreError: The database cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetCounts:
    """The fleet in figures. A key that is missing counts as 0."""

    devices_by_presence: Mapping[Presence, int]
    devices_by_score: Mapping[str, int]
    """Keys are of `SCORE_BUCKETS`."""
    open_alerts: int
    open_tickets: Mapping[TicketGroup, int]
    sla_clocks: Mapping[tuple[SlaTarget, SlaState], int]
    """Clocks that have not stopped."""
    sla_outcomes: Mapping[tuple[SlaTarget, Priority, SlaState], int]
    """How clocks ended, since the first."""
    messages_waiting: int = 0
    """Messages that are still to be sent."""
    message_age_s: float = 0.0
    """Since when the longest due one is due; 0 where none is."""
    escalations: int = 0
    """Runs of escalation policies, since the first."""
    escalation_steps: Mapping[StepKind, int] = field(default_factory=dict)
    """Steps that were done, since the first."""
    tickets_by_age: Mapping[str, int] = field(default_factory=dict)
    """Tickets that wait for somebody, by `AGES`."""
    desk: DeskTotals = field(default_factory=DeskTotals)
    """What happened at the desk, since its first ticket."""
    booked: Sequence[Booked] = ()
    """What was spent on tickets, by currency."""
    categories: tuple[str, ...] = CATEGORIES
    """Ids of the categories in force, 10 at most."""


CountFleet = Callable[[], FleetCounts]
"""Reads the counts as they are now.

Raises:
    StoreError: The database cannot be read.
"""


def score_bucket(score: float | None) -> str:
    """Return the bucket of a score, 0 to 100; None is a device without one."""
    if score is None:
        return NO_SCORE
    return SCORE_BUCKETS[min(9, max(0, int(score // 10)))]


def age_of(ticket_age: timedelta) -> str:
    """Return which of `AGES` it is."""
    return next((name for name, limit in AGE_LIMITS if ticket_age < limit), OLDEST)


def count_fleet(uow: UnitOfWork, *, now: datetime, started_at: datetime) -> FleetCounts:
    """Return the counts, read through the stores.

    Args:
        uow: Where to read.
        now: The present time.
        started_at: Since when this collector can hear devices.
    """
    devices = [device for device in uow.devices.all() if device.status not in GONE]
    states = uow.states.load([device.device_id for device in devices])
    by_presence = Counter(
        presence_of(states.get(device.device_id), now=now, started_at=started_at)
        for device in devices
    )
    waiting = uow.outbox.waiting()
    by_score = Counter(_score(device, states) for device in devices)
    return FleetCounts(
        devices_by_presence=dict(by_presence),
        devices_by_score=dict(by_score),
        open_alerts=sum(state.open_alerts for state in states.values()),
        open_tickets=dict(Counter(_kind(ticket) for ticket in _open_tickets(uow))),
        sla_clocks=uow.sla.open_counts(),
        sla_outcomes=uow.sla.outcome_counts(),
        escalations=uow.escalations.run_count(),
        escalation_steps=uow.escalations.step_counts(),
        messages_waiting=waiting.count,
        message_age_s=age_s(waiting.oldest_due_at, now),
        booked=tuple(uow.facts.booked()),
        tickets_by_age=dict(Counter(age_of(now - one.opened_at) for one in _open_tickets(uow))),
        categories=tuple(uow.book.categories),
    )


def age_s(since: datetime | None, now: datetime) -> float:
    """Return how long ago that was, seconds; 0 for None and what is yet to come."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def presence_of(state: StoredState | None, *, now: datetime, started_at: datetime) -> Presence:
    """Return the presence of a device by its stored state; None is one that never reported."""
    if state is None:
        return Presence.UNKNOWN
    return presence(
        last_received_at=state.received_at,
        report_interval_s=state.report_interval_s,
        goodbye=Goodbye(state.goodbye),
        collector_started_at=started_at,
        now=now,
    )


def _score(device: Device, states: Mapping[DeviceId, StoredState]) -> str:
    state = states.get(device.device_id)
    return score_bucket(None if state is None else state.score)


def _kind(ticket: Ticket) -> TicketGroup:
    return TicketGroup(priority=ticket.priority, tier=ticket.tier, category=ticket.category)


def _open_tickets(uow: UnitOfWork) -> Iterable[Ticket]:
    after = None
    while True:
        page = uow.tickets.list(statuses=ACTIVE, limit=_PAGE, after=after)
        yield from page
        if len(page) < _PAGE:
            return
        after = (page[-1].opened_at, page[-1].ticket_id)

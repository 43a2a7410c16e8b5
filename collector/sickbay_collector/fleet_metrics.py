"""What Prometheus is told of fleet and desk, counted in the database at every scrape."""

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sickbay_collector.core.desk.escalation import StepKind
from sickbay_collector.core.desk.sla import ENDS, SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import Priority, Tier
from sickbay_collector.core.device import Presence
from sickbay_collector.core.errors import BusyError, StoreError
from sickbay_collector.desk_metrics import closed_category, desk_families
from sickbay_collector.services.counts import SCORE_BUCKETS, CountFleet, FleetCounts

OPEN_CLOCK_STATES = (SlaState.RUNNING, SlaState.PAUSED, SlaState.BREACHED)
"""How an SLA clock can stand that has not stopped."""


class FleetFamilies(Collector):
    """Counts fleet and desk in the database at every scrape."""

    def __init__(self, count_fleet: CountFleet) -> None:
        self._count_fleet = count_fleet

    def describe(self) -> Iterable[Metric]:
        """Name nothing, so that registering reads no database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield what is counted, or only that the database is away."""
        up = GaugeMetricFamily(
            "sickbay_database_up", "Whether the database answered this scrape: 1 or 0."
        )
        try:
            counts = self._count_fleet()
        except (StoreError, BusyError):
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        yield from _fleet_families(counts)


def _fleet_families(counts: FleetCounts) -> Iterator[Metric]:
    devices = GaugeMetricFamily(
        "sickbay_devices", "Devices in service, by presence.", labels=("presence",)
    )
    for state in Presence:
        devices.add_metric((state,), counts.devices_by_presence.get(state, 0))
    yield devices
    health = GaugeMetricFamily(
        "sickbay_devices_by_health",
        "Devices in service, by health score in steps of ten points.",
        labels=("score",),
    )
    for bucket in SCORE_BUCKETS:
        health.add_metric((bucket,), counts.devices_by_score.get(bucket, 0))
    yield health
    alerts = GaugeMetricFamily("sickbay_alerts_open", "Alerts that are open now.")
    alerts.add_metric((), counts.open_alerts)
    yield alerts
    yield _open_tickets(counts)
    yield _sla_clocks(counts)
    yield _sla_outcomes(counts)
    yield from _escalations(counts)
    yield from desk_families(counts)
    yield from _waiting_messages(counts)


def _waiting_messages(counts: FleetCounts) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "sickbay_notifications_waiting", "Messages that are still to be sent."
    )
    waiting.add_metric((), counts.messages_waiting)
    yield waiting
    age = GaugeMetricFamily(
        "sickbay_notification_queue_age_seconds",
        "Since when the longest due message waits; 0 where none is due.",
    )
    age.add_metric((), counts.message_age_s)
    yield age


def _sla_clocks(counts: FleetCounts) -> Metric:
    clocks = GaugeMetricFamily(
        "sickbay_sla_clocks",
        "SLA clocks that have not stopped, by target and how they stand.",
        labels=("target", "state"),
    )
    for target in SlaTarget:
        for state in OPEN_CLOCK_STATES:
            clocks.add_metric((target, state), counts.sla_clocks.get((target, state), 0))
    return clocks


def _escalations(counts: FleetCounts) -> Iterator[Metric]:
    runs = CounterMetricFamily(
        "sickbay_escalations", "Escalations that were started on tickets, since the first."
    )
    runs.add_metric((), counts.escalations)
    yield runs
    steps = CounterMetricFamily(
        "sickbay_escalation_steps",
        "Steps of escalations that were done, since the first.",
        labels=("step",),
    )
    for kind in StepKind:
        if kind is not StepKind.WAIT:
            steps.add_metric((kind,), counts.escalation_steps.get(kind, 0))
    yield steps


def _sla_outcomes(counts: FleetCounts) -> Metric:
    outcomes = CounterMetricFamily(
        "sickbay_sla_outcomes",
        "Ends of SLA clocks since the first, counted in the ledgers.",
        labels=("target", "priority", "outcome"),
    )
    for target in SlaTarget:
        for priority in Priority:
            for outcome in ENDS:
                count = counts.sla_outcomes.get((target, priority, outcome), 0)
                outcomes.add_metric((target, priority, outcome), count)
    return outcomes


def _open_tickets(counts: FleetCounts) -> Metric:
    tickets = GaugeMetricFamily(
        "sickbay_tickets_open",
        "Tickets that wait for somebody.",
        labels=("priority", "tier", "category"),
    )
    by_label: dict[tuple[str, ...], int] = {
        (priority, tier, category): 0
        for priority in Priority
        for tier in Tier
        for category in counts.categories
    }
    for kind, count in counts.open_tickets.items():
        category = closed_category(kind.category, counts.categories)
        named = (kind.priority.value, kind.tier, category)
        by_label[named] = by_label.get(named, 0) + count
    for labels, count in by_label.items():
        tickets.add_metric(labels, count)
    return tickets

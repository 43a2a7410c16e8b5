"""The desk's counters and histograms, added up from its ledger at every scrape.

They begin with the first ticket, so neither a restart nor a second collector changes them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.utils import floatToGoString

from sickbay_collector.core.desk.fact import FactKind
from sickbay_collector.core.desk.kpi import Booked
from sickbay_collector.core.desk.ticket import Priority, Tier
from sickbay_collector.core.desk.totals import BOUNDS_S, DeskTotals, FactLabels, Spread
from sickbay_collector.services.counts import AGES, FleetCounts

OTHER = "other"
"""The category of what fits no other."""

# Name, sentence, what is counted, and whether only what nobody did by hand.
_COUNTERS = (
    ("opened", "Tickets that were opened.", FactKind.OPENED, False),
    ("resolved", "Resolutions of tickets.", FactKind.RESOLVED, False),
    (
        "auto_resolved",
        "Resolutions by measurement: all alerts of the ticket closed.",
        FactKind.RESOLVED,
        True,
    ),
    ("reopened", "Tickets that were opened again.", FactKind.REOPENED, False),
    ("escalated", "Moves of tickets to a higher tier.", FactKind.ESCALATED, False),
    ("reassigned", "Moves of tickets between technicians.", FactKind.REASSIGNED, False),
    ("closed", "Tickets that were closed for good.", FactKind.CLOSED, False),
    ("cancelled", "Tickets that were cancelled.", FactKind.CANCELLED, False),
)
_HISTOGRAMS = (
    (
        "ticket_time_to_acknowledge_seconds",
        "Calendar time from a ticket's opening until somebody took it.",
        FactKind.ACKNOWLEDGED,
    ),
    (
        "ticket_time_to_resolve_seconds",
        "Calendar time from a ticket's opening to its resolution.",
        FactKind.RESOLVED,
    ),
)


def desk_families(counts: FleetCounts) -> Iterator[Metric]:
    """Yield what Prometheus is told of the desk."""
    for name, sentence, kind, only_automatic in _COUNTERS:

        def counted(
            labels: FactLabels, kind: FactKind = kind, *, only: bool = only_automatic
        ) -> bool:
            return labels.kind is kind and (labels.is_automatic or not only)

        yield _counter(f"sickbay_tickets_{name}", sentence, counts, counted)
    for name, sentence, kind in _HISTOGRAMS:
        yield _histogram(f"sickbay_{name}", sentence, counts.desk, kind)
    yield _ages(counts.tickets_by_age)
    yield from _spent(counts.booked)


def closed_category(category: str, known: Collection[str]) -> str:
    """Return the category as a label value: itself if it is configured, else "other"."""
    return category if category in known else OTHER


def _counter(
    name: str, sentence: str, counts: FleetCounts, counted: Callable[[FactLabels], bool]
) -> Metric:
    family = CounterMetricFamily(name, sentence, labels=("priority", "tier", "category"))
    found = Counter(
        {
            (priority.value, tier.value, category): 0
            for priority in Priority
            for tier in Tier
            for category in counts.categories
        }
    )
    for labels, count in counts.desk.counts.items():
        if counted(labels):
            category = closed_category(labels.category, counts.categories)
            found[labels.priority, labels.tier, category] += count
    for key, count in sorted(found.items()):
        family.add_metric(key, count)
    return family


def _histogram(name: str, sentence: str, totals: DeskTotals, kind: FactKind) -> Metric:
    family = HistogramMetricFamily(name, sentence, labels=("priority",))
    bounds = [*map(floatToGoString, BOUNDS_S[kind]), "+Inf"]
    nothing = Spread(counts=(0,) * len(bounds), total_s=0.0)
    for priority in Priority:
        spread = totals.spreads.get((kind, priority.value), nothing)
        so_far, buckets = 0, []
        for bound, count in zip(bounds, spread.counts, strict=True):
            so_far += count
            buckets.append((bound, so_far))
        family.add_metric((priority.value,), buckets, spread.total_s)
    return family


def _ages(tickets_by_age: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(
        "sickbay_tickets_open_by_age",
        "Tickets that wait for somebody, by how long ago they were opened.",
        labels=("age",),
    )
    for age in AGES:
        family.add_metric((age,), tickets_by_age.get(age, 0))
    return family


def _spent(booked: Sequence[Booked]) -> Iterator[Metric]:
    """Gauges, for what was booked by mistake is taken off again."""
    cost = GaugeMetricFamily(
        "sickbay_tickets_cost",
        "What work and parts that were booked on tickets cost, in units of the currency.",
        labels=("currency",),
    )
    for one in booked:
        cost.add_metric((one.currency,), one.cents / 100)
    yield cost
    work = GaugeMetricFamily("sickbay_tickets_work_seconds", "Work that was booked on tickets.")
    work.add_metric((), 60.0 * sum(one.minutes for one in booked))
    yield work

"""Every metric of the collector, declared once.

What a process does is counted as it happens; the fleet and the desk are counted in the database
when Prometheus asks.

Prefix `sickbay_`, base units, labels from closed sets, never a device. With several collectors the
totals of processes add up, while those of fleet and desk are the same in each: use `max`.
"""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from sickbay_collector.core.desk.escalation import StepKind
from sickbay_collector.core.desk.message import MessageState
from sickbay_collector.core.desk.sla import ENDS, SlaState, SlaTarget
from sickbay_collector.core.desk.ticket import Priority, Tier
from sickbay_collector.core.device import Presence
from sickbay_collector.core.enrollment import Refusal
from sickbay_collector.core.errors import BusyError, StoreError
from sickbay_collector.desk_metrics import closed_category, desk_families
from sickbay_collector.services.counts import SCORE_BUCKETS, CountFleet, FleetCounts

RECORD_STATUSES = ("ok", "duplicate", "rejected")
"""What became of a record, as the protocol names it."""
ADMISSION_REASONS = ("denied", "pending", "rate_limited", "queue_full", "store_unavailable")
"""Why a whole request was turned away."""
CERTIFICATE_KINDS = ("enroll", "renew", "renew_expired")
"""Which call a certificate was issued by."""
CHANNEL_KINDS = (
    "log",
    "email",
    "webhook",
    "slack",
    "teams",
    "mattermost",
    "ntfy",
    "apprise",
    "none",
)
"""What carries a message; "none" where the channel that it names is not there."""
JOB_OUTCOMES = ("ok", "failed")
"""How a scheduled job ended."""
OPEN_CLOCK_STATES = (SlaState.RUNNING, SlaState.PAUSED, SlaState.BREACHED)
"""How an SLA clock can stand that has not stopped."""

_NO_ATTEMPTS = frozenset({MessageState.QUEUED, MessageState.WITHDRAWN})
_ATTEMPT_STATES = tuple(state for state in MessageState if state not in _NO_ATTEMPTS)
# Half a millisecond to ten seconds: an empty batch up to a stuck disk.
_LATENCY_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# A request carries at most 100 records; a batch groups requests.
_BATCH_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
# What is due is promised within two seconds; an hour is a collector that was down.
_LATENESS_S = (0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)


class Metrics:
    """The collector's metrics and the registry that holds them.

    Args:
        count_fleet: Counts the fleet in the database; None leaves the fleet out.
        version: The collector's version.
    """

    def __init__(self, *, count_fleet: CountFleet | None, version: str) -> None:
        self.registry = CollectorRegistry()
        self._declare_ingest()
        self._declare_desk()
        self._declare_engine()
        build = self._gauge("build_info", "Always 1; the version that runs is a label.", "version")
        build.labels(version).set(1)
        ProcessCollector(registry=self.registry)
        if count_fleet is not None:
            self.registry.register(_Fleet(count_fleet))

    def record_batch(
        self, statuses: Mapping[str, int], *, batch_s: float, commit_s: float, queued: int
    ) -> None:
        """Count one batch that was made durable.

        Args:
            statuses: Records by status, of `RECORD_STATUSES`.
            batch_s: From its first record's arrival to the acknowledgement, seconds.
            commit_s: The commit alone, seconds.
            queued: Records that wait for the next batch.
        """
        for status, count in statuses.items():
            self._records.labels(status).inc(count)
        self._batch_records.observe(sum(statuses.values()))
        self._batch_s.observe(batch_s)
        self._commit_s.observe(commit_s)
        self._queue.set(queued)

    def set_queue(self, queued: int) -> None:
        """Tell how many records wait for the writer."""
        self._queue.set(queued)

    def refuse_readings(self, count: int) -> None:
        """Count readings outside their range, whose samples were kept."""
        self._readings_refused.inc(count)

    def reject_admission(self, reason: str) -> None:
        """Count a request that was turned away whole, by one of `ADMISSION_REASONS`."""
        self._rejections.labels(reason).inc()

    def issue_certificate(self, kind: str) -> None:
        """Count a certificate that was issued, by one of `CERTIFICATE_KINDS`."""
        self._certificates.labels(kind).inc()

    def refuse_enrollment(self, reason: str) -> None:
        """Count a token that let nobody in, by one of `Refusal`."""
        self._refusals.labels(reason).inc()

    def run_job(self, job: str, *, ok: bool, duration_s: float, ended_at_s: float) -> None:
        """Count a run of a scheduled job.

        Args:
            job: Its name in the code.
            ok: Whether it did what it had to.
            duration_s: How long it took, seconds.
            ended_at_s: When it ended, seconds since 1970.
        """
        self._jobs.labels(job, JOB_OUTCOMES[0] if ok else JOB_OUTCOMES[1]).inc()
        self._job_s.labels(job).observe(duration_s)
        if ok:
            self._job_success.labels(job).set(ended_at_s)

    def set_config(self, revision: int, *, in_force: bool) -> None:
        """Tell which revision of the configuration is in force, and whether it is the newest."""
        self._config_revision.set(revision)
        self._config_newest.set(in_force)

    def set_coverage_gaps(self, minutes: Mapping[str, float]) -> None:
        """Tell for how many minutes of the next seven days each tier is not covered."""
        self._gap_minutes.clear()
        for tier, count in minutes.items():
            self._gap_minutes.labels(tier).set(count)

    def run_timer(self, kind: str, *, ok: bool, late_s: float) -> None:
        """Count a timer that was run, and how late; one that failed is tried again.

        Args:
            kind: Its kind in the code.
            ok: Whether its handler did what it had to.
            late_s: From when it was due to when it was done, seconds.
        """
        if ok:
            self._timer_late_s.labels(kind).observe(max(0.0, late_s))
        else:
            self._timer_failures.labels(kind).inc()

    def count_delivery(self, kind: str, state: MessageState) -> None:
        """Count an attempt to deliver a message, by a kind of `CHANNEL_KINDS` and how it ended."""
        self._deliveries.labels(kind, state).inc()

    def count_template_failure(self) -> None:
        """Count a message that the site's own template failed to make."""
        self._template_failures.inc()

    def _declare_ingest(self) -> None:
        self._records = self._counter(
            "ingest_records", "Records that agents sent, by what became of them.", "status"
        )
        _touch(self._records, RECORD_STATUSES)
        self._readings_refused = self._counter(
            "ingest_readings_refused",
            "Readings that were dropped because they lay outside their possible range.",
        )
        self._rejections = self._counter(
            "ingest_rejections", "Requests that were turned away whole, by reason.", "reason"
        )
        _touch(self._rejections, ADMISSION_REASONS)
        self._batch_s = self._histogram(
            "ingest_batch_duration_seconds",
            "Time from a batch's first record to its acknowledgement.",
            _LATENCY_S,
        )
        self._commit_s = self._histogram(
            "ingest_commit_duration_seconds", "Time that a batch's commit took.", _LATENCY_S
        )
        self._batch_records = self._histogram(
            "ingest_batch_records", "Records that were committed together.", _BATCH_RECORDS
        )
        self._queue = self._gauge("ingest_queue_records", "Records that wait for the writer.")

    def _declare_desk(self) -> None:
        self._deliveries = self._counter(
            "notification_attempts",
            "Attempts to deliver messages, by kind of channel and how they ended.",
            "channel",
            "state",
        )
        self._template_failures = self._counter(
            "notification_template_failures",
            "Messages whose text is the shipped one because the site's own template failed.",
        )
        for kind in CHANNEL_KINDS:
            _touch(self._deliveries, _ATTEMPT_STATES, kind)

    def _declare_engine(self) -> None:
        self._certificates = self._counter(
            "certificates_issued", "Certificates that were issued to devices, by call.", "kind"
        )
        _touch(self._certificates, CERTIFICATE_KINDS)
        self._refusals = self._counter(
            "enrollments_refused", "Enrollment tokens that let nobody in, by why.", "reason"
        )
        _touch(self._refusals, tuple(Refusal))
        self._jobs = self._counter("job_runs", "Runs of scheduled jobs.", "job", "outcome")
        self._job_s = self._histogram(
            "job_duration_seconds", "Time that runs of scheduled jobs took.", _LATENCY_S, "job"
        )
        self._job_success = self._gauge(
            "job_last_success_timestamp_seconds",
            "When a scheduled job last did what it had to.",
            "job",
        )

        self._gap_minutes = self._gauge(
            "coverage_gap_minutes",
            "Minutes of the next seven days in which a tier misses what it requires.",
            "tier",
        )
        self._config_revision = self._gauge(
            "config_revision", "Revision of the applied configuration that is in force here."
        )
        self._config_newest = self._gauge(
            "config_newest_in_force",
            "Whether the newest applied configuration is in force here: 1 or 0.",
        )
        self._timer_late_s = self._histogram(
            "timer_lateness_seconds",
            "Time from when a timer of the desk was due to when it was done.",
            _LATENESS_S,
            "kind",
        )
        self._timer_failures = self._counter(
            "timer_failures", "Timers of the desk that failed and are tried again.", "kind"
        )

    def _counter(self, name: str, sentence: str, *labels: str) -> Counter:
        return Counter(f"sickbay_{name}", sentence, labels, registry=self.registry)

    def _gauge(self, name: str, sentence: str, *labels: str) -> Gauge:
        return Gauge(f"sickbay_{name}", sentence, labels, registry=self.registry)

    def _histogram(
        self, name: str, sentence: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(
            f"sickbay_{name}", sentence, labels, buckets=buckets, registry=self.registry
        )


def render(metrics: Metrics, accept: str) -> tuple[bytes, str]:
    """Return all metrics as text and its content type, in the format that `accept` asks for.

    Args:
        metrics: What to render.
        accept: The request's Accept header; "" for the plain format.
    """
    encode, content_type = choose_encoder(accept)
    return encode(_WithoutCreated(metrics.registry)), content_type


def _touch(counter: Counter, values: Iterable[str], *before: str) -> None:
    """Make series start at 0, so that the first event is an increase."""
    for value in values:
        counter.labels(*before, value)


class _WithoutCreated(CollectorRegistry):
    """Leaves out the creation times, which would double the number of series for no use."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()
        self._whole = registry

    def collect(self) -> Iterator[Metric]:
        for family in self._whole.collect():
            family.samples = [s for s in family.samples if not s.name.endswith("_created")]
            yield family


class _Fleet(Collector):
    """Counts the fleet in the database at every scrape."""

    def __init__(self, count_fleet: CountFleet) -> None:
        self._count_fleet = count_fleet

    def describe(self) -> Iterable[Metric]:
        """Name nothing, so that registering reads no database."""
        return ()

    def collect(self) -> Iterator[Metric]:
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

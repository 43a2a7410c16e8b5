"""The metrics of one process, each declared once and counted as it happens, and their registry.

Fleet and desk are counted in the database when Prometheus asks: `fleet_metrics` and `desk_metrics`.

Prefix `sickbay_`, base units, labels from closed sets, never a device. With several collectors the
totals of processes add up, while those of fleet and desk are the same in each: use `max`.
"""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric

from sickbay_collector.core.desk.message import MessageState
from sickbay_collector.core.enrollment import Refusal
from sickbay_collector.fleet_metrics import FleetFamilies
from sickbay_collector.services.counts import CountFleet

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
            self.registry.register(FleetFamilies(count_fleet))

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

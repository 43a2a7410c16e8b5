"""What the writer did, told to the metrics."""

from collections import Counter
from collections.abc import Sequence

from sickbay_collector.metrics import Metrics
from sickbay_collector.services.ingest import Committed


class WriterMetrics:
    """Fulfils `rpc.writer.IngestMetrics`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def observe_commit(
        self, committed: Committed, *, duration_s: float, waited_s: Sequence[float], queued: int
    ) -> None:
        """Note one group commit."""
        records = [record for answer in committed.answers for record in answer.records]
        self._metrics.record_batch(
            Counter(record.verdict.value for record in records),
            batch_s=duration_s + max(waited_s, default=0.0),
            commit_s=duration_s,
            queued=queued,
        )
        refused = sum(record.refused_values for record in records)
        if refused:
            self._metrics.refuse_readings(refused)

    def count_commit_failure(self) -> None:
        """Note a group that could not be committed."""
        self._metrics.reject_admission("store_unavailable")

    def count_refused(self) -> None:
        """Note a report that was turned away because too much was queued."""
        self._metrics.reject_admission("queue_full")

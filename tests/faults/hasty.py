"""The planted bug: a writer that answers before it commits. The harness must catch it."""

from sickbay_collector import bootstrap
from sickbay_collector.core.judge import Verdict
from sickbay_collector.rpc.writer import GroupWriter, _Waiting
from sickbay_collector.services.ingest import Answer, RecordAnswer


class HastyWriter(GroupWriter):
    """Says OK to every record, then commits them."""

    def _commit(self, group: list[_Waiting]) -> None:
        self._answer(group, [_all_well(waiting) for waiting in group])
        self._committer.commit([waiting.report for waiting in group], now=self._clock())


def plant() -> None:
    """Put the hasty writer in the place of the real one, in this process only."""
    bootstrap.GroupWriter = HastyWriter  # type: ignore[attr-defined]


def _all_well(waiting: _Waiting) -> Answer:
    records = tuple(
        RecordAnswer(record.lane, record.seq, Verdict.OK, "", 0)
        for record in waiting.report.records
    )
    return Answer(records=records, marks={}, missing_sections=())

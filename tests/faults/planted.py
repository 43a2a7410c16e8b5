"""Two planted bugs that the harness must catch. They live in the killed process, in tests only."""

import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.bootstrap import agents
from sickbay_collector.core import judge
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.core.judge import Verdict
from sickbay_collector.core.lane import LaneMark, Novelty
from sickbay_collector.rpc.writer import GroupWriter, _Waiting
from sickbay_collector.services.ingest import Answer, RecordAnswer


class Build(StrEnum):
    """Which collector is killed."""

    REAL = "real"
    HASTY = "hasty"
    """Answers before it commits: loses what it acknowledged."""
    FORGETFUL = "forgetful"
    """Takes every record for a new one: stores twice what was sent again."""


# About as long as the life of a collector after its first answer: so nearly each kill comes between
# answer and commit, however fast or busy the machine is.
_BETWEEN_S = 0.05


class HastyWriter(GroupWriter):
    """Says OK to every record, then commits them."""

    def _commit(self, group: list[_Waiting]) -> None:
        self._answer(group, [_all_well(waiting) for waiting in group])
        time.sleep(_BETWEEN_S)
        self._committer.commit([waiting.report for waiting in group])


class TardyWriter(GroupWriter):
    """Commits, and takes its time to answer: what is killed meanwhile is sent again."""

    def _answer(self, group: list[_Waiting], answers: Sequence[Answer | SickbayError]) -> None:
        time.sleep(_BETWEEN_S)
        super()._answer(group, answers)


def plant(build: Build) -> None:
    """Make this process that build."""
    _PLANTS[build]()


def _all_well(waiting: _Waiting) -> Answer:
    records = tuple(
        RecordAnswer(record.lane, record.seq, Verdict.OK, "", 0)
        for record in waiting.report.records
    )
    return Answer(records=records, marks={}, missing_sections=())


def _hasty() -> None:
    agents.GroupWriter = HastyWriter  # type: ignore[attr-defined]


def _forgetful() -> None:
    def always_new(
        mark: LaneMark | None, *, epoch: bytes, seq: int, content_hash: bytes
    ) -> Novelty:
        del mark, epoch, seq, content_hash
        return Novelty.NEW

    judge.novelty = always_new  # type: ignore[attr-defined]
    agents.GroupWriter = TardyWriter  # type: ignore[attr-defined]


_PLANTS: Mapping[Build, Callable[[], None]] = MappingProxyType(
    {Build.REAL: lambda: None, Build.HASTY: _hasty, Build.FORGETFUL: _forgetful}
)

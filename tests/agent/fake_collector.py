"""A collector in memory; behind the servers of `grpc_stub` it is one over gRPC too."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sickbay_agent.exchange import (
    DEADLINE_S,
    Answer,
    CallError,
    Enrollment,
    ExpiredRenewal,
    Grant,
    LaneMark,
    Outgoing,
    Reaction,
    RecordResult,
    RecordStatus,
    Report,
    SectionResult,
    Settings,
    Upload,
)
from sickbay_agent.model.record import Lane
from tests.agent.authority import Authority

RECEIVED_AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REACTIONS = {
    "UNAVAILABLE": Reaction.RETRY,
    "DEADLINE_EXCEEDED": Reaction.RETRY,
    "RESOURCE_EXHAUSTED": Reaction.RETRY,
    "ABORTED": Reaction.RETRY,
    "INTERNAL": Reaction.RETRY,
    "UNKNOWN": Reaction.RETRY,
    "UNAUTHENTICATED": Reaction.REFUSED,
    "PERMISSION_DENIED": Reaction.REFUSED,
    "FAILED_PRECONDITION": Reaction.INCOMPATIBLE,
    "UNIMPLEMENTED": Reaction.INCOMPATIBLE,
    "INVALID_ARGUMENT": Reaction.INCOMPATIBLE,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """How the next call fails."""

    code: str
    pushback_ms: int = 0


class FailError(Exception):
    """Raised by the core; each front turns it into its own error."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


@dataclass(slots=True)
class Core:
    """What the collector knows and how it is to behave."""

    authority: Authority = field(default_factory=Authority)
    valid_from: datetime | None = None
    """Of the certificates that it gives; None for what the machine's clock says."""
    failures: deque[Failure] = field(default_factory=deque)
    reports: list[Report] = field(default_factory=list)
    stored: dict[tuple[Lane, bytes, int], bytes] = field(default_factory=dict)
    sections: dict[bytes, bytes] = field(default_factory=dict)
    missing: tuple[bytes, ...] = ()
    settings: Settings | None = None
    rejected: set[bytes] = field(default_factory=set)
    """Bodies and section hashes that are refused."""
    enrollments: list[Enrollment] = field(default_factory=list)
    expired: list[ExpiredRenewal] = field(default_factory=list)
    renewals: int = 0

    def report(self, report: Report) -> Answer:
        self._fail()
        self.reports.append(report)
        results = tuple(self._judge(record) for record in report.records)
        return Answer(
            results=results,
            marks=self._marks(),
            missing_hashes=tuple(one for one in self.missing if one not in self.sections),
            settings=self.settings,
            received_at=RECEIVED_AT,
        )

    def upload_sections(self, uploads: Sequence[Upload]) -> tuple[SectionResult, ...]:
        self._fail()
        results = []
        for upload in uploads:
            status = RecordStatus.REJECTED if upload.hash in self.rejected else RecordStatus.OK
            if status is RecordStatus.OK:
                self.sections[upload.hash] = upload.body
            results.append(SectionResult(hash=upload.hash, status=status))
        return tuple(results)

    def renew(self, csr_der: bytes) -> Grant:
        self._fail()
        self.renewals += 1
        return self.authority.grant(csr_der, not_before=self.valid_from)

    def enroll(self, request: Enrollment) -> Grant:
        self._fail()
        self.enrollments.append(request)
        return self.authority.grant(request.csr_der, not_before=self.valid_from)

    def renew_expired(self, request: ExpiredRenewal) -> Grant:
        self._fail()
        self.expired.append(request)
        return self.authority.grant(request.csr_der, not_before=self.valid_from)

    def _fail(self) -> None:
        if self.failures:
            raise FailError(self.failures.popleft())

    def _judge(self, record: Outgoing) -> RecordResult:
        key = (record.lane, record.epoch, record.seq)
        if record.body in self.rejected:
            return RecordResult(
                lane=record.lane, seq=record.seq, status=RecordStatus.REJECTED, reason="odd"
            )
        status = RecordStatus.DUPLICATE if key in self.stored else RecordStatus.OK
        self.stored[key] = record.body
        return RecordResult(lane=record.lane, seq=record.seq, status=status)

    def _marks(self) -> tuple[LaneMark, ...]:
        marks: dict[tuple[Lane, bytes], int] = {}
        for lane, epoch, seq in self.stored:
            marks[lane, epoch] = max(seq, marks.get((lane, epoch), 0))
        return tuple(
            LaneMark(lane=lane, epoch=epoch, seq=seq) for (lane, epoch), seq in marks.items()
        )


class FakeCollector:
    """Both ports of the collector, without a network."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.closed = 0

    def report(self, report: Report, *, deadline_s: float = DEADLINE_S) -> Answer:
        assert deadline_s > 0
        try:
            return self.core.report(report)
        except FailError as error:
            raise _call_error(error.failure) from None

    def upload_sections(self, uploads: Sequence[Upload]) -> tuple[SectionResult, ...]:
        try:
            return self.core.upload_sections(uploads)
        except FailError as error:
            raise _call_error(error.failure) from None

    def renew(self, csr_der: bytes) -> Grant:
        try:
            return self.core.renew(csr_der)
        except FailError as error:
            raise _call_error(error.failure) from None

    def enroll(self, request: Enrollment) -> Grant:
        try:
            return self.core.enroll(request)
        except FailError as error:
            raise _call_error(error.failure) from None

    def renew_expired(self, request: ExpiredRenewal) -> Grant:
        try:
            return self.core.renew_expired(request)
        except FailError as error:
            raise _call_error(error.failure) from None

    def close(self) -> None:
        self.closed += 1


def _call_error(failure: Failure) -> CallError:
    return CallError(
        f"failed: {failure.code}",
        reaction=REACTIONS[failure.code],
        pushback_s=failure.pushback_ms / 1000,
        is_lost=failure.code in {"UNAVAILABLE", "DEADLINE_EXCEEDED"},
    )

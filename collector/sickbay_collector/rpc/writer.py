"""Groups reports that arrive together and hands them to the one thread that writes.

The event loop awaits; the thread judges and commits. While a commit waits for the disk the next
group gathers, so the group grows with the load. A client that gives up does not undo its report:
a commit under way goes on, and a repeated report is a duplicate. No report waits longer than its
client: it is answered before the client's deadline, and the database has no longer than that.
"""

import asyncio
import logging
import math
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sickbay_collector.core.errors import (
    BusyError,
    ConflictError,
    DeniedError,
    SickbayError,
    StoreError,
)
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.judge import Verdict
from sickbay_collector.core.record import Report
from sickbay_collector.services.ingest import Answer, Committed, RecordAnswer

log = logging.getLogger(__name__)

MAX_GROUP = 200
"""Reports in one commit; more would hold the interpreter for too long at a time."""
MAX_GROUP_RECORDS = 400
MAX_QUEUED_REPORTS = 4_000
MAX_QUEUED_BYTES = 8 << 20
"""On the wire; as values, the worst take ten times as much."""
MAX_DEVICE_REPORTS = 4
MAX_DEVICE_BYTES = 1 << 20
"""What one device may have waiting: an agent has one report, and all it sends is 1 MiB at most."""
MAX_WAIT_S = 15.0
"""A report that is not stored by then is answered so; longer than the longest transaction."""
# Of what a client has left, so much is spent on waiting; the rest is for the answer's way back.
_WAITING_SHARE = 0.9
# The least that a group gets, so that one hurried client does not fail the others, and the most.
_TRANSACTION_S = (2.0, 10.0)
_RETRY_AFTER_S = 2.0
MAX_TRIES = 5
"""Times that a report may fail by itself before it is rejected for good."""
_STOP = None


class Committer(Protocol):
    """Commits a group of reports; see `services.ingest.Ingest`."""

    def commit(self, reports: Sequence[Report], *, within_s: float | None = None) -> Committed:
        """Return only once the reports are durable; give up after `within_s`."""
        ...


class IngestMetrics(Protocol):
    """Takes figures of the ingest path; see `metrics.Metrics`."""

    def observe_commit(
        self, committed: Committed, *, duration_s: float, waited_s: Sequence[float], queued: int
    ) -> None:
        """Note one group commit: its duration, how long each report had waited, what waits now."""
        ...

    def count_commit_failure(self) -> None:
        """Note a group that could not be committed."""
        ...

    def count_refused(self) -> None:
        """Note a report that was turned away because too much was queued."""
        ...


@dataclass(slots=True)
class _Waiting:
    report: Report
    future: "asyncio.Future[Answer]"
    until_s: float
    """By `time.monotonic`; past it nobody waits for the answer."""
    since: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class _Share:
    """What one device has in the queue."""

    reports: int = 0
    size_bytes: int = 0

    @property
    def is_full(self) -> bool:
        return self.reports >= MAX_DEVICE_REPORTS or self.size_bytes >= MAX_DEVICE_BYTES

    def add(self, report: Report) -> None:
        self.reports += 1
        self.size_bytes += report.size_bytes

    def remove(self, report: Report) -> None:
        self.reports -= 1
        self.size_bytes -= report.size_bytes


class GroupWriter:
    """The one writer of reports."""

    def __init__(
        self,
        committer: Committer,
        metrics: IngestMetrics,
    ) -> None:
        self._committer = committer
        self._metrics = metrics
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._queued = 0
        self._queued_bytes = 0
        self._queued_of: dict[DeviceId, _Share] = {}
        # Reports of a device in a row that failed by themselves; only devices that fail are in it.
        self._failed: dict[DeviceId, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)

    @property
    def depth(self) -> int:
        """Reports that wait or are being committed."""
        return self._queued

    def start(self) -> None:
        """Start the thread; called on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Commit what is queued, then end the thread."""
        if self._thread.is_alive():
            self._queue.put(_STOP)
            self._thread.join()

    async def submit(self, report: Report, *, until_s: float = math.inf) -> Answer:
        """Return what became of a report, once it is durable.

        Args:
            report: What a device sent.
            until_s: When its client stops waiting, by `time.monotonic`; nobody waits longer than
                `MAX_WAIT_S`.

        Raises:
            BusyError: Too much is queued, or the database is too slow; the client is to come back
                later. In the second case the report may be stored.
            SickbayError: The group could not be committed; nothing of the report is stored.
        """
        self.require_room(report.device_id)
        loop = asyncio.get_running_loop()
        wait_s = min((until_s - time.monotonic()) * _WAITING_SHARE, MAX_WAIT_S)
        waiting = _Waiting(report, loop.create_future(), time.monotonic() + wait_s)
        self._queued += 1
        self._queued_bytes += report.size_bytes
        self._queued_of.setdefault(report.device_id, _Share()).add(report)
        self._queue.put(waiting)
        timer = loop.call_later(wait_s, _expire, waiting)
        try:
            # The handler is cancelled when the client gives up; the commit must not be.
            return await asyncio.shield(waiting.future)
        finally:
            timer.cancel()

    def require_room(self, device_id: DeviceId) -> None:
        """Return where a report of this device may join the queue now.

        A report that its client gave up counts until it is stored: asking again is not a way past.

        Raises:
            BusyError: Too much is queued, of all devices or of this one.
        """
        if self._queued >= MAX_QUEUED_REPORTS or self._queued_bytes >= MAX_QUEUED_BYTES:
            self._metrics.count_refused()
            raise BusyError("too many reports are queued", retry_after_s=_RETRY_AFTER_S)
        share = self._queued_of.get(device_id)
        if share is not None and share.is_full:
            self._metrics.count_refused()
            raise BusyError(
                "too many reports of this device are queued: await each answer",
                retry_after_s=_RETRY_AFTER_S,
            )

    def _run(self) -> None:
        group = self._gather()
        while group:
            try:
                self._commit_awaited(group)
            except Exception:  # such as a metric that fails; the answers are given
                log.exception("writer failed reports=%d", len(group))
            group = self._gather()

    def _gather(self) -> list[_Waiting]:
        """Wait for a report, then take all that wait with it, up to the limits of a group."""
        group: list[_Waiting] = []
        records = 0
        try:
            waiting = self._queue.get()
            while waiting is not _STOP:
                group.append(waiting)
                records += len(waiting.report.records)
                if len(group) >= MAX_GROUP or records >= MAX_GROUP_RECORDS:
                    return group
                waiting = self._queue.get_nowait()
        except queue.Empty:
            return group
        if group:
            self._queue.put(_STOP)
        return group

    def _commit_awaited(self, group: list[_Waiting]) -> None:
        """Commit what somebody waits for; the others were answered and will come again."""
        now_s = time.monotonic()
        awaited = [waiting for waiting in group if waiting.until_s > now_s]
        late = [waiting for waiting in group if waiting.until_s <= now_s]
        if late:
            self._fail(late, _too_slow())
        if awaited:
            self._commit(awaited)

    def _commit(self, group: list[_Waiting]) -> None:
        started = time.monotonic()
        waited_s = [started - waiting.since for waiting in group]
        try:
            committed = self._committer.commit(
                [waiting.report for waiting in group],
                within_s=_within_s(group, started),
            )
        except (BusyError, ConflictError, StoreError) as error:
            self._fail(group, error)
        except DeniedError as error:
            # Of one of the devices only, which was shut out while its report waited.
            if len(group) == 1:
                self._fail(group, error)
            else:
                self._commit_alone(group)
        except Exception:  # the thread must outlive any group; clients repeat theirs
            log.exception("group commit failed reports=%d", len(group))
            self._commit_alone(group)
        else:
            # Answers take the group out of what is queued, on the loop's thread and at once.
            queued = self._queued - len(group)
            self._answer(group, committed.answers)
            if self._failed:
                for waiting in group:
                    self._failed.pop(waiting.report.device_id, None)
            duration_s = time.monotonic() - started
            self._metrics.observe_commit(
                committed,
                duration_s=duration_s,
                waited_s=waited_s,
                queued=queued,
            )

    def _commit_alone(self, group: list[_Waiting]) -> None:
        """Commit each report by itself, so that the one that cannot be stored fails alone."""
        if len(group) == 1:
            self._fail_alone(group[0])
            return
        for waiting in group:
            self._commit([waiting])

    def _fail_alone(self, waiting: _Waiting) -> None:
        """Ask for the report again; after some times let the agent set it aside and go on.

        What fails may be our surroundings, which mend; but one record must not hold up its device
        for ever.
        """
        device_id = waiting.report.device_id
        tries = self._failed[device_id] = self._failed.get(device_id, 0) + 1
        if tries < MAX_TRIES:
            self._fail([waiting], StoreError("the report could not be stored"))
            return
        del self._failed[device_id]
        self._metrics.count_commit_failure()
        self._answer([waiting], [_rejected(waiting.report)])

    def _fail(self, group: list[_Waiting], error: SickbayError) -> None:
        self._metrics.count_commit_failure()
        self._answer(group, [error] * len(group))

    def _answer(self, group: list[_Waiting], answers: Sequence[Answer | SickbayError]) -> None:
        assert self._loop is not None  # noqa: S101 - start() set it before the thread began
        self._loop.call_soon_threadsafe(self._deliver, group, answers)

    def _deliver(self, group: list[_Waiting], answers: Sequence[Answer | SickbayError]) -> None:
        for waiting, answer in zip(group, answers, strict=True):
            self._queued -= 1
            self._queued_bytes -= waiting.report.size_bytes
            share = self._queued_of[waiting.report.device_id]
            share.remove(waiting.report)
            if not share.reports:
                del self._queued_of[waiting.report.device_id]
            if waiting.future.done():
                continue
            if isinstance(answer, SickbayError):
                waiting.future.set_exception(answer)
                # Whoever waited may be gone; then nobody else reads the exception.
                waiting.future.exception()
            else:
                waiting.future.set_result(answer)


def _rejected(report: Report) -> Answer:
    reason = "the collector failed on this report"
    return Answer(
        records=tuple(
            RecordAnswer(record.lane, record.seq, Verdict.REJECTED, reason, 0)
            for record in report.records
        ),
        marks={},
        missing_sections=(),
    )


def _within_s(group: Sequence[_Waiting], now_s: float) -> float:
    """Return how long the database may take: as long as the first of the group waits."""
    least_s, most_s = _TRANSACTION_S
    first_s = min(waiting.until_s for waiting in group)
    return min(max(first_s - now_s, least_s), most_s)


def _expire(waiting: _Waiting) -> None:
    if not waiting.future.done():
        waiting.future.set_exception(_too_slow())
        waiting.future.exception()


def _too_slow() -> BusyError:
    return BusyError("the database is too slow for the report", retry_after_s=_RETRY_AFTER_S)

"""Groups reports that arrive together and hands them to the one thread that writes.

The event loop awaits; the thread judges and commits. While a commit waits for the disk the next
group gathers, so the group grows with the load. A client that gives up does not undo its report:
the commit goes on, and a repeated report is a duplicate.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.errors import (
    BusyError,
    ConflictError,
    SickbayError,
    StoreError,
)
from sickbay_collector.core.record import Report
from sickbay_collector.services.ingest import Answer, Committed

log = logging.getLogger(__name__)

MAX_GROUP = 200
"""Reports in one commit; more would hold the interpreter for too long at a time."""
MAX_GROUP_RECORDS = 400
MAX_QUEUED_REPORTS = 4_000
MAX_QUEUED_BYTES = 64 << 20
_STOP = None


class Committer(Protocol):
    """Commits a group of reports; see `services.ingest.Ingest`."""

    def commit(self, reports: Sequence[Report], *, now: datetime) -> Committed:
        """Return only once the reports are durable."""
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
    since: float = field(default_factory=time.monotonic)


class GroupWriter:
    """The one writer of reports."""

    def __init__(
        self,
        committer: Committer,
        metrics: IngestMetrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._committer = committer
        self._metrics = metrics
        self._clock = clock
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._queued = 0
        self._queued_bytes = 0
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

    async def submit(self, report: Report) -> Answer:
        """Return what became of a report, once it is durable.

        Raises:
            BusyError: Too much is queued; the client is to come back later.
            SickbayError: The group could not be committed; nothing of the report is stored.
        """
        if self._queued >= MAX_QUEUED_REPORTS or self._queued_bytes >= MAX_QUEUED_BYTES:
            self._metrics.count_refused()
            raise BusyError("too many reports are queued", retry_after_s=2.0)
        waiting = _Waiting(report, asyncio.get_running_loop().create_future())
        self._queued += 1
        self._queued_bytes += report.size_bytes
        self._queue.put(waiting)
        # The handler is cancelled at the client's deadline; the commit must not be.
        return await asyncio.shield(waiting.future)

    def _run(self) -> None:
        group = self._gather()
        while group:
            self._commit(group)
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

    def _commit(self, group: list[_Waiting]) -> None:
        started = time.monotonic()
        waited_s = [started - waiting.since for waiting in group]
        try:
            committed = self._committer.commit(
                [waiting.report for waiting in group], now=self._clock()
            )
        except (BusyError, ConflictError, StoreError) as error:
            self._fail(group, error)
        except Exception:  # the thread must outlive any group; clients repeat theirs
            log.exception("group commit failed reports=%d", len(group))
            self._commit_alone(group)
        else:
            duration_s = time.monotonic() - started
            self._metrics.observe_commit(
                committed,
                duration_s=duration_s,
                waited_s=waited_s,
                queued=self._queued - len(group),
            )
            self._answer(group, committed.answers)

    def _commit_alone(self, group: list[_Waiting]) -> None:
        """Commit each report by itself, so that the one that cannot be stored fails alone."""
        if len(group) == 1:
            self._fail(group, StoreError("the report could not be stored"))
            return
        for waiting in group:
            self._commit([waiting])

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
            if waiting.future.cancelled():
                continue
            if isinstance(answer, SickbayError):
                waiting.future.set_exception(answer)
                # Whoever waited may be gone; then nobody else reads the exception.
                waiting.future.exception()
            else:
                waiting.future.set_result(answer)

"""Reports wait, are committed in groups, and are answered only when they are durable."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from sickbay_collector.core.device import Goodbye
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
from sickbay_collector.rpc.writer import (
    MAX_DEVICE_BYTES,
    MAX_DEVICE_REPORTS,
    MAX_GROUP,
    MAX_QUEUED_BYTES,
    MAX_QUEUED_REPORTS,
    MAX_TRIES,
    GroupWriter,
    _Waiting,
)
from sickbay_collector.services.ingest import Answer, Committed

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
_ANSWER = Answer(records=(), marks={}, missing_sections=())


def a_report(name: str = "one", *, size_bytes: int = 100) -> Report:
    return Report(
        device_id=DeviceId(name),
        records=(),
        received_at=NOW,
        sent_at=None,
        goodbye=Goodbye.NONE,
        report_interval_s=60.0,
        agent_version="",
        capabilities=(),
        platform="",
        size_bytes=size_bytes,
    )


@dataclass
class Commits:
    """A committer that does what the test says, while the gate is open."""

    judge: Callable[[Sequence[Report]], None] = lambda _: None
    groups: list[list[str]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def commit(self, reports: Sequence[Report], *, within_s: float | None = None) -> Committed:
        assert self.gate.wait(20)
        assert within_s is not None
        self.groups.append([report.device_id for report in reports])
        self.judge(reports)
        return Committed(answers=(_ANSWER,) * len(reports), ticket_events=())


@dataclass
class Figures:
    """Counts what the writer tells."""

    commits: int = 0
    failures: int = 0
    refused: int = 0

    def observe_commit(
        self, committed: Committed, *, duration_s: float, waited_s: Sequence[float], queued: int
    ) -> None:
        assert len(committed.answers) == len(waited_s)
        assert duration_s >= 0
        assert queued >= 0
        self.commits += 1

    def count_commit_failure(self) -> None:
        self.failures += 1

    def count_refused(self) -> None:
        self.refused += 1


@contextmanager
def running(commits: Commits, figures: Figures | None = None) -> Iterator[GroupWriter]:
    """Hold a writer that runs; it is stopped when all is committed."""
    writer = GroupWriter(commits, figures or Figures())
    writer.start()
    try:
        yield writer
    finally:
        commits.gate.set()
        writer.stop()


async def hand_in(writer: GroupWriter, report: Report, *, patience_s: float = 30.0) -> Answer:
    """Submit a report whose client waits this long."""
    return await writer.submit(report, until_s=time.monotonic() + patience_s)


async def submitted(writer: GroupWriter, *names: str) -> list[Answer | BaseException]:
    """Hand in reports at once; return what became of each."""
    calls = [asyncio.ensure_future(hand_in(writer, a_report(name))) for name in names]
    await asyncio.sleep(0)
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_a_report_is_answered_after_its_commit() -> None:
    """As long as the commit waits for the disk, so does the answer."""
    commits = Commits()
    with running(commits) as writer:
        call = asyncio.ensure_future(hand_in(writer, a_report()))
        await asyncio.sleep(0)
        assert not call.done()
        assert writer.depth == 1
        commits.gate.set()

        assert await call == _ANSWER
        assert writer.depth == 0


async def test_reports_that_wait_become_one_group() -> None:
    """The first is on its way; the others gather behind it, in order, up to the limit."""
    commits, figures = Commits(), Figures()
    names = [f"{number:04}" for number in range(MAX_GROUP + 50)]
    with running(commits, figures) as writer:
        first = asyncio.ensure_future(hand_in(writer, a_report("first")))
        await asyncio.sleep(0)
        calls = asyncio.gather(*(hand_in(writer, a_report(name)) for name in names))
        await asyncio.sleep(0)
        commits.gate.set()
        await asyncio.gather(first, calls)

    assert ["first", *names] == [name for group in commits.groups for name in group]
    assert max(map(len, commits.groups)) <= MAX_GROUP
    assert len(commits.groups) <= 4
    assert len(commits.groups) == figures.commits


class _Outrun(GroupWriter):
    """Its answers are with their clients before it goes on."""

    def _answer(self, group: list[_Waiting], answers: Sequence[Answer | SickbayError]) -> None:
        super()._answer(group, answers)
        delivered = threading.Event()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(delivered.set)
        assert delivered.wait(20)


async def test_what_is_queued_is_counted_before_the_answers() -> None:
    """They leave the queue by themselves: reckoned afterwards, it would be less than nothing."""
    commits, figures = Commits(), Figures()
    commits.gate.set()
    writer = _Outrun(commits, figures)
    writer.start()
    await hand_in(writer, a_report())
    await asyncio.to_thread(writer.stop)

    assert figures.commits == 1


async def test_a_client_that_gives_up_does_not_undo_its_report() -> None:
    """Its deadline cancels the handler, never the commit."""
    commits = Commits()
    with running(commits) as writer:
        call = asyncio.ensure_future(hand_in(writer, a_report()))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        commits.gate.set()
        assert await submitted(writer, "other") == [_ANSWER]

    assert [name for group in commits.groups for name in group] == ["one", "other"]


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(StoreError("disk full"), id="store"),
        pytest.param(ConflictError("written elsewhere"), id="conflict"),
        pytest.param(BusyError("locked", retry_after_s=1.0), id="busy"),
    ],
)
async def test_a_commit_that_fails_answers_nobody(error: Exception) -> None:
    """Each of the group gets the error; the next group is tried as if nothing was."""

    def fail(_: Sequence[Report]) -> None:
        if len(commits.groups) == 1:
            raise error

    commits, figures = Commits(fail), Figures()
    commits.gate.set()
    with running(commits, figures) as writer:
        failed = await submitted(writer, "one")
        after = await submitted(writer, "one")
        assert writer.depth == 0

    assert [error] == failed
    assert after == [_ANSWER]
    assert figures.failures == 1


async def test_one_report_that_cannot_be_stored_fails_alone() -> None:
    """Its neighbours in the group are committed; its error says nothing of the inside."""

    def judge(reports: Sequence[Report]) -> None:
        if any(report.device_id == "poison" for report in reports):
            raise ValueError("CANARY")

    commits = Commits(judge)
    with running(commits) as writer:
        call = asyncio.ensure_future(submitted(writer, "before", "poison", "after"))
        await asyncio.sleep(0)
        commits.gate.set()
        before, poisoned, after = await call

    assert before == _ANSWER
    assert after == _ANSWER
    assert isinstance(poisoned, StoreError)
    assert "CANARY" not in str(poisoned)


async def test_who_was_shut_out_meanwhile_is_denied_alone() -> None:
    """Its neighbours in the group are committed; alone in a group it gets the same answer."""

    def judge(reports: Sequence[Report]) -> None:
        if any(report.device_id == "ended" for report in reports):
            raise DeniedError("the device is revoked or unknown")

    commits = Commits(judge)
    with running(commits) as writer:
        call = asyncio.ensure_future(submitted(writer, "before", "ended", "after"))
        await asyncio.sleep(0)
        commits.gate.set()
        before, denied, after = await call
        (alone,) = await submitted(writer, "ended")

    assert (before, after) == (_ANSWER, _ANSWER)
    assert isinstance(denied, DeniedError)
    assert isinstance(alone, DeniedError)


async def test_a_full_queue_turns_reports_away() -> None:
    """With a time to come back; what waits is kept."""
    commits, figures = Commits(), Figures()
    with running(commits, figures) as writer:
        calls = [
            asyncio.ensure_future(hand_in(writer, a_report(f"pc-{number}")))
            for number in range(MAX_QUEUED_REPORTS)
        ]
        await asyncio.sleep(0)
        with pytest.raises(BusyError) as refused:
            await hand_in(writer, a_report())
        commits.gate.set()
        answers = await asyncio.gather(*calls)
        assert await hand_in(writer, a_report()) == _ANSWER

    assert refused.value.retry_after_s > 0
    assert figures.refused == 1
    assert answers == [_ANSWER] * MAX_QUEUED_REPORTS


async def test_the_bytes_that_wait_are_limited() -> None:
    """A few huge reports fill the queue as well as many small ones."""
    commits = Commits()
    with running(commits) as writer:
        call = asyncio.ensure_future(hand_in(writer, a_report(size_bytes=MAX_QUEUED_BYTES)))
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await hand_in(writer, a_report("two", size_bytes=1))
        commits.gate.set()
        assert await call == _ANSWER


@pytest.mark.parametrize(
    ("count", "size_bytes"),
    [
        pytest.param(MAX_DEVICE_REPORTS, 100, id="many"),
        pytest.param(1, MAX_DEVICE_BYTES, id="large"),
        pytest.param(2, MAX_DEVICE_BYTES // 2, id="two of half the size"),
    ],
)
async def test_one_device_has_its_share_of_the_queue(count: int, size_bytes: int) -> None:
    """One more is turned away with a time to come back; other devices are not."""
    commits, figures = Commits(), Figures()
    with running(commits, figures) as writer:
        mine = [a_report(size_bytes=size_bytes) for _ in range(count)]
        calls = [asyncio.ensure_future(hand_in(writer, one)) for one in [*mine, a_report("two")]]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="of this device") as refused:
            await hand_in(writer, a_report(size_bytes=1))
        commits.gate.set()
        answers = await asyncio.gather(*calls)
        assert await hand_in(writer, a_report(size_bytes=1)) == _ANSWER

    assert refused.value.retry_after_s > 0
    assert (figures.refused, len(answers)) == (1, count + 1)


async def test_a_report_that_was_given_up_still_counts() -> None:
    """Who cancels and calls again gets no further into the queue."""
    commits = Commits()
    with running(commits) as writer:
        for _ in range(MAX_DEVICE_REPORTS):
            call = asyncio.ensure_future(hand_in(writer, a_report()))
            await asyncio.sleep(0)
            call.cancel()
        with pytest.raises(BusyError, match="of this device"):
            await hand_in(writer, a_report())
        commits.gate.set()


async def test_stopping_commits_what_waits() -> None:
    """Nothing that was taken is left behind."""
    commits = Commits()
    writer = GroupWriter(commits, Figures())
    writer.start()
    calls = [asyncio.ensure_future(hand_in(writer, a_report(str(n)))) for n in range(5)]
    await asyncio.sleep(0)
    commits.gate.set()
    await asyncio.to_thread(writer.stop)

    assert await asyncio.gather(*calls) == [_ANSWER] * 5


async def test_a_writer_that_was_never_started_stops() -> None:
    """A start that failed half-way stops all the same."""
    writer = GroupWriter(Commits(), Figures())
    writer.stop()

    assert writer.depth == 0


async def test_a_report_that_fails_for_ever_is_set_aside() -> None:
    """Its device is asked again four times; the fifth answer lets it go on."""

    def judge(_: Sequence[Report]) -> None:
        raise ValueError("CANARY")

    commits = Commits(judge)
    commits.gate.set()
    with running(commits) as writer:
        outcomes = [await submitted(writer, "poison") for _ in range(MAX_TRIES)]

    *before, last = [outcome for (outcome,) in outcomes]
    assert [type(one) for one in before] == [StoreError] * (MAX_TRIES - 1)
    assert isinstance(last, Answer)
    assert {record.verdict for record in last.records} <= {Verdict.REJECTED}

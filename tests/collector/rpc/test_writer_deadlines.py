"""No report waits longer than its client, and the database gets no longer than that."""

import asyncio
import selectors
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from sickbay_collector.core.device import Goodbye
from sickbay_collector.core.errors import BusyError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.record import Report
from sickbay_collector.rpc.writer import GroupWriter
from sickbay_collector.services.ingest import Answer, Committed

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LONG_S = 3600.0
_ANSWER = Answer(records=(), marks={}, missing_sections=())


@dataclass
class SlowCommits:
    """A database that answers only while the gate is open."""

    gate: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    groups: list[list[str]] = field(default_factory=list)
    within_s: list[float] = field(default_factory=list)

    def commit(self, reports: Sequence[Report], *, within_s: float | None = None) -> Committed:
        assert within_s is not None
        self.within_s.append(within_s)
        self.begun.set()
        assert self.gate.wait(20)
        self.groups.append([report.device_id for report in reports])
        return Committed(answers=(_ANSWER,) * len(reports), ticket_events=())


class Figures:
    """Takes figures and drops them."""

    def observe_commit(
        self, committed: Committed, *, duration_s: float, waited_s: Sequence[float], queued: int
    ) -> None: ...

    def count_commit_failure(self) -> None: ...

    def count_refused(self) -> None: ...


def a_report(name: str) -> Report:
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
        size_bytes=100,
    )


def _running(stack: ExitStack, commits: SlowCommits) -> GroupWriter:
    writer = GroupWriter(commits, Figures())
    writer.start()
    stack.callback(writer.stop)
    stack.callback(commits.gate.set)
    return writer


async def _send(writer: GroupWriter, name: str, left_s: float) -> Answer:
    return await writer.submit(a_report(name), until_s=time.monotonic() + left_s)


class _Skipping(selectors.SelectSelector):
    """Goes on at once where others wait for a timer."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0 if timeout is not None else None)
        if not found:
            self.skipped_s += timeout or 0.0
        return found


class _QuickLoop(asyncio.SelectorEventLoop):
    """A loop whose time is that of its timers and nothing else, however busy the machine is."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.skipped_s


def test_a_client_is_told_before_it_gives_up() -> None:
    """While the database hangs, and again and again."""

    async def waited_s() -> list[float]:
        loop, waits = asyncio.get_running_loop(), list[float]()
        with ExitStack() as stack:
            writer = _running(stack, SlowCommits())
            for name in ("one", "two"):
                began = loop.time()
                with pytest.raises(BusyError, match="too slow") as raised:
                    await _send(writer, name, 10.0)
                waits.append(loop.time() - began)
                assert raised.value.retry_after_s == 2.0
        return waits

    with asyncio.Runner(loop_factory=_QuickLoop) as runner:
        waits = runner.run(waited_s())

    assert all(5.0 < one <= 9.0 for one in waits), waits


async def test_what_nobody_waits_for_any_more_is_not_committed() -> None:
    """Its client was told and sends it again; the queue forgets it."""
    commits = SlowCommits()
    with ExitStack() as stack:
        writer = _running(stack, commits)
        first = asyncio.ensure_future(_send(writer, "first", LONG_S))
        await asyncio.sleep(0)
        assert await asyncio.to_thread(commits.begun.wait, 20)
        with pytest.raises(BusyError):
            await _send(writer, "hurried", 0.05)
        patient = asyncio.ensure_future(_send(writer, "patient", LONG_S))
        await asyncio.sleep(0)
        commits.gate.set()

        assert list(await asyncio.gather(first, patient)) == [_ANSWER, _ANSWER]
        assert writer.depth == 0
    assert commits.groups == [["first"], ["patient"]]


@pytest.mark.parametrize(
    ("left_s", "least_s", "most_s"),
    [
        pytest.param(0.5, 2.0, 2.0, id="a hurried client does not fail its neighbours"),
        pytest.param(10.0, 4.0, 9.0, id="nine tenths of what the client has left"),
        pytest.param(LONG_S, 10.0, 10.0, id="never longer than a transaction may take"),
    ],
)
async def test_the_database_gets_as_long_as_the_first_client_waits(
    left_s: float, least_s: float, most_s: float
) -> None:
    commits = SlowCommits()
    commits.gate.set()
    with ExitStack() as stack:
        writer = _running(stack, commits)
        await _send(writer, "one", left_s)

    assert least_s <= commits.within_s[0] <= most_s

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.scheduler import Job, JobStats, Scheduler

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FakeTime:
    """A clock that moves only by waiting and by work; it says stop after so many waits."""

    def __init__(self, *, waits: int = 0) -> None:
        self.now_s = 0.0
        self.waits_left = waits
        self.waited: list[float | None] = []
        self.stopped = False

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.now_s)

    def monotonic(self) -> float:
        return self.now_s

    def set(self) -> None:
        self.stopped = True

    def is_set(self) -> bool:
        return self.stopped

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        self.now_s += timeout or 0.0
        self.waits_left -= 1
        if self.waits_left <= 0:
            self.stopped = True
        return self.stopped


def a_scheduler(time: FakeTime, *jobs: Job) -> Scheduler:
    return Scheduler(jobs, clock=time.clock, monotonic=time.monotonic, stop=time)


def working(time: FakeTime, took_s: float, starts: list[datetime]) -> Callable[[datetime], object]:
    """Return a job's work that takes so long and notes when it began."""

    def run(now: datetime) -> None:
        starts.append(now)
        time.now_s += took_s

    return run


def failing(_now: datetime) -> None:
    raise RuntimeError("no database")


def test_job_runs_at_once_and_then_an_interval_after_each_end() -> None:
    time, starts = FakeTime(waits=3), list[datetime]()
    scheduler = a_scheduler(time, Job(name="tidy", interval_s=60, run=working(time, 2.5, starts)))
    scheduler.loop("tidy")

    assert [(start - START).total_seconds() for start in starts] == [0.0, 62.5, 125.0]
    assert time.waited == [60, 60, 60]


def test_stats_count_durations_and_the_last_success() -> None:
    time, starts = FakeTime(waits=2), list[datetime]()
    scheduler = a_scheduler(time, Job(name="tidy", interval_s=60, run=working(time, 2.5, starts)))

    assert scheduler.stats() == (JobStats(name="tidy"),)

    scheduler.loop("tidy")

    assert scheduler.stats() == (
        JobStats(
            name="tidy",
            successes=2,
            failures=0,
            duration_total_s=5.0,
            last_duration_s=2.5,
            last_success_at=START + timedelta(seconds=62.5),
        ),
    )


def test_failing_job_is_logged_counted_and_run_again(caplog: pytest.LogCaptureFixture) -> None:
    time = FakeTime(waits=2)
    scheduler = a_scheduler(time, Job(name="tidy", interval_s=60, run=failing))
    scheduler.loop("tidy")
    (stats,) = scheduler.stats()

    assert (stats.successes, stats.failures, stats.last_success_at) == (0, 2, None)
    assert [record.getMessage() for record in caplog.records] == [
        "job.failed job=tidy duration_s=0.000"
    ] * 2


def test_failure_keeps_the_last_success() -> None:
    time, starts = FakeTime(), list[datetime]()
    outcomes = [working(time, 1.0, starts), failing]

    def run(now: datetime) -> None:
        outcomes.pop(0)(now)

    scheduler = a_scheduler(time, Job(name="tidy", interval_s=60, run=run))

    assert (scheduler.run_once("tidy"), scheduler.run_once("tidy")) == (True, False)

    (stats,) = scheduler.stats()

    assert (stats.successes, stats.failures, stats.last_success_at) == (1, 1, START)


def test_stopped_scheduler_runs_nothing() -> None:
    time, starts = FakeTime(), list[datetime]()
    time.set()
    a_scheduler(time, Job(name="tidy", interval_s=60, run=working(time, 1, starts))).loop("tidy")

    assert starts == []


def test_one_job_does_not_wait_for_another() -> None:
    """Each has its own thread: the first ends only because the second runs meanwhile."""
    second_ran, first_ended = threading.Event(), threading.Event()

    def first(_now: datetime) -> None:
        if second_ran.wait(timeout=30):
            first_ended.set()

    scheduler = Scheduler(
        [
            Job(name="first", interval_s=3600, run=first),
            Job(name="second", interval_s=3600, run=lambda _: second_ran.set()),
        ],
        clock=lambda: START,
        monotonic=lambda: 0.0,
        stop=threading.Event(),
    )
    scheduler.start()

    assert first_ended.wait(timeout=30)
    assert scheduler.close(timeout_s=30) == ()


def test_close_names_what_is_still_busy(caplog: pytest.LogCaptureFixture) -> None:
    began, let_go, stop = threading.Event(), threading.Event(), threading.Event()

    def run(_now: datetime) -> None:
        began.set()
        let_go.wait(timeout=30)

    scheduler = Scheduler(
        [Job(name="slow", interval_s=1, run=run)],
        clock=lambda: START,
        monotonic=lambda: 0.0,
        stop=stop,
    )
    scheduler.start()
    began.wait(timeout=30)
    busy = scheduler.close(timeout_s=0)
    let_go.set()

    assert busy == ("job-slow",)
    assert "scheduler.busy threads=job-slow" in caplog.text
    assert scheduler.close(timeout_s=30) == ()


@pytest.mark.parametrize(
    ("jobs", "says"),
    [
        pytest.param(
            [
                Job(name="tidy", interval_s=1, run=failing),
                Job(name="tidy", interval_s=1, run=failing),
            ],
            "job names must differ: tidy, tidy",
            id="same-name",
        ),
        pytest.param(
            [Job(name="tidy", interval_s=0, run=failing)],
            "job tidy: interval 0 s must be above 0",
            id="no-interval",
        ),
    ],
)
def test_wrong_jobs_are_refused(jobs: list[Job], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        a_scheduler(FakeTime(), *jobs)

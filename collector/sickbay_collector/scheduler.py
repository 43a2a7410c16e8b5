"""Runs named jobs at intervals, each in its own thread; none can hold up or break another.

A job's next run begins its interval after the end of the one before, so a job never overlaps
itself.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.errors import SickbayError
from sickbay_collector.services.ports import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do again and again."""

    name: str
    interval_s: float
    """From the end of one run to the begin of the next."""
    run: Callable[[datetime], object]
    """Gets the time at which it starts; what it returns is not used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStats:
    """What became of a job's runs since the start."""

    name: str
    successes: int = 0
    failures: int = 0
    duration_total_s: float = 0.0
    last_duration_s: float | None = None
    """None before the end of the first run."""
    last_success_at: datetime | None = None
    """None before the first success."""


class StopSignal(Protocol):
    """Says when to stop; `threading.Event` is one."""

    def set(self) -> None:
        """Ask everybody to stop."""
        ...

    def is_set(self) -> bool:
        """Return whether to stop."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the signal, at most `timeout` seconds; return whether to stop."""
        ...


class Scheduler:
    """Owns one thread for each job.

    Args:
        jobs: Their names must differ.
        clock: The time that jobs get and that their last success is noted with.
        monotonic: Seconds that never go back, for durations.
        stop: Ends all waiting when it is set.

    Raises:
        ValueError: Two jobs have one name, or an interval is not above 0.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        clock: Clock,
        monotonic: Callable[[], float],
        stop: StopSignal,
    ) -> None:
        for job in jobs:
            if job.interval_s <= 0:
                raise ValueError(f"job {job.name}: interval {job.interval_s} s must be above 0")
        self._jobs = {job.name: job for job in jobs}
        if len(self._jobs) != len(jobs):
            raise ValueError(f"job names must differ: {', '.join(job.name for job in jobs)}")
        self._clock = clock
        self._monotonic = monotonic
        self._stop = stop
        # Each thread replaces its own job's value whole, so readers need no lock.
        self._stats = {job.name: JobStats(name=job.name) for job in jobs}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start every job; each runs for the first time at once."""
        for job in self._jobs.values():
            # A daemon: a job that hangs must not keep the process from ending after `close`.
            thread = threading.Thread(
                target=self.loop, args=(job.name,), name=f"job-{job.name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def close(self, *, timeout_s: float) -> tuple[str, ...]:
        """Ask all jobs to stop, wait for runs under way, and return the threads still busy.

        Args:
            timeout_s: How long to wait for all of them together.
        """
        self._stop.set()
        until_s = self._monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, until_s - self._monotonic()))
        busy = tuple(thread.name for thread in self._threads if thread.is_alive())
        if busy:
            log.warning("scheduler.busy threads=%s timeout_s=%s", ",".join(busy), timeout_s)
        return busy

    def stats(self) -> tuple[JobStats, ...]:
        """Return every job's counters, in the order of the jobs."""
        return tuple(self._stats[name] for name in self._jobs)

    def loop(self, name: str) -> None:
        """Run a job until the stop signal; what its thread does."""
        job = self._jobs[name]
        while not self._stop.is_set():
            self.run_once(name)
            if self._stop.wait(job.interval_s):
                return

    def run_once(self, name: str) -> bool:
        """Run a job now, in this thread, and return whether it succeeded.

        The boundary that isolates jobs: whatever one raises is logged and counted, and it runs
        again after its interval.
        """
        job = self._jobs[name]
        at, began_s = self._clock(), self._monotonic()
        try:
            job.run(at)
        except SickbayError as error:
            # An outage of the database is not news for each job again and again.
            log.warning("job.failed job=%s error=%s", name, error)
            self._note(name, self._monotonic() - began_s, success_at=None)
            return False
        except Exception:
            took_s = self._monotonic() - began_s
            log.exception("job.failed job=%s duration_s=%.3f", name, took_s)
            self._note(name, took_s, success_at=None)
            return False
        self._note(name, self._monotonic() - began_s, success_at=at)
        return True

    def _note(self, name: str, took_s: float, *, success_at: datetime | None) -> None:
        old = self._stats[name]
        self._stats[name] = replace(
            old,
            successes=old.successes + (success_at is not None),
            failures=old.failures + (success_at is None),
            duration_total_s=old.duration_total_s + took_s,
            last_duration_s=took_s,
            last_success_at=success_at if success_at is not None else old.last_success_at,
        )

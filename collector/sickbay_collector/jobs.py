"""What a collector does by the clock: deliver, sweep SLA clocks, run timers, close, drop.

Jobs that must run once for all collectors of a database hold a lease; the others do no harm twice.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import SystemRandom

from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.desk.coverage import coverage, gap_minutes
from sickbay_collector.core.history import Resolution
from sickbay_collector.db.partitions import keep_partitions
from sickbay_collector.db.pulse import INTERVAL_S, Pulse
from sickbay_collector.db.vacuum import give_back
from sickbay_collector.metrics import Metrics
from sickbay_collector.notify.registry import Channels
from sickbay_collector.notify.worker import Worker
from sickbay_collector.scheduler import Job
from sickbay_collector.services.book.shelf import Shelf
from sickbay_collector.services.desk import close_expired
from sickbay_collector.services.history_upkeep import close_left_open, drop_expired, roll_up_days
from sickbay_collector.services.leases import LeasedJobs
from sickbay_collector.services.notice_upkeep import drop_told
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.services.sla_sweep import recount, sweep
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.timers import Ran, TimerHandler, run_due
from sickbay_collector.services.waiting_tickets import WaitingTickets
from sickbay_collector.storage import Storage


class Jobs:
    """Makes the jobs of one collector.

    Args:
        config: Retention, among others.
        storage: The database.
        metrics: Where runs are counted.
        pulse: Whether the database answers.
        shelf: What is configured.
        leases: Which jobs are this process's.
        channels: Where messages can go.
        stop: Ends the pauses of long jobs.
    """

    def __init__(
        self,
        config: CollectorConfig,
        storage: Storage,
        metrics: Metrics,
        *,
        pulse: Pulse,
        shelf: Shelf,
        leases: LeasedJobs,
        channels: Channels,
        stop: threading.Event,
    ) -> None:
        self._config = config
        self._storage = storage
        self._metrics = metrics
        self._pulse = pulse
        self._shelf = shelf
        self._leases = leases
        self._channels = channels
        self._stop = stop
        self._recounted = ""
        self._waiting = WaitingTickets(storage.open_reads, self._wait)

    def jobs(
        self,
        handlers: Mapping[str, TimerHandler],
        pages: Mapping[str, Callable[[datetime], object]],
    ) -> Sequence[Job]:
        """Return all jobs, each counted in the metrics.

        Args:
            handlers: Who handles timers that need more than the transaction, by kind.
            pages: What open pages of the console need each second, by name.
        """
        timers = partial(self._run_timers, {**HANDLERS, **handlers})
        open_uow = self._storage.open_uow
        worker = Worker(
            open_uow,
            self._channels,
            draw=SystemRandom().random,
            elapsed=time.monotonic,
            observe=self._metrics.count_delivery,
            template_failed=self._metrics.count_template_failure,
        )
        return (
            *(self._job(name, 1.0, work) for name, work in pages.items()),
            self._job("feel_database", INTERVAL_S, lambda _: self._pulse.feel()),
            self._job("deliver", 2.0, worker.deliver),
            self._job("follow_config", 1.0, self._follow_config),
            self._job("sla_sweep", 1.0, self._sweep_sla),
            self._job("sla_recount", 10.0, self._recount_sla),
            self._job("coverage", 300.0, self._look_for_gaps),
            self._job("timers", 1.0, timers),
            self._leased("route_waiting", 10.0, self._waiting.route),
            self._leased("close_resolved", 60.0, close_expired),
            self._leased("close_hours", 600.0, self._close_hours),
            self._leased("roll_up_days", 600.0, self._roll_up_days),
            self._leased("drop_history", 3600.0, self._drop_history),
            self._leased("drop_told", 3600.0, self._drop_told),
        )

    def _follow_config(self, now: datetime) -> None:
        del now
        in_force = self._shelf.follow()
        self._metrics.set_config(self._shelf.now.revision, in_force=in_force)

    def _sweep_sla(self, now: datetime) -> None:
        sweep(self._storage.open_reads, self._storage.open_uow, now, self._wait)

    def _recount_sla(self, now: datetime) -> None:
        """Reckon open clocks anew once after the calendars changed."""
        version = self._storage.book().sla.version
        if version != self._recounted:
            recount(self._storage.open_uow, now, self._wait)
            self._recounted = version

    def _look_for_gaps(self, now: datetime) -> None:
        book, until = self._storage.book(), now + timedelta(days=7)
        gaps = coverage(book, now, until)
        self._metrics.set_coverage_gaps(gap_minutes(book, gaps, now, until))

    def _run_timers(self, handlers: Mapping[str, TimerHandler], now: datetime) -> None:
        storage = self._storage
        run_due(
            storage.open_reads,
            storage.open_uow,
            handlers,
            now,
            self._wait,
            told=self._count_timer,
        )

    def _count_timer(self, ran: Ran) -> None:
        late_s = time.time() - ran.timer.due_at.timestamp()
        self._metrics.run_timer(ran.timer.kind, ok=ran.ok, late_s=late_s)

    def _leased(
        self, name: str, interval_s: float, work: Callable[[OpenUnitOfWork, datetime], object]
    ) -> Job:
        """Return a job that one of all collectors runs."""
        return self._job(
            name, interval_s, lambda now: self._leases.run(name, interval_s, work, now)
        )

    def _wait(self, seconds: float) -> bool:
        """Pause a job; return whether it should stop."""
        return self._stop.wait(seconds)

    def _close_hours(self, open_uow: OpenUnitOfWork, now: datetime) -> None:
        close_left_open(open_uow, now, self._wait)

    def _roll_up_days(self, open_uow: OpenUnitOfWork, now: datetime) -> None:
        roll_up_days(open_uow, now, self._wait)

    def _drop_history(self, open_uow: OpenUnitOfWork, now: datetime) -> None:
        """Make and drop partitions, then drop rows, then give back what is free."""
        retention = self._config.retention
        kept_from = {one: retention.first_kept(one, now) for one in Resolution}
        keep_partitions(self._storage.engine, kept_from, now)
        drop_expired(open_uow, retention, now, self._wait)
        give_back(self._storage.engine, self._wait)

    def _drop_told(self, open_uow: OpenUnitOfWork, now: datetime) -> None:
        drop_told(open_uow, now, self._wait)

    def _job(self, name: str, interval_s: float, run: Callable[[datetime], object]) -> Job:
        """Return a job whose runs show in the metrics."""

        def counted(now: datetime) -> None:
            began, ok = time.monotonic(), False
            try:
                run(now)
                ok = True
            finally:
                self._metrics.run_job(
                    name,
                    ok=ok,
                    duration_s=time.monotonic() - began,
                    ended_at_s=time.time(),
                )

        return Job(name=name, interval_s=interval_s, run=counted)

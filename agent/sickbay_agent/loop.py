"""The agent's rhythm: sample, store, send; one thread, every clock and wait an argument.

Samples are taken and stored whatever the network does. A report leaves at once after a start,
then in the device's own phase, just after a sample; at once when a watch line is crossed; after a
failure when the backoff says so, for ever.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from sickbay_agent.backoff import Backoff, next_in_phase, share, splay_s
from sickbay_agent.clock import Clock
from sickbay_agent.config import AgentConfig
from sickbay_agent.deliver import Courier
from sickbay_agent.errors import AgentError, SpoolError
from sickbay_agent.exchange import CallError, Goodbye, Reaction, Settings
from sickbay_agent.model.record import ProblemReport
from sickbay_agent.observe import Observer
from sickbay_agent.session import Session
from sickbay_agent.settings import SettingsFile, accepted, behaviour
from sickbay_agent.sleep import Sleep
from sickbay_agent.spool.spool import Spool

log = logging.getLogger(__name__)

# A lane is drained with one batch a second, so that a fleet that was cut off does not flood.
DRAIN_PAUSE_S = 1.0
# From this interval on the connection is closed between reports.
CLOSE_FROM_S = 300.0
REFUSED_PAUSE_S = 3600.0
# A sample that comes due a moment late is still in the report that follows it.
_AFTER_SAMPLE_S = 0.25
GOODBYE_DEADLINE_S = 3.0
# The two clocks are read one after the other; less than this is no sleep.
_SUSPEND_S = 2.0
# Between the goodbye and the sleep; after it reports go on if the device did not sleep after all.
_FALL_ASLEEP_S = 30.0


class Waits(Protocol):
    """What the loop needs of the waiter."""

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after some seconds, or at once when told to stop."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How the agent fares: the part of its status that the loop knows."""

    last_sample_at: datetime | None = None
    last_ack_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    next_report_at: datetime | None = None
    clock_offset_s: float | None = None
    last_suspend_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the loop works with."""

    config: AgentConfig
    clock: Clock
    waiter: Waits
    rng: Random
    spool: Spool
    observer: Observer
    courier: Courier
    session: Session
    settings_file: SettingsFile
    take_problems: Callable[[], list[ProblemReport]]
    """Returns the problem reports that users wrote since the last call."""
    sleep: Sleep
    """Tells when the device is about to sleep."""
    goodbye: Callable[[], Goodbye]
    """Returns why the agent stops."""
    instance_id: str
    """Stands for the device until it has an id."""
    publish: Callable[[Progress], None]
    """Writes the status."""


class Loop:
    """Runs until its waiter is told to stop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._clock = parts.clock
        self._settings = parts.settings_file.load()
        self._behaviour = behaviour(parts.config, self._settings)
        self._backoff = Backoff()
        self._was_connected = False
        self._is_failing = False
        self._progress = Progress()
        now_s = parts.clock.elapsed_s()
        self._next_sample_s = now_s
        self._next_slow_s = now_s
        self._next_report_s = now_s
        self._asleep_s = now_s - parts.clock.active_s()

    @property
    def progress(self) -> Progress:
        """How the agent fares."""
        return self._progress

    def run(self) -> None:
        """Sample, store and send until told to stop; then say goodbye."""
        while not self._parts.waiter.is_stopping:
            self.step()
            now_s = self._clock.elapsed_s()
            self._parts.waiter.wait(min(self._next_sample_s, self._next_report_s) - now_s)
        self._say_goodbye(self._parts.goodbye)

    def step(self) -> None:
        """Do what is due now."""
        if self._parts.sleep.is_coming:
            self._fall_asleep()
        self._notice_suspend()
        if self._clock.elapsed_s() >= self._next_sample_s:
            self._sample()
        if self._clock.elapsed_s() >= self._next_report_s:
            self._report()
        self._parts.publish(self._progress)

    def _sample(self) -> None:
        now_s = self._clock.elapsed_s()
        is_slow = now_s >= self._next_slow_s
        if is_slow:
            self._next_slow_s = now_s + self._behaviour.slow_interval_s
        self._next_sample_s = self._following_sample_s()
        try:
            is_urgent = self._parts.observer.observe(
                slow=is_slow,
                process_names=self._behaviour.process_names,
                watch_lines=self._behaviour.watch_lines,
            )
            for problem in self._parts.take_problems():
                self._parts.observer.report_event(problem)
                is_urgent = True
            self._parts.spool.expire(self._clock.now())
        except SpoolError as error:
            self._failed(error)
            return
        self._progress = replace(self._progress, last_sample_at=self._clock.now())
        if is_urgent and not self._is_failing:
            self._next_report_s = min(self._next_report_s, self._clock.elapsed_s())

    def _report(self) -> None:
        now = self._clock.now()
        try:
            collector = self._parts.session.collector(now)
            delivered = self._parts.courier.deliver(collector, now=now, behaviour=self._behaviour)
        except CallError as error:
            self._is_failing = True
            self._failed(error)
            self._schedule_report(self._pause_s(error))
            return
        except AgentError as error:
            self._is_failing = True
            self._failed(error)
            self._backoff = self._backoff.failed()
            self._schedule_report(self._backoff.delay_s(self._parts.rng))
            return
        self._backoff = Backoff()
        self._was_connected = True
        self._is_failing = False
        self._acknowledged(delivered.answer.received_at)
        self._obey(delivered.answer.settings)
        self._parts.session.renew_if_due(self._clock.now())
        if delivered.is_more:
            self._schedule_report(DRAIN_PAUSE_S)
            return
        self._next_report_s = self._following_report_s()
        self._note_next_report()
        if self._behaviour.report_interval_s >= CLOSE_FROM_S:
            self._parts.session.close()

    def _pause_s(self, error: CallError) -> float:
        """Return how long to stay away after a call that failed."""
        if error.reaction is not Reaction.RETRY:
            # A tenth more or less, so that a fleet that was refused does not come back at once.
            return REFUSED_PAUSE_S * self._parts.rng.uniform(0.9, 1.1)
        self._backoff = self._backoff.failed()
        if error.is_lost and self._was_connected:
            self._was_connected = False
            splay = splay_s(self._parts.rng, self._behaviour.report_interval_s)
            return max(error.pushback_s, splay)
        return self._backoff.delay_s(self._parts.rng, floor_s=error.pushback_s)

    def _obey(self, offered: Settings | None) -> None:
        settings = accepted(self._settings, offered)
        if settings == self._settings:
            return
        self._settings = settings
        self._parts.settings_file.save(settings)
        before, self._behaviour = self._behaviour, behaviour(self._parts.config, settings)
        log.info("settings version=%d taken over", settings.version)
        if before.sample_interval_s != self._behaviour.sample_interval_s:
            self._next_sample_s = self._following_sample_s()
        self._next_slow_s = min(
            self._next_slow_s, self._clock.elapsed_s() + self._behaviour.slow_interval_s
        )

    def _notice_suspend(self) -> None:
        asleep_s = self._clock.elapsed_s() - self._clock.active_s()
        slept_s, self._asleep_s = asleep_s - self._asleep_s, asleep_s
        if slept_s < _SUSPEND_S:
            return
        log.info("device slept for=%.0fs", slept_s)
        self._progress = replace(self._progress, last_suspend_s=round(slept_s, 1))
        # The connection did not survive; the rest of the fleet may have woken up too.
        self._parts.session.close()
        splay = splay_s(self._parts.rng, self._behaviour.report_interval_s)
        self._next_report_s = max(self._next_report_s, self._clock.elapsed_s() + splay)

    def _fall_asleep(self) -> None:
        """Say goodbye, and stay quiet for a moment: a later report would take it back."""
        self._say_goodbye(lambda: Goodbye.ASLEEP)
        self._parts.session.close()
        quiet_until_s = self._clock.elapsed_s() + _FALL_ASLEEP_S
        self._next_sample_s = max(self._next_sample_s, quiet_until_s)
        self._next_report_s = max(self._next_report_s, quiet_until_s)
        self._parts.sleep.let()

    def _say_goodbye(self, why: Callable[[], Goodbye]) -> None:
        """Send a last batch, if the collector was there the last time."""
        if self._is_failing or not self._was_connected:
            return
        now = self._clock.now()
        try:
            self._parts.courier.deliver(
                self._parts.session.collector(now),
                now=now,
                behaviour=self._behaviour,
                goodbye=why(),
                deadline_s=GOODBYE_DEADLINE_S,
            )
        except AgentError as error:
            log.info("no goodbye: %s", error)
        self._parts.publish(self._progress)

    def _following_sample_s(self) -> float:
        interval_s = self._behaviour.sample_interval_s
        return self._next(interval_s, offset_s=self._share("sample") * interval_s)

    def _following_report_s(self) -> float:
        """Return when to report: just after a sample, which must not wait for the next report."""
        sample_s, interval_s = self._behaviour.sample_interval_s, self._behaviour.report_interval_s
        samples = max(1, int(interval_s / sample_s))
        place = int(self._share("report") * samples) + self._share("sample")
        return self._next(interval_s, offset_s=place * sample_s + _AFTER_SAMPLE_S)

    def _share(self, purpose: str) -> float:
        identity = self._parts.session.identity
        device = self._parts.instance_id if identity is None else identity.device_id
        return share(device, purpose)

    def _next(self, interval_s: float, *, offset_s: float) -> float:
        """Return the next moment of this device's own rhythm, on the clock of elapsed seconds.

        It is at least half an interval away: the wall clock may stand a little before the moment
        that was just kept, and would name it again.
        """
        wall_s = self._clock.now().timestamp()
        phase = offset_s / interval_s
        following = next_in_phase(wall_s + interval_s / 2, interval_s=interval_s, phase=phase)
        return self._clock.elapsed_s() + following - wall_s

    def _schedule_report(self, pause_s: float) -> None:
        self._next_report_s = self._clock.elapsed_s() + pause_s
        self._note_next_report()

    def _note_next_report(self) -> None:
        pause = timedelta(seconds=self._next_report_s - self._clock.elapsed_s())
        self._progress = replace(self._progress, next_report_at=self._clock.now() + pause)

    def _acknowledged(self, received_at: datetime | None) -> None:
        now = self._clock.now()
        offset_s = None if received_at is None else (received_at - now).total_seconds()
        self._progress = replace(
            self._progress,
            last_ack_at=now,
            last_error=None,
            last_error_at=None,
            clock_offset_s=offset_s,
        )

    def _failed(self, error: AgentError) -> None:
        log.warning("%s", error)
        self._progress = replace(
            self._progress, last_error=str(error), last_error_at=self._clock.now()
        )

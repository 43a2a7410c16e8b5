"""One device between commits: its evaluation state, its running hour, and what its next row is."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sickbay_collector.core.alerts.engine import DeviceFacts
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.device import Device
from sickbay_collector.core.health import days
from sickbay_collector.core.health.assess import assess, summarize
from sickbay_collector.core.health.days import Span
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.model import Summary
from sickbay_collector.core.judge import Judgement, Verdict, judge
from sickbay_collector.core.record import Record, Report
from sickbay_collector.core.sample import Readings, Sample
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.history_ports import HistoryStore
from sickbay_collector.services.state_codec import StateEncoder, decode_state

log = logging.getLogger(__name__)

# What is known only ages between readings, so an unchanged memory keeps its score this long.
_SCORE_STANDS_S = 300.0
# A clock that is further off than this is corrected by the offset for the place in history.
_TRUSTED_OFFSET_S = 300.0


class HourWriter(Protocol):
    """Packs the samples of one device's running hour; see `db.frames`."""

    def append(self, at: datetime, readings: Readings) -> None:
        """Add one sample."""
        ...

    @property
    def frames(self) -> bytes:
        """The hour so far."""
        ...


OpenHour = Callable[[int, bytes], HourWriter]
"""Opens the writer of an hour (hours since 1970) on what was packed of it before."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """A score and what it was worked out from."""

    health: HealthMemory
    at: datetime
    score: Summary
    day_ago: float | None
    """What it was a day ago; None where that is not known."""
    week_ago: float | None


@dataclass(slots=True)
class DeviceWork:
    """A device while its reports are judged. Changed in place: drop it when a commit fails."""

    device: Device
    facts: DeviceFacts
    state: DeviceState
    version: int
    """Of the stored row; 0 while there is none."""
    clock_offset_s: float
    writer: HourWriter
    hour: int
    encoder: StateEncoder
    scored: _Scored | None = None

    def take_platform(self, platform: str) -> None:
        """Note the operating system's family, where a report says it."""
        if platform and platform != self.state.platform:
            self.state = replace(self.state, platform=platform)
            self.facts = replace(self.facts, platform=platform)

    def take_agent(self, report: Report) -> None:
        """Note how the agent fares; one of another version that does not say it forgets it.

        `sickbay-agent doctor` sends a report of the same version that says nothing.
        """
        said = report.agent
        if said is not None or report.agent_version != self.device.agent_version:
            self.state = replace(self.state, agent=said)

    def judge(self, record: Record, rules: RuleSet, received_at: datetime) -> Judgement:
        """Return what a record changes; one that makes the core fail is rejected alone."""
        try:
            return judge(self.state, record, rules, self.facts, now=received_at)
        except Exception:  # one poisoned record must not stop the others; the agent keeps it aside
            log.exception(
                "record failed device=%s lane=%s seq=%d",
                self.device.device_id,
                record.lane,
                record.seq,
            )
            reason = "the collector failed on this record"
            return Judgement(Verdict.REJECTED, reason, self.state)

    def take_clock(self, report: Report) -> None:
        """Note how far the device's clock is behind ours: a mean that forgets (weight 0.2)."""
        if report.sent_at is None:
            return
        offset_s = (report.received_at - report.sent_at).total_seconds()
        if abs(offset_s - self.clock_offset_s) <= _TRUSTED_OFFSET_S:
            offset_s = 0.8 * self.clock_offset_s + 0.2 * offset_s
        self.clock_offset_s = offset_s

    def score(self, now: datetime) -> Summary:
        """Return the score; worked out anew when its evidence changed or after minutes."""
        health, scored = self.state.health, self.scored
        stands = scored is not None and (now - scored.at).total_seconds() < _SCORE_STANDS_S
        if scored is None or scored.health is not health or not stands:
            scored = self.scored = self._scored(health, now)
        return scored.score

    def _scored(self, health: HealthMemory, now: datetime) -> _Scored:
        """Work out the score, and keep the first of a day."""
        score, kept = summarize(health, now=now), self.state.score_days
        if score.value is not None and not days.is_kept(kept, now):
            kept = days.keep(kept, assess(health, now=now), now)
            self.state = replace(self.state, score_days=kept)
        day_ago, week_ago = (days.before(kept, one, score.known, now) for one in Span)
        return _Scored(
            health=health,
            at=now,
            score=score,
            day_ago=None if day_ago is None else day_ago.score,
            week_ago=None if week_ago is None else week_ago.score,
        )

    def keep_samples(
        self,
        samples: Sequence[Sample],
        score: Summary,
        received_at: datetime,
        history: HistoryStore,
        open_hour: OpenHour,
    ) -> None:
        """Put samples into the running hour, the score beside the last; close hours that end."""
        last = len(samples) - 1
        for position, sample in enumerate(samples):
            at = self._placed(sample.observed_at, received_at)
            hour = int(at.timestamp() // 3600)
            if hour != self.hour:
                if self.hour and self.writer.frames:
                    history.close_hour(self.device.device_id, self.hour, self.writer.frames)
                self.writer, self.hour = open_hour(hour, b""), hour
            readings = sample.readings
            if position == last:
                readings = {**readings, **_score_readings(score)}
            self.writer.append(at, readings)

    def stored(self, report: Report, score: Summary) -> StoredState:
        """Return the row after a report: one version above the stored one."""
        self.state, state = self.encoder.encode_bounded(self.state)
        return StoredState(
            device_id=self.device.device_id,
            version=self.version,
            received_at=report.received_at,
            observed_at=self.state.observed_at,
            report_interval_s=report.report_interval_s,
            goodbye=report.goodbye.value,
            clock_offset_s=self.clock_offset_s,
            score=score.value,
            score_low=score.low,
            score_high=score.high,
            confidence=score.confidence,
            score_day_ago=self.scored.day_ago if self.scored else None,
            score_week_ago=self.scored.week_ago if self.scored else None,
            open_alerts=self.state.alerts.open_count,
            state=state,
            hour=self.hour,
            frames=self.writer.frames,
        )

    def _placed(self, observed_at: datetime, received_at: datetime) -> datetime:
        """Return where in history a sample belongs; never in the future."""
        if abs(self.clock_offset_s) > _TRUSTED_OFFSET_S:
            observed_at += timedelta(seconds=self.clock_offset_s)
        return min(observed_at, received_at)


def open_work(
    device: Device, stored: StoredState | None, open_hour: OpenHour, *, sample_interval_s: float
) -> DeviceWork:
    """Return a device as it was stored; None is one that never reported."""
    has_state = stored is not None and stored.state
    state = decode_state(stored.state) if stored is not None and has_state else DeviceState()
    hour, frames = (stored.hour, stored.frames) if stored is not None else (0, b"")
    return DeviceWork(
        device=device,
        facts=DeviceFacts(
            platform=state.platform,
            device_class=device.device_class,
            criticality=device.criticality,
            enrolled_at=device.enrolled_at,
            sample_interval_s=sample_interval_s,
        ),
        state=state,
        version=0 if stored is None else stored.version,
        clock_offset_s=0.0 if stored is None else stored.clock_offset_s,
        writer=open_hour(hour, frames),
        hour=hour,
        encoder=StateEncoder(),
    )


def _score_readings(score: Summary) -> Readings:
    confidence = {"health.confidence": {"": score.confidence}}
    if score.value is None:
        return confidence
    return {**confidence, "health.score": {"": score.value}}

"""Commits reports in groups: each is judged alone by the core, all are stored in one transaction.

The states of devices seen lately are kept in memory between commits. They are replaced only after
a commit, and forgotten after a failure, so memory never runs ahead of the database.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sickbay_collector.core.alerts.engine import AlertChange, DeviceFacts
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import ConflictError, DeniedError
from sickbay_collector.core.health.assess import summarize
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.model import Summary
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.judge import Judgement, Verdict, judge
from sickbay_collector.core.lane import Lane, LaneMark
from sickbay_collector.core.record import InventoryHashes, Record, Report, UserProblem
from sickbay_collector.core.sample import Readings, Sample
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services.ports import OpenUnitOfWork, StoredState, UnitOfWork
from sickbay_collector.services.problem_report import open_problem_report
from sickbay_collector.services.state_codec import decode_state, encode_state
from sickbay_collector.services.triage import TicketEvent, apply_alert_changes

log = logging.getLogger(__name__)

CACHED_DEVICES = 20_000
"""Devices whose state stays in memory; about 10 KiB each."""
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
class RecordAnswer:
    """What became of one record."""

    lane: Lane
    seq: int
    verdict: Verdict
    reason: str
    refused_values: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one report."""

    records: tuple[RecordAnswer, ...]
    marks: Mapping[Lane, LaneMark]
    missing_sections: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Scored:
    """A score and what it was worked out from."""

    health: HealthMemory
    at: datetime
    score: Summary


@dataclass(slots=True)
class _Work:
    """One device during one commit."""

    device: Device
    facts: DeviceFacts
    state: DeviceState
    stored: StoredState
    writer: HourWriter
    hour: int
    scored: "_Scored | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What one group commit did."""

    answers: tuple[Answer, ...]
    ticket_events: tuple[TicketEvent, ...]


class Ingest:
    """Judges and commits groups of reports. Used by one thread."""

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        rules: Callable[[], RuleSet],
        open_hour: OpenHour,
        new_id: Callable[[], str],
        *,
        sample_interval_s: float,
    ) -> None:
        self._open_uow = open_uow
        self._rules = rules
        self._open_hour = open_hour
        self._new_id = new_id
        self._sample_interval_s = sample_interval_s
        self._cache: OrderedDict[DeviceId, _Work] = OrderedDict()

    def commit(
        self, reports: Sequence[Report], *, now: datetime, within_s: float | None = None
    ) -> Committed:
        """Judge and store reports in one transaction; return only once they are durable.

        Args:
            reports: In the order in which they came.
            now: The present time.
            within_s: How long the database may take; None for the usual.

        Raises:
            BusyError: The database was too slow; nothing of the group is stored.
            ConflictError: Another collector wrote one of the devices twice in a row.
            StoreError: The database failed; nothing of the group is stored.
        """
        try:
            return self._commit(reports, now, within_s)
        except ConflictError:
            self._forget(reports)
            return self._commit(reports, now, within_s)
        except BaseException:
            self._forget(reports)
            raise

    def forget(self, device_id: DeviceId) -> None:
        """Read a device anew at its next report, because it was changed elsewhere."""
        self._cache.pop(device_id, None)

    def _commit(
        self, reports: Sequence[Report], now: datetime, within_s: float | None
    ) -> Committed:
        rules = self._rules()
        events: list[TicketEvent] = []
        with self._open_uow(within_s=within_s) as uow:
            work = self._load(uow, {report.device_id for report in reports}, now)
            answers = tuple(
                self._take(uow, work[report.device_id], report, rules, events) for report in reports
            )
            conflicts = uow.states.save([one.stored for one in work.values()])
            if conflicts:
                raise ConflictError(f"{len(conflicts)} devices were written by another collector")
            uow.commit()
        self._cache.update(work)
        while len(self._cache) > CACHED_DEVICES:
            self._cache.popitem(last=False)
        return Committed(answers=answers, ticket_events=tuple(events))

    def _forget(self, reports: Sequence[Report]) -> None:
        for report in reports:
            self._cache.pop(report.device_id, None)

    def _load(
        self, uow: UnitOfWork, device_ids: set[DeviceId], now: datetime
    ) -> dict[DeviceId, _Work]:
        # Taken out of the cache: what a failed commit changed in place is never seen again.
        work = {one: self._cache.pop(one) for one in device_ids & self._cache.keys()}
        missing = device_ids - work.keys()
        stored = uow.states.load(missing) if missing else {}
        for device_id in missing:
            work[device_id] = self._open(uow, device_id, stored.get(device_id), now)
        for one in work.values():
            one.stored = replace(one.stored, version=one.stored.version + 1)
        return work

    def _open(
        self, uow: UnitOfWork, device_id: DeviceId, stored: StoredState | None, now: datetime
    ) -> _Work:
        device = uow.devices.get(device_id)
        if device is None:
            raise DeniedError(f"no device has the id {device_id}")
        stored = stored or _first_state(device_id, now)
        state = decode_state(stored.state) if stored.state else DeviceState()
        return _Work(
            device=device,
            facts=self._facts(device, state),
            state=state,
            stored=stored,
            writer=self._open_hour(stored.hour, stored.frames),
            hour=stored.hour,
        )

    def _facts(self, device: Device, state: DeviceState) -> DeviceFacts:
        return DeviceFacts(
            platform=state.platform,
            device_class=device.device_class,
            criticality=device.criticality,
            enrolled_at=device.enrolled_at,
            sample_interval_s=self._sample_interval_s,
        )

    def _take(
        self,
        uow: UnitOfWork,
        work: _Work,
        report: Report,
        rules: RuleSet,
        events: list[TicketEvent],
    ) -> Answer:
        if report.platform and report.platform != work.state.platform:
            work.state = replace(work.state, platform=report.platform)
            work.facts = self._facts(work.device, work.state)
        answers: list[RecordAnswer] = []
        samples: list[Sample] = []
        changes: list[AlertChange] = []
        for record in report.records:
            judged = _judge_alone(work, record, rules, report.received_at)
            answers.append(_answer(record, judged))
            if judged.verdict is Verdict.DUPLICATE:
                continue
            work.state = judged.state
            changes.extend(judged.changes)
            if judged.verdict is Verdict.OK:
                self._keep(uow, work, record, samples, report.received_at, events)
        offset_s = _offset_s(report, work.stored.clock_offset_s)
        score = _score(work, report.received_at)
        self._write_history(uow, work, samples, score, offset_s, report.received_at)
        if changes:
            events.extend(
                apply_alert_changes(
                    uow, work.device, changes, now=report.received_at, new_id=self._new_id
                )
            )
        _note_agent(uow, work, report)
        work.stored = _stored(work, report, score, offset_s)
        missing = _missing(uow, work.state) if _has_inventory(report) else ()
        return Answer(records=tuple(answers), marks=work.state.marks, missing_sections=missing)

    def _keep(
        self,
        uow: UnitOfWork,
        work: _Work,
        record: Record,
        samples: list[Sample],
        received_at: datetime,
        events: list[TicketEvent],
    ) -> None:
        content = record.content
        if isinstance(content, Sample):
            samples.append(content)
        elif isinstance(content, InventoryHashes):
            known = uow.sections.known(content.hashes.values())
            for kind, content_hash in content.hashes.items():
                if content_hash in known:
                    uow.sections.attach(work.device.device_id, kind, content_hash, at=received_at)
        elif isinstance(content, UserProblem):
            events.extend(
                open_problem_report(uow, work.device, content, now=received_at, new_id=self._new_id)
            )

    def _write_history(
        self,
        uow: UnitOfWork,
        work: _Work,
        samples: Sequence[Sample],
        score: Summary,
        offset_s: float,
        received_at: datetime,
    ) -> None:
        for position, sample in enumerate(samples, start=1):
            at = _placed(sample.observed_at, offset_s, received_at)
            hour = int(at.timestamp() // 3600)
            if hour != work.hour:
                if work.hour and work.writer.frames:
                    uow.history.close_hour(work.device.device_id, work.hour, work.writer.frames)
                work.writer, work.hour = self._open_hour(hour, b""), hour
            readings = sample.readings
            if position == len(samples):
                readings = {**readings, **_score_readings(score)}
            work.writer.append(at, readings)


def _score(work: _Work, now: datetime) -> Summary:
    """Return the device's score; worked out anew when its evidence changed or after minutes."""
    health, scored = work.state.health, work.scored
    stands = scored is not None and (now - scored.at).total_seconds() < _SCORE_STANDS_S
    if scored is None or scored.health is not health or not stands:
        scored = work.scored = _Scored(health, now, summarize(health, now=now))
    return scored.score


def _judge_alone(work: _Work, record: Record, rules: RuleSet, received_at: datetime) -> Judgement:
    try:
        return judge(work.state, record, rules, work.facts, now=received_at)
    except Exception:  # one poisoned record must not stop the others; the agent keeps it aside
        log.exception(
            "record failed device=%s lane=%s seq=%d",
            work.device.device_id,
            record.lane,
            record.seq,
        )
        return Judgement(Verdict.REJECTED, "the collector failed on this record", work.state)


def _answer(record: Record, judged: Judgement) -> RecordAnswer:
    return RecordAnswer(
        record.lane, record.seq, judged.verdict, judged.reason, record.refused_values
    )


def _stored(work: _Work, report: Report, score: Summary, offset_s: float) -> StoredState:
    return StoredState(
        device_id=work.device.device_id,
        version=work.stored.version,
        received_at=report.received_at,
        observed_at=work.state.observed_at,
        report_interval_s=report.report_interval_s,
        goodbye=report.goodbye.value,
        clock_offset_s=offset_s,
        score=score.value,
        score_low=score.low,
        score_high=score.high,
        confidence=score.confidence,
        open_alerts=work.state.alerts.open_count,
        state=encode_state(work.state),
        hour=work.hour,
        frames=work.writer.frames,
    )


def _first_state(device_id: DeviceId, now: datetime) -> StoredState:
    return StoredState(
        device_id=device_id,
        version=0,
        received_at=now,
        observed_at=None,
        report_interval_s=60.0,
        goodbye="",
        clock_offset_s=0.0,
        score=None,
        score_low=0.0,
        score_high=100.0,
        confidence=0.0,
        open_alerts=0,
        state=b"",
        hour=0,
        frames=b"",
    )


def _note_agent(uow: UnitOfWork, work: _Work, report: Report) -> None:
    """Keep the agent's version and abilities where the last report says something new."""
    device = work.device
    if not report.agent_version:
        return
    if (report.agent_version, report.capabilities) != (device.agent_version, device.capabilities):
        stored = uow.devices.get(device.device_id) or device
        work.device = replace(
            stored, agent_version=report.agent_version, capabilities=report.capabilities
        )
        uow.devices.save(work.device)


def _offset_s(report: Report, before_s: float) -> float:
    """Return how far the device's clock is behind ours: a mean that forgets (weight 0.2)."""
    if report.sent_at is None:
        return before_s
    offset_s = (report.received_at - report.sent_at).total_seconds()
    if abs(offset_s - before_s) > _TRUSTED_OFFSET_S:
        return offset_s
    return 0.8 * before_s + 0.2 * offset_s


def _placed(observed_at: datetime, offset_s: float, received_at: datetime) -> datetime:
    """Return where in history a sample belongs; never in the future."""
    at = observed_at
    if abs(offset_s) > _TRUSTED_OFFSET_S:
        at = observed_at + timedelta(seconds=offset_s)
    return min(at, received_at)


def _score_readings(score: Summary) -> Readings:
    confidence = {"health.confidence": {"": score.confidence}}
    if score.value is None:
        return confidence
    return {**confidence, "health.score": {"": score.value}}


def _has_inventory(report: Report) -> bool:
    return any(isinstance(record.content, InventoryHashes) for record in report.records)


def _missing(uow: UnitOfWork, state: DeviceState) -> tuple[bytes, ...]:
    known = uow.sections.known(state.sections.values())
    return tuple(value for value in state.sections.values() if value not in known)

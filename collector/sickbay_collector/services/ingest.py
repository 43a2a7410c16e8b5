"""Commits reports in groups: each is judged alone by the core, all are stored in one transaction.

The states of devices seen lately are kept in memory between commits. They are replaced only after
a commit, and forgotten after a failure, so memory never runs ahead of the database.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.alerts.engine import AlertChange
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.desk.events import TicketEvent
from sickbay_collector.core.errors import ConflictError, DeniedError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.judge import Judgement, Verdict
from sickbay_collector.core.lane import Lane, LaneMark
from sickbay_collector.core.record import Content, InventoryHashes, Record, Report, UserProblem
from sickbay_collector.core.sample import Sample
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.device_work import DeviceWork, OpenHour, open_work
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.problem_report import open_problem_report
from sickbay_collector.services.triage import apply_alert_changes

CACHED_DEVICES = 20_000
"""Devices whose state stays in memory; about 10 KiB each."""


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
        self._cache: OrderedDict[DeviceId, DeviceWork] = OrderedDict()

    def commit(self, reports: Sequence[Report], *, within_s: float | None = None) -> Committed:
        """Judge and store reports in one transaction; return only once they are durable.

        Args:
            reports: In the order in which they came.
            within_s: How long the database may take; None for the usual.

        Raises:
            BusyError: The database was too slow; nothing of the group is stored.
            ConflictError: Another collector wrote one of the devices twice in a row.
            StoreError: The database failed; nothing of the group is stored.
        """
        try:
            return self._commit(reports, within_s)
        except ConflictError:
            self._forget(reports)
            return self._commit(reports, within_s)
        except BaseException:
            self._forget(reports)
            raise

    def forget(self, device_id: DeviceId) -> None:
        """Read a device anew at its next report, because it was changed elsewhere."""
        self._cache.pop(device_id, None)

    def _commit(self, reports: Sequence[Report], within_s: float | None) -> Committed:
        rules = self._rules()
        events: list[TicketEvent] = []
        with self._open_uow(within_s=within_s) as uow:
            work = self._load(uow, {report.device_id for report in reports})
            rows: dict[DeviceId, StoredState] = {}
            answers: list[Answer] = []
            for report in reports:
                answer, row = self._take(uow, work[report.device_id], report, rules, events)
                answers.append(answer)
                rows[report.device_id] = row
            conflicts = uow.states.save(tuple(rows.values()))
            if conflicts:
                raise ConflictError(f"{len(conflicts)} devices were written by another collector")
            uow.commit()
        self._cache.update(work)
        while len(self._cache) > CACHED_DEVICES:
            self._cache.popitem(last=False)
        return Committed(answers=tuple(answers), ticket_events=tuple(events))

    def _forget(self, reports: Sequence[Report]) -> None:
        for report in reports:
            self._cache.pop(report.device_id, None)

    def _load(self, uow: UnitOfWork, device_ids: set[DeviceId]) -> dict[DeviceId, DeviceWork]:
        # Taken out of the cache: what a failed commit changed in place is never seen again.
        work = {one: self._cache.pop(one) for one in device_ids & self._cache.keys()}
        missing = device_ids - work.keys()
        stored = uow.states.load(missing) if missing else {}
        for device_id in missing:
            device = uow.devices.get(device_id)
            # Of one that was shut out just now a report may be on its way still.
            if device is None or device.revoked_at is not None:
                raise DeniedError("the device is revoked or unknown")
            work[device_id] = open_work(
                device,
                stored.get(device_id),
                self._open_hour,
                sample_interval_s=self._sample_interval_s,
            )
        for one in work.values():
            one.version += 1
        return work

    def _take(
        self,
        uow: UnitOfWork,
        work: DeviceWork,
        report: Report,
        rules: RuleSet,
        events: list[TicketEvent],
    ) -> tuple[Answer, StoredState]:
        """Judge one report; return its answer and the device's row."""
        work.take_platform(report.platform)
        work.take_agent(report)
        answers: list[RecordAnswer] = []
        contents: list[Content] = []
        changes: list[AlertChange] = []
        for record in report.records:
            judged = work.judge(record, rules, report.received_at)
            answers.append(_answer(record, judged))
            if judged.verdict is not Verdict.DUPLICATE:
                work.state = judged.state
                changes.extend(judged.changes)
            if judged.verdict is Verdict.OK:
                contents.append(record.content)
        work.take_clock(report)
        score = work.score(report.received_at)
        samples = [one for one in contents if isinstance(one, Sample)]
        work.keep_samples(samples, score, report.received_at, uow.history, self._open_hour)
        events.extend(self._triage(uow, work, changes, report.received_at))
        if len(samples) < len(contents):
            events.extend(self._keep_seldom(uow, work, contents, report.received_at))
        _note_agent(uow, work, report)
        answer = Answer(
            records=tuple(answers),
            marks=work.state.marks,
            missing_sections=_missing(uow, work.state, report),
        )
        return answer, work.stored(report, score)

    def _triage(
        self, uow: UnitOfWork, work: DeviceWork, changes: Sequence[AlertChange], now: datetime
    ) -> Sequence[TicketEvent]:
        if not changes:
            return ()
        return apply_alert_changes(uow, work.device, changes, now=now, new_id=self._new_id)

    def _keep_seldom(
        self, uow: UnitOfWork, work: DeviceWork, contents: Sequence[Content], now: datetime
    ) -> Sequence[TicketEvent]:
        """Store what is no sample: known sections become the device's, problems become tickets."""
        events: list[TicketEvent] = []
        for content in contents:
            if isinstance(content, InventoryHashes):
                known = uow.sections.known(content.hashes.values())
                for kind, content_hash in content.hashes.items():
                    if content_hash in known:
                        uow.sections.attach(work.device.device_id, kind, content_hash, at=now)
            elif isinstance(content, UserProblem):
                events.extend(
                    open_problem_report(uow, work.device, content, now=now, new_id=self._new_id)
                )
        return events


def _answer(record: Record, judged: Judgement) -> RecordAnswer:
    return RecordAnswer(
        record.lane, record.seq, judged.verdict, judged.reason, record.refused_values
    )


def _note_agent(uow: UnitOfWork, work: DeviceWork, report: Report) -> None:
    """Keep the agent's version and abilities where the last report says something new."""
    device = work.device
    if not report.agent_version:
        return
    if (report.agent_version, report.capabilities) != (device.agent_version, device.capabilities):
        stored = uow.devices.get(device.device_id, hold=True) or device
        work.device = replace(
            stored, agent_version=report.agent_version, capabilities=report.capabilities
        )
        uow.devices.save(work.device)


def _missing(uow: UnitOfWork, state: DeviceState, report: Report) -> tuple[bytes, ...]:
    """Return the hashes that the collector lacks, where the report told any.

    Also where it told them before: the answer that asked for them may have been lost.
    """
    if not any(isinstance(record.content, InventoryHashes) for record in report.records):
        return ()
    known = uow.sections.known(state.sections.values())
    return tuple(value for value in state.sections.values() if value not in known)

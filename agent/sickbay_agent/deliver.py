"""Sends what waits in the spool and forgets what the collector has.

Lanes go in order: events, samples, state. A record is forgotten only when the answer says what
became of it; a record that will never be accepted is set aside, so that it holds up no other.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sickbay_agent.exchange import (
    DEADLINE_S,
    MAX_RECORDS,
    MAX_REPORT_BYTES,
    Answer,
    CallError,
    Collector,
    Goodbye,
    Outgoing,
    OwnStatus,
    Reaction,
    RecordResult,
    RecordStatus,
    Report,
    SectionResult,
)
from sickbay_agent.model.record import Lane
from sickbay_agent.observe import Inventory
from sickbay_agent.own import OwnUse
from sickbay_agent.settings import Behaviour
from sickbay_agent.spool.frame import Stored
from sickbay_agent.spool.spool import Spool

log = logging.getLogger(__name__)

_ORDER = (Lane.EVENTS, Lane.SAMPLES, Lane.STATE)
# Around each body: lane, epoch, seq and version, and the fields around all of them.
_ENVELOPE_BYTES = 64
_KNOWN = frozenset({RecordStatus.OK, RecordStatus.DUPLICATE, RecordStatus.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What a report achieved."""

    answer: Answer
    sent: int
    """Records in the batch."""
    is_more: bool
    """Whether records or sections still wait."""


class Courier:
    """Carries batches from the spool to the collector.

    Args:
        spool: Where records wait.
        inventory: The sections that the collector may ask for.
        own_use: Says what the agent takes of the device.
    """

    def __init__(self, spool: Spool, inventory: Inventory, own_use: Callable[[], OwnUse]) -> None:
        self._spool = spool
        self._inventory = inventory
        self._own_use = own_use

    def deliver(
        self,
        collector: Collector,
        *,
        now: datetime,
        behaviour: Behaviour,
        goodbye: Goodbye = Goodbye.NONE,
        deadline_s: float = DEADLINE_S,
    ) -> Delivered:
        """Send one batch, which may be empty, and one lot of sections if some are lacking.

        Raises:
            CallError: A call failed, or its answer makes no sense.
            SpoolError: The spool cannot be read or did not take the acknowledgement.
        """
        batch = self._batch()
        report = Report(
            records=tuple(outgoing for outgoing, _ in batch),
            sent_at=now,
            report_interval_s=behaviour.report_interval_s,
            goodbye=goodbye,
            own=self._own(behaviour, sent=len(batch)),
        )
        answer = collector.report(report, deadline_s=deadline_s)
        self._settle(batch, answer, now)
        self._inventory.want(answer.missing_hashes)
        if goodbye is Goodbye.NONE:
            self._upload(collector)
        return Delivered(answer=answer, sent=len(batch), is_more=self._is_more())

    def _own(self, behaviour: Behaviour, *, sent: int) -> OwnStatus:
        use = self._own_use()
        return OwnStatus(
            sample_interval_s=behaviour.sample_interval_s,
            uptime_s=use.uptime_s,
            waiting_records=self._waiting() - sent,
            spool_bytes=sum(depth.size_bytes for depth in self._spool.depths.values()),
            cpu_time_s=use.cpu_time_s,
            rss_bytes=use.rss_bytes,
        )

    def _batch(self) -> list[tuple[Outgoing, Stored]]:
        batch: list[tuple[Outgoing, Stored]] = []
        room = MAX_REPORT_BYTES - _ENVELOPE_BYTES
        for lane in _ORDER:
            epoch = self._spool.epoch(lane)
            for stored in self._spool.peek(lane, MAX_RECORDS - len(batch), room):
                size = len(stored.body) + _ENVELOPE_BYTES
                if batch and size > room:
                    return batch
                room -= size
                outgoing = Outgoing(lane=lane, epoch=epoch, seq=stored.seq, body=stored.body)
                batch.append((outgoing, stored))
            if len(batch) >= MAX_RECORDS or room <= 0:
                return batch
        return batch

    def _settle(self, batch: list[tuple[Outgoing, Stored]], answer: Answer, now: datetime) -> None:
        if len(answer.results) != len(batch):
            raise CallError(
                f"the collector judged {len(answer.results)} records of {len(batch)}",
                reaction=Reaction.RETRY,
            )
        depth = self._waiting()
        for lane in _ORDER:
            pairs = [
                (stored, result)
                for (outgoing, stored), result in zip(batch, answer.results, strict=True)
                if outgoing.lane is lane
            ]
            self._settle_lane(lane, pairs, answer, now)
        if batch and self._waiting() == depth:
            raise CallError("the collector left all records open", reaction=Reaction.RETRY)

    def _settle_lane(
        self,
        lane: Lane,
        pairs: Iterable[tuple[Stored, RecordResult]],
        answer: Answer,
        now: datetime,
    ) -> None:
        """Forget the records from the front whose fate is known, and set the refused ones aside."""
        epoch = self._spool.epoch(lane)
        durable = max(
            (mark.seq for mark in answer.marks if mark.lane is lane and mark.epoch == epoch),
            default=0,
        )
        through = 0
        for stored, result in pairs:
            if not _is_settled(stored, result, durable):
                log.warning("lane=%s seq=%d not settled: %s", lane, stored.seq, result.reason)
                break
            if result.status is RecordStatus.REJECTED:
                log.warning("lane=%s seq=%d refused: %s", lane, stored.seq, result.reason)
                self._spool.set_aside(lane, stored, reason=result.reason, now=now)
            through = stored.seq
        # A mark beyond what this spool ever gave out tells that it was restored from a copy.
        if max(through, durable):
            self._spool.ack(lane, epoch, max(through, durable))

    def _upload(self, collector: Collector) -> None:
        uploads = self._inventory.next_uploads()
        if not uploads:
            return
        results = {result.hash: result for result in collector.upload_sections(uploads)}
        for upload in uploads:
            self._settle_section(upload.hash, results.get(upload.hash))

    def _settle_section(self, section: bytes, result: SectionResult | None) -> None:
        if result is None or result.status is RecordStatus.OTHER:
            raise CallError("the collector left a section open", reaction=Reaction.RETRY)
        if result.status is RecordStatus.REJECTED:
            self._inventory.refused(section, result.reason)
        else:
            self._inventory.uploaded(section)

    def _is_more(self) -> bool:
        return bool(self._waiting() or self._inventory.next_uploads())

    def _waiting(self) -> int:
        return sum(depth.records for depth in self._spool.depths.values())


def _is_settled(stored: Stored, result: RecordResult, durable: int) -> bool:
    """Return whether a record's fate is known; one that is to be durable must be below the mark."""
    if result.seq != stored.seq or result.status not in _KNOWN:
        return False
    return result.status is RecordStatus.REJECTED or stored.seq <= durable

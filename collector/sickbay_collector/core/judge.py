"""Judges one record of a device: is it new, what does it change, which alerts follow.

A pure function of the state before, the record, the rules and the device; the same for live
ingest, back-tests and the simulator. Whoever calls it keeps the returned state only if the
transaction that stored it committed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sickbay_collector.core.alerts.engine import AlertChange, DeviceFacts, evaluate
from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.health.observe import observe
from sickbay_collector.core.lane import Lane, LaneMark, Novelty, advance, novelty
from sickbay_collector.core.record import Gap, InventoryHashes, Record, Refused
from sickbay_collector.core.sample import Sample
from sickbay_collector.core.state import DeviceState

T = TypeVar("T")

# What a 64-bit integer of a database and of JSON readers holds exactly.
_MOST_LOST = 1 << 53


class Verdict(StrEnum):
    """What became of a record."""

    OK = "ok"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one record changes."""

    verdict: Verdict
    reason: str
    state: DeviceState
    changes: tuple[AlertChange, ...] = ()


def judge(
    state: DeviceState, record: Record, rules: RuleSet, device: DeviceFacts, *, now: datetime
) -> Judgement:
    """Return what a record changes; a duplicate changes nothing, a rejected one only the mark.

    A rejected record still moves its lane's mark: it is answered for good and never sent again.
    """
    found = novelty(
        state.marks.get(record.lane),
        epoch=record.epoch,
        seq=record.seq,
        content_hash=record.content_hash,
    )
    if found is Novelty.DUPLICATE:
        return Judgement(Verdict.DUPLICATE, "", state)
    if found is Novelty.CLONE_SUSPECTED:
        reason = "another record has this seq: two agents run from one copied state directory"
        return Judgement(Verdict.REJECTED, reason, replace(state, clone_suspected_at=now))
    mark = advance(
        state.marks.get(record.lane),
        epoch=record.epoch,
        seq=record.seq,
        content_hash=record.content_hash,
    )
    marks = {**state.marks, record.lane: mark}
    content = record.content
    if isinstance(content, Sample):
        return _judge_sample(state, content, marks, rules, device, now)
    marked = replace(state, marks=marks)
    if isinstance(content, Refused):
        return Judgement(Verdict.REJECTED, content.reason, marked)
    if isinstance(content, Gap):
        lost = min(state.lost_records + content.count, _MOST_LOST)
        return Judgement(Verdict.OK, "", replace(marked, lost_records=lost))
    if isinstance(content, InventoryHashes):
        changed = replace(marked, sections=content.hashes, section_absences=content.absences)
        return Judgement(Verdict.OK, "", changed)
    return Judgement(Verdict.OK, "", marked)


def _judge_sample(
    state: DeviceState,
    sample: Sample,
    marks: Mapping[Lane, LaneMark],
    rules: RuleSet,
    device: DeviceFacts,
    now: datetime,
) -> Judgement:
    alerts, changes = evaluate(state.alerts, sample, rules, device, now=now)
    judged = DeviceState(
        marks=marks,
        alerts=alerts,
        health=observe(state.health, sample, now=now),
        score_days=state.score_days,
        observed_at=sample.observed_at,
        boot_id=sample.boot_id or state.boot_id,
        latest={**state.latest, **sample.readings},
        volumes=_same(state.volumes, sample.volumes),
        drives=_same(state.drives, sample.drives or state.drives),
        absences=_same(state.absences, sample.absences),
        failed_units=_same(state.failed_units, sample.failed_units),
        failed_probes=_same(state.failed_probes, sample.failed_probes),
        sections=state.sections,
        section_absences=state.section_absences,
        platform=state.platform,
        agent=state.agent,
        lost_records=state.lost_records,
        clone_suspected_at=state.clone_suspected_at,
        truncated=sample.truncated,
    )
    return Judgement(Verdict.OK, "", judged, changes)


def _same(before: T, now: T) -> T:
    """Return what was there before where it equals what is now, so that it is not written anew."""
    return before if before == now else now

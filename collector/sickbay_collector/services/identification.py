"""Telling whether a device that enrolls is one that is known, and keeping why."""

from dataclasses import replace
from datetime import datetime, timedelta

from sickbay_collector.core.device import Device, DeviceStatus, Evidence
from sickbay_collector.core.identity import (
    SHARED_BY,
    Candidate,
    IdentityRecord,
    Judgement,
    Objection,
    Verdict,
    compare,
    judge,
    usable_clues,
)
from sickbay_collector.core.identity_clues import Clue
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.counts import GONE
from sickbay_collector.services.ports import UnitOfWork

ALIVE = timedelta(hours=1)
"""A device that reported, or came in, within this time is alive: nobody else becomes it."""
# A value is shared while those that have it report: records of one machine that was installed
# anew again and again fall silent, and do not count.
_IN_USE = timedelta(days=7)
# Of each value; one that more have tells little.
_CANDIDATES = 10


def identify(uow: UnitOfWork, evidence: Evidence, *, adopts: bool, now: datetime) -> Judgement:
    """Return what a device with this evidence and a new agent is taken for.

    Args:
        uow: The transaction in which it enrolls.
        evidence: What it says.
        adopts: Whether its token lets it become a device that is known.
        now: The present time.
    """
    shared = shared_of(uow, evidence, now)
    telling = [one for one in usable_clues(evidence) if one not in shared]
    ids = uow.identity.holders(telling, limit=_CANDIDATES)
    candidates = [
        Candidate(
            device_id=device.device_id,
            evidence=device.evidence,
            objections=_objections(uow, device, now=now),
        )
        for device in uow.devices.load(ids)
    ]
    found = judge(evidence, candidates, shared)
    if found.verdict == Verdict.SAME and not adopts:
        objections = (*found.objections, Objection.TOKEN)
        return replace(found, verdict=Verdict.POSSIBLE, objections=objections)
    return found


def recognise(
    uow: UnitOfWork, device: Device, evidence: Evidence, *, needs_approval: bool, now: datetime
) -> Judgement:
    """Return what somebody with the agent of a known device is taken for: it, or a copy of it.

    Args:
        uow: The transaction in which it enrolls.
        device: The one that has this agent.
        evidence: What the one that enrolls says.
        needs_approval: Whether its token replaces no key of a device that was let in.
        now: The present time.
    """
    found = compare(evidence, device.evidence, shared_of(uow, evidence, now))
    is_in = device.status != DeviceStatus.PENDING
    checks = (
        (Objection.OTHER_HARDWARE, found.is_other_hardware),
        (Objection.SHUT_OUT, device.revoked_at is not None),
        (Objection.LIVE, _reported(uow, device.device_id, now)),
        (Objection.TOKEN, needs_approval and is_in),
    )
    objections = tuple(name for name, applies in checks if applies)
    return Judgement(
        verdict=Verdict.POSSIBLE if objections else Verdict.RETURNED,
        points=found.points,
        other=device.device_id,
        objections=objections,
        findings=found.findings,
    )


def keep_identity(uow: UnitOfWork, device: Device, judged: Judgement, *, now: datetime) -> None:
    """Keep by which values a device is found again, and what it was taken for."""
    uow.identity.put_clues(device.device_id, usable_clues(device.evidence))
    other = None if judged.other == device.device_id else judged.other
    kept = IdentityRecord(
        device_id=device.device_id, at=now, judgement=replace(judged, other=other)
    )
    uow.identity.put(kept)


def shared_of(uow: UnitOfWork, evidence: Evidence, now: datetime) -> frozenset[Clue]:
    """Return those of the values of a device that tell nothing.

    Many have them, or two of which somebody said that they are different machines.
    """
    clues = usable_clues(evidence)
    return frozenset(uow.identity.shared(clues, by=SHARED_BY, since=now - _IN_USE))


def _objections(uow: UnitOfWork, device: Device, *, now: datetime) -> tuple[Objection, ...]:
    came = uow.enrollments.of([device.device_id]).get(device.device_id)
    has_come = came is not None and now - came.at < ALIVE
    checks = (
        (Objection.SHUT_OUT, device.revoked_at is not None),
        (Objection.RETIRED, device.status in GONE),
        (Objection.PENDING, device.status == DeviceStatus.PENDING),
        (Objection.LIVE, has_come or _reported(uow, device.device_id, now)),
    )
    return tuple(name for name, applies in checks if applies)


def _reported(uow: UnitOfWork, device_id: DeviceId, now: datetime) -> bool:
    state = uow.states.load([device_id]).get(device_id)
    return state is not None and now - state.received_at < ALIVE

"""Why a device is taken for what it is, and which devices somebody should look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.device import Device
from sickbay_collector.core.device_pair import Alias
from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.identity import Finding, IdentityRecord, judge
from sickbay_collector.core.identity_clues import Housing, housing_of
from sickbay_collector.services.identification import shared_of
from sickbay_collector.services.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityView:
    """What a device says of its hardware, what it was taken for, and why."""

    device: Device
    came: EnrollmentRecord | None
    """How it came in; None where that was before it was kept."""
    record: IdentityRecord | None
    """What it was taken for; None likewise."""
    other: Device | None
    """The known device that was most like it, where there was one that the reader may see."""
    housing: Housing
    aliases: tuple[Alias, ...]
    """Records that ended, which it goes on for; the last one first."""
    findings: tuple[Finding, ...]
    """As the verdict has them; without a verdict, what its values tell now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A device that may be a known one."""

    device: Device
    other: Device | None
    """None where the reader may not see it."""
    record: IdentityRecord | None
    """Why; None where it came in before that was kept."""


def identity_of(uow: UnitOfWork, device: Device, *, now: datetime) -> IdentityView:
    """Return why a device is taken for what it is."""
    ids = [device.device_id]
    record = uow.identity.of(ids).get(device.device_id)
    name = (record.judgement.other if record else None) or device.possible_duplicate_of
    found = uow.devices.load([name]) if name else ()
    if record is None:
        findings = judge(device.evidence, (), shared_of(uow, device.evidence, now)).findings
    else:
        findings = record.judgement.findings
    return IdentityView(
        device=device,
        came=uow.enrollments.of(ids).get(device.device_id),
        record=record,
        other=next(iter(found), None),
        aliases=tuple(uow.pairs.aliases_of(device.device_id)),
        housing=housing_of(device.evidence),
        findings=findings,
    )


def twins(uow: UnitOfWork, *, limit: int) -> Sequence[Twin]:
    """Return devices in service that may be known ones, the last enrolled first."""
    devices = uow.devices.twins(limit=limit)
    named = {one.possible_duplicate_of for one in devices}
    others = {one.device_id: one for one in uow.devices.load([one for one in named if one])}
    records = uow.identity.of([one.device_id for one in devices])
    return [
        Twin(
            device=one,
            other=others.get(one.possible_duplicate_of) if one.possible_duplicate_of else None,
            record=records.get(one.device_id),
        )
        for one in devices
    ]

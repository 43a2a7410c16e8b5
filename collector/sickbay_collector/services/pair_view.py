"""Two devices side by side: what says that they are one machine, and what was decided."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.device import Device
from sickbay_collector.core.device_pair import (
    Apart,
    Outlook,
    SideBySide,
    Standing,
    outlook,
    side_by_side,
)
from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.identity import Objection, compare
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.device_rows import DeviceRow
from sickbay_collector.services.identification import shared_of
from sickbay_collector.services.pair_merge import standing_of
from sickbay_collector.services.ports import UnitOfWork

# A device has few open tickets: the desk keeps one per family.
_MANY_TICKETS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One device of a pair."""

    row: DeviceRow
    came: EnrollmentRecord | None
    """How it came in; None where that was before it was kept."""

    @property
    def device(self) -> Device:
        """Return the device itself."""
        return self.row.device

    @property
    def standing(self) -> Standing:
        """Return how it stands beside the other."""
        return standing_of(self.device, self.came, self.row.last_seen_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """Two devices, compared."""

    older: Member
    """The one that enrolled first."""
    newer: Member
    evidence: tuple[SideBySide, ...]
    points: int
    objections: tuple[Objection, ...]
    """What of the evidence speaks against their being one machine."""
    apart: Apart | None
    """That they are different, where somebody decided so."""
    outlook: Outlook
    """What becomes of them where they are one machine."""

    @property
    def version(self) -> str:
        """Return what changes with all that a decision about the pair rests on."""
        devices = (self.older.device, self.newer.device)
        state = [(one.device_id, one.status, one.revoked_at, one.evidence) for one in devices]
        said = repr((state, self.apart, self.outlook))
        return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def pair_of(
    uow: UnitOfWork, one: Device, other: Device, *, now: datetime, started_at: datetime
) -> PairView:
    """Return two devices side by side, the one that enrolled first before the other.

    Args:
        uow: Where to read.
        one: One of them.
        other: The other.
        now: The present time.
        started_at: Since when this collector can hear devices.

    Raises:
        ConflictError: They are the same record.
    """
    if one.device_id == other.device_id:
        raise ConflictError("%(hostname)s is one device: name two", hostname=one.hostname)
    older, newer = sorted((one, other), key=lambda device: (device.enrolled_at, device.device_id))
    members = _members(uow, (older, newer), now=now, started_at=started_at)
    compared = compare(newer.evidence, older.evidence, shared_of(uow, newer.evidence, now))
    return PairView(
        older=members[older.device_id],
        newer=members[newer.device_id],
        evidence=side_by_side(older.evidence, newer.evidence, compared),
        points=compared.points,
        objections=compared.objections,
        apart=uow.pairs.apart(older.device_id, newer.device_id),
        outlook=outlook(members[older.device_id].standing, members[newer.device_id].standing, now),
    )


def _members(
    uow: UnitOfWork, devices: tuple[Device, Device], *, now: datetime, started_at: datetime
) -> Mapping[DeviceId, Member]:
    ids = [one.device_id for one in devices]
    open_tickets = {
        one: len(uow.tickets.list(statuses=ACTIVE, device_id=one, limit=_MANY_TICKETS))
        for one in ids
    }
    rows = uow.lines.rows(devices, open_tickets=open_tickets, now=now, started_at=started_at)
    came = uow.enrollments.of(ids)
    return {
        row.device.device_id: Member(row=row, came=came.get(row.device.device_id)) for row in rows
    }

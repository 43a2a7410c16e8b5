"""What the API says of two devices that look like one machine, and is told about them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from sickbay_collector.core.device import DeviceStatus, Presence
from sickbay_collector.core.device_pair import Hindrance
from sickbay_collector.core.identity import Objection, Outcome
from sickbay_collector.core.identity_clues import ClueKind
from sickbay_collector.services.pair_merge import Merged
from sickbay_collector.services.pair_view import Member, PairView
from sickbay_collector.web.api.base import Body, Schema

REASON_LIMIT = 500
"""Characters of the reason of a decision."""


class MemberSchema(Schema):
    """One device of a pair."""

    device_id: str
    hostname: str
    status: DeviceStatus
    presence: Presence
    last_seen_at: datetime | None
    """Null where it never reported."""
    enrolled_at: datetime
    came_in_at: datetime | None
    """The last time; null where that was before it was kept."""
    address: str
    """From where it came in, as the collector saw it; "" likewise."""
    revoked_at: datetime | None
    owner: str
    """By name; "" for nobody. The same for the next."""
    site: str
    os_name: str
    model: str
    open_tickets: int
    open_alerts: int
    possible_duplicate_of: str | None

    @classmethod
    def of(cls, member: Member) -> Self:
        """Return a device."""
        device, row, came = member.device, member.row, member.came
        return cls(
            device_id=device.device_id,
            hostname=device.hostname,
            status=device.status,
            presence=row.presence,
            last_seen_at=row.last_seen_at,
            enrolled_at=device.enrolled_at,
            came_in_at=came.at if came else None,
            address=came.address if came else "",
            revoked_at=device.revoked_at,
            owner=row.place.owner_name or row.place.owner_id,
            site=row.place.site,
            os_name=row.os_name,
            model=row.model,
            open_tickets=row.open_tickets,
            open_alerts=row.open_alerts,
            possible_duplicate_of=device.possible_duplicate_of,
        )


class SideSchema(Schema):
    """One kind of evidence of both."""

    kind: ClueKind
    older: tuple[str, ...]
    newer: tuple[str, ...]
    """In small letters; of a UUID, the byte order that sorts first."""
    outcome: Outcome | None
    """Null where the newer one says nothing of the kind."""
    points: int


class ApartSchema(Schema):
    """That they are different machines."""

    at: datetime
    by: str
    reason: str


class OutlookSchema(Schema):
    """What becomes of them where they are one machine."""

    goes_on: str
    """The id of the device that all of it is then: it was heard of last."""
    ends: str
    """Of the record that is shut out, and looked up as that device from then on."""
    hindrance: Hindrance | None
    """What stands in the way now; null where nothing does."""


class PairSchema(Schema):
    """Two devices side by side, as they are now."""

    older: MemberSchema
    """The one that enrolled first."""
    newer: MemberSchema
    evidence: tuple[SideSchema, ...]
    points: int
    """80 are enough for one machine if nothing speaks against it, 40 for a possible one."""
    objections: tuple[Objection, ...]
    """What of the evidence speaks against their being one machine."""
    apart: ApartSchema | None
    """Null where nobody said that they are different."""
    outlook: OutlookSchema

    @classmethod
    def of(cls, view: PairView) -> Self:
        """Return a pair."""
        return cls(
            older=MemberSchema.of(view.older),
            newer=MemberSchema.of(view.newer),
            evidence=tuple(SideSchema.model_validate(one) for one in view.evidence),
            points=view.points,
            objections=view.objections,
            apart=ApartSchema.model_validate(view.apart) if view.apart else None,
            outlook=OutlookSchema.model_validate(view.outlook),
        )


class MergedSchema(Schema):
    """Two records that became one device."""

    device_id: str
    """Of the device that goes on."""
    hostname: str
    ended: str
    """The id of the record that ended; looked up, it is that device."""
    ended_hostname: str
    at: datetime
    by: str
    reason: str

    @classmethod
    def of(cls, merged: Merged) -> Self:
        """Return what became of two records."""
        alias, survivor = merged.alias, merged.survivor
        return cls(
            device_id=survivor.device_id,
            hostname=survivor.hostname,
            ended=alias.device_id,
            ended_hostname=alias.hostname,
            at=alias.at,
            by=alias.by,
            reason=alias.reason,
        )


class DecisionBody(Body):
    """What somebody says who decides about a pair."""

    reason: Annotated[str, Field(min_length=1, max_length=REASON_LIMIT, pattern=r"^[^\x00]*$")]
    """Why; the audit keeps it, and whoever meets the devices again reads it."""

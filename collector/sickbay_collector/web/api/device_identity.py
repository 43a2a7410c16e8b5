"""Why a device is taken for what it is, and which devices may be one.

`/api/v1/devices/{device}/identity`, `/possible-duplicates`.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Self

from fastapi import APIRouter

from sickbay_collector.core.device import Device
from sickbay_collector.core.identity import Finding, Judgement, Objection, Outcome, Verdict
from sickbay_collector.core.identity_clues import ClueKind, Housing
from sickbay_collector.services.identity_view import IdentityView, Twin, identity_of, twins
from sickbay_collector.services.lookups import find_device
from sickbay_collector.web.api.base import PAGE_LIMIT, Schema, problems
from sickbay_collector.web.api.devices import Name
from sickbay_collector.web.auth import DevicesRead
from sickbay_collector.web.context import Context

router = APIRouter(tags=["devices"])

_FIND = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


class NamedSchema(Schema):
    """A device by id and name."""

    device_id: str
    hostname: str

    @classmethod
    def of(cls, device: Device | None) -> "NamedSchema | None":
        """Return a device; None for none."""
        return None if device is None else cls.model_validate(device)


class FindingSchema(Schema):
    """A value of a device, as it was compared with the one that was most like it."""

    kind: ClueKind
    value: str
    """In small letters; of a UUID, the byte order that sorts first."""
    outcome: Outcome
    points: int

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Return a value that was compared."""
        return cls.model_validate(finding)


class VerdictSchema(Schema):
    """What a device was taken for when it came in the last time."""

    at: datetime
    verdict: Verdict
    points: int
    """80 are enough for the same device if nothing speaks against it, 40 for a possible one."""
    objections: tuple[Objection, ...]
    """What spoke against taking it for the known device that was most like it."""

    @classmethod
    def of(cls, at: datetime, judged: Judgement) -> Self:
        """Return a verdict."""
        return cls(
            at=at, verdict=judged.verdict, points=judged.points, objections=judged.objections
        )


class AliasSchema(Schema):
    """A record that ended, because its machine goes on as the device."""

    device_id: str
    hostname: str
    at: datetime
    by: str
    reason: str


class IdentitySchema(Schema):
    """Why a device is taken for what it is."""

    device_id: str
    hostname: str
    enrolled_at: datetime
    came_in_at: datetime | None
    """The last time; null where that was before it was kept."""
    token_id: str
    """Of the token that it came in by; "" likewise."""
    address: str
    """From where it came in, as the collector saw it; "" likewise."""
    housing: Housing
    """What it runs in, as its agent says."""
    verdict: VerdictSchema | None
    """Null where it came in before verdicts were kept."""
    other: NamedSchema | None
    """The known device that was most like it; null where there was none, or none that you see."""
    possible_duplicate_of: str | None
    aliases: tuple[AliasSchema, ...]
    """Records that it goes on for, the last one that ended first; looked up, they are it."""
    findings: tuple[FindingSchema, ...]

    @classmethod
    def of(cls, view: IdentityView) -> Self:
        """Return a device's identity."""
        device, came, record = view.device, view.came, view.record
        return cls(
            device_id=device.device_id,
            hostname=device.hostname,
            enrolled_at=device.enrolled_at,
            came_in_at=came.at if came else None,
            token_id=came.token_id if came else "",
            address=came.address if came else "",
            housing=view.housing,
            verdict=VerdictSchema.of(record.at, record.judgement) if record else None,
            other=NamedSchema.of(view.other),
            possible_duplicate_of=device.possible_duplicate_of,
            aliases=tuple(AliasSchema.model_validate(one) for one in view.aliases),
            findings=tuple(FindingSchema.of(one) for one in view.findings),
        )


class TwinSchema(NamedSchema):
    """A device that may be a known one."""

    enrolled_at: datetime
    possible_duplicate_of: str
    other: NamedSchema | None
    """The known device; null where you do not see it."""
    verdict: VerdictSchema | None
    """Null where it came in before verdicts were kept."""

    @classmethod
    def of_twin(cls, twin: Twin) -> Self:
        """Return a device that may be a known one."""
        device, record = twin.device, twin.record
        return cls(
            device_id=device.device_id,
            hostname=device.hostname,
            enrolled_at=device.enrolled_at,
            possible_duplicate_of=device.possible_duplicate_of or "",
            other=NamedSchema.of(twin.other),
            verdict=VerdictSchema.of(record.at, record.judgement) if record else None,
        )


class TwinList(Schema):
    """Devices in service that may be known ones, the last enrolled first."""

    items: tuple[TwinSchema, ...]


@router.get("/devices/{device}/identity", responses={**_FIND})
def get_identity(context: Context, _principal: DevicesRead, device: Name) -> IdentitySchema:
    """Explain why a device is taken for what it is: every value of its evidence, with points."""
    with context.open_reads() as uow:
        view = identity_of(uow, find_device(uow, device), now=context.clock())
    return IdentitySchema.of(view)


@router.get("/possible-duplicates", responses={**problems()})
def get_twins(context: Context, _principal: DevicesRead) -> TwinList:
    """List the devices in service that may be known ones, the last 500."""
    with context.open_reads() as uow:
        found = twins(uow, limit=PAGE_LIMIT)
    return TwinList(items=tuple(TwinSchema.of_twin(one) for one in found))

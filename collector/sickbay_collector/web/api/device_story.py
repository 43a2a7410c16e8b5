"""`/api/v1/devices/{device}`: what happened to a device, what is otherwise, what is installed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from sickbay_collector.services.access_audit import By
from sickbay_collector.services.device_compare import (
    SoftwareLine,
    inventory_difference,
    software_of,
)
from sickbay_collector.services.device_marks import MarkKind, device_marks
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.services.revocation import revoke_named
from sickbay_collector.web.api.base import Body, Moment, Schema, problems
from sickbay_collector.web.api.devices import Name
from sickbay_collector.web.api.schemas import ChangeSchema
from sickbay_collector.web.auth import DevicesRead, DevicesWrite
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/devices/{device}", tags=["devices"])

_DEFAULT = timedelta(days=30)
_REASON_LIMIT = 500
_READ = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


class StretchQuery(Body):
    """Which stretch of time."""

    since: Moment | None = None
    """Default: 30 days before `until`."""
    until: Moment | None = None
    """Default: now."""

    def stretch(self, now: datetime) -> tuple[datetime, datetime]:
        """Return its begin and end."""
        end = self.until or now
        return self.since or end - _DEFAULT, end


class MarkSchema(Schema):
    """Something that happened at one time."""

    at: datetime
    kind: MarkKind
    text: str
    until: datetime | None
    """When it was over; null where it is not, and for changes."""
    ticket: int | None
    """Number of the ticket; null for others."""


class MarkList(Schema):
    """What happened, newest first, at most 200."""

    items: tuple[MarkSchema, ...]


class DifferenceSchema(Schema):
    """How an inventory differs between two moments."""

    changes: tuple[ChangeSchema, ...]
    """By section and path, at most 2,000."""
    count: int
    """How many there are."""
    unknown: tuple[str, ...]
    """Sections of which one of the moments is before the first known content."""


class SoftwareSchema(Schema):
    """A package as it is installed now."""

    name: str
    version: str
    publisher: str
    source: str
    architecture: str
    installed: str
    """When it says that it was installed: 2026-11-20T08:15:00Z; empty where unknown."""
    since: datetime
    """Since when it is known in this version."""
    is_from_start: bool
    """Whether it may be so for longer: no older content was looked at."""

    @classmethod
    def of(cls, line: SoftwareLine) -> "SoftwareSchema":
        """Return a package."""
        return cls.model_validate(line)


class SoftwareList(Schema):
    """Software by name."""

    items: tuple[SoftwareSchema, ...]


class SoftwareQuery(Body):
    """Which software."""

    text: Annotated[str, Field(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")] = ""
    """Part of its name or publisher."""


class RevokeBody(Body):
    """Why a device is shut out."""

    reason: Annotated[str, Field(min_length=1, max_length=_REASON_LIMIT, pattern=r"^[^\x00]*$")]


class RevokedSchema(Schema):
    """A device that is shut out."""

    device_id: str
    hostname: str
    revoked_at: datetime
    revoke_reason: str
    was_revoked: bool
    """Whether it was so before."""


@router.get("/marks", responses={**_READ})
def get_device_marks(
    context: Context,
    _principal: DevicesRead,
    device: Name,
    query: Annotated[StretchQuery, Query()],
) -> MarkList:
    """Show what happened to a device: its alerts, tickets and changes, newest first."""
    since, until = query.stretch(context.clock())
    with context.open_reads() as uow:
        found = find_device(uow, device)
        marks = device_marks(uow, found.device_id, since=since, until=until)
    return MarkList(items=tuple(MarkSchema.model_validate(one) for one in marks))


@router.get("/difference", responses={**_READ})
def get_device_difference(
    context: Context,
    _principal: DevicesRead,
    device: Name,
    query: Annotated[StretchQuery, Query()],
) -> DifferenceSchema:
    """Show what is otherwise in a device's inventory as of `until` than as of `since`."""
    since, until = query.stretch(context.clock())
    with context.open_reads() as uow:
        found = find_device(uow, device)
        difference = inventory_difference(uow, found.device_id, since=since, until=until)
    return DifferenceSchema.model_validate(difference)


@router.get("/software", responses={**_READ})
def get_device_software(
    context: Context,
    _principal: DevicesRead,
    device: Name,
    query: Annotated[SoftwareQuery, Query()],
) -> SoftwareList:
    """Show a device's software, each package with since when it is there in its version."""
    with context.open_reads() as uow:
        lines = software_of(uow, find_device(uow, device).device_id, text=query.text)
    return SoftwareList(items=tuple(SoftwareSchema.of(one) for one in lines))


@router.post("/revoke", responses={**_READ})
def post_device_revoke(
    context: Context, principal: DevicesWrite, device: Name, body: RevokeBody
) -> RevokedSchema:
    """Shut a device out: its certificate is refused from now on; it stays in the inventory."""
    by = By.somebody(principal, context.clock())
    done = revoke_named(device, body.reason, context.open_writes, by=by)
    fields: Mapping[str, object] = {
        name: getattr(done.device, name)
        for name in ("device_id", "hostname", "revoked_at", "revoke_reason")
    }
    return RevokedSchema.model_validate({**fields, "was_revoked": done.was_revoked})

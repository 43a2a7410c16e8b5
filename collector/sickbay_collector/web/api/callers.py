"""`/api/v1/contacts/callers`: who may be calling, while somebody waits on the phone."""

from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter, Query

from sickbay_collector.services.callers import Caller, find_callers
from sickbay_collector.services.lookups import NAME_LIMIT
from sickbay_collector.web.api.base import Schema, problems
from sickbay_collector.web.auth import ContactsLog
from sickbay_collector.web.context import Context

router = APIRouter(prefix="/contacts", tags=["tickets"])

Who = Annotated[str, Query(max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")]
"""A part of a name, an address, a telephone number or a device's name."""


class CallerSchema(Schema):
    """Somebody who may be calling, and a device of theirs."""

    person_id: str | None
    """Null where nobody is known to own the device."""
    name: str
    department: str
    phone: str
    email: str
    device_id: str | None
    """Null where the person has none."""
    hostname: str

    @classmethod
    def of(cls, caller: Caller) -> Self:
        """Return a caller."""
        person, device = caller.person, caller.device
        return cls(
            person_id=None if person is None else person.person_id,
            name="" if person is None else person.name,
            department="" if person is None else person.department,
            phone="" if person is None else person.phone,
            email="" if person is None else person.email,
            device_id=None if device is None else device.device_id,
            hostname="" if device is None else device.hostname,
        )


class CallerList(Schema):
    """Who may be meant: persons with each of their devices, then devices that are called so."""

    items: tuple[CallerSchema, ...]


@router.get("/callers", responses={**problems(HTTPStatus.UNPROCESSABLE_ENTITY)})
def get_callers(context: Context, _principal: ContactsLog, who: Who) -> CallerList:
    """Find who may be calling, with the device that is probably meant."""
    with context.open_reads() as uow:
        found = find_callers(uow, who, now=context.clock())
    return CallerList(items=tuple(CallerSchema.of(one) for one in found))

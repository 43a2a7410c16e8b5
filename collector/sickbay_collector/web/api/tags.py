"""`/api/v1/tags`: which tags there are; and the tags of devices, one or many at once."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.tag import DEVICE_TAGS
from sickbay_collector.services.lookups import NAME_LIMIT, find_device
from sickbay_collector.services.tags import TAGGED_AT_ONCE, TagChange, list_tags, tag_devices
from sickbay_collector.web.api.base import Body, Schema, problems
from sickbay_collector.web.auth import DevicesRead, DevicesWrite
from sickbay_collector.web.context import Context

router = APIRouter(tags=["devices"])

_Name = Annotated[str, Field(min_length=1, max_length=NAME_LIMIT, pattern=r"^[^\x00]*$")]
# Longer ones are refused in the core's own words.
_Tag = Annotated[str, Field(max_length=200)]
_WRITE = problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


class TagSchema(Schema):
    """A tag."""

    tag: str
    devices: int
    """How many devices have it."""


class TagList(Schema):
    """Tags, in order."""

    items: tuple[TagSchema, ...]


class TagBody(Body):
    """Whose tags change, and how."""

    devices: Annotated[frozenset[_Name], Field(min_length=1, max_length=TAGGED_AT_ONCE)]
    """Each by its id or host name."""
    add: Annotated[frozenset[_Tag], Field(max_length=DEVICE_TAGS)] = frozenset()
    remove: Annotated[frozenset[_Tag], Field(max_length=DEVICE_TAGS)] = frozenset()


class Tagged(Schema):
    """What a change of tags did."""

    changed: tuple[str, ...]
    """Ids of the devices whose tags are others now; the rest had, or lacked, them before."""


@router.get("/tags", responses={**problems()})
def get_tags(context: Context, _principal: DevicesRead) -> TagList:
    """List the tags that devices have."""
    with context.open_reads() as uow:
        return TagList(items=tuple(TagSchema.model_validate(one) for one in list_tags(uow)))


@router.post("/devices/tags", responses={**_WRITE})
def post_device_tags(context: Context, principal: DevicesWrite, body: TagBody) -> Tagged:
    """Give tags to devices or take them away, all or nothing; sent again it changes nothing."""
    with context.open_reads() as uow:
        named: frozenset[DeviceId] = frozenset(
            find_device(uow, name).device_id for name in body.devices
        )
    changed = tag_devices(
        context.open_writes,
        TagChange(device_ids=named, add=body.add, remove=body.remove),
        actor=principal.user,
        now=context.clock(),
    )
    return Tagged(changed=tuple(sorted(changed)))

"""Giving tags to devices and taking them away, one device or many at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import InvalidError, NotFoundError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.tag import DEVICE_TAGS, TagCount, checked_tag
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

AUDIT_KIND = "device"
"""What the audit calls a device; its id is the device's."""
TAGGED_AT_ONCE = 500
"""Devices whose tags are changed at once."""
TAGS_LISTED = 2_000
"""Tags of a fleet that are counted; more help nobody to find anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChange:
    """What changes of the tags of devices."""

    device_ids: frozenset[DeviceId]
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()


def tag_devices(
    open_uow: OpenUnitOfWork, change: TagChange, *, actor: str, now: datetime
) -> Sequence[DeviceId]:
    """Change tags, all or nothing; return the devices whose tags are others now.

    Doing it again changes nothing, and the audit has one line for each device that changed.

    Raises:
        InvalidError: A tag is none, is both added and removed, or a device would have too many.
        NotFoundError: There is no such device.
    """
    wanted = _checked(change)
    with open_uow() as uow:
        devices = _found(uow, wanted.device_ids)
        before = uow.tags.of(wanted.device_ids)
        uow.tags.add(wanted.add, wanted.device_ids, at=now, by=actor)
        uow.tags.remove(wanted.remove, wanted.device_ids)
        after = uow.tags.of(wanted.device_ids)
        changed = [one for one in devices if before.get(one) != after.get(one)]
        for device_id in changed:
            _require_room(devices[device_id], after.get(device_id, ()))
        uow.audit.add_all([_event(one, before, after, actor, now) for one in changed])
        uow.commit()
    return changed


def list_tags(uow: UnitOfWork) -> Sequence[TagCount]:
    """Return the tags that devices have, in order."""
    return uow.tags.counts(limit=TAGS_LISTED)


def _checked(change: TagChange) -> TagChange:
    if not 1 <= len(change.device_ids) <= TAGGED_AT_ONCE:
        raise InvalidError(
            "devices: name 1 to %(tagged_at_once)s, not %(device_ids)s",
            tagged_at_once=TAGGED_AT_ONCE,
            device_ids=len(change.device_ids),
        )
    add, remove = (frozenset(map(checked_tag, tags)) for tags in (change.add, change.remove))
    if not add and not remove:
        raise InvalidError("tag: name one to add or to remove")
    if both := add & remove:
        raise InvalidError(
            "tag: %(both)s is both added and removed; do one of them", both=min(both)
        )
    return TagChange(device_ids=change.device_ids, add=add, remove=remove)


def _found(uow: UnitOfWork, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, Device]:
    found = {one.device_id: one for one in uow.devices.load(sorted(device_ids))}
    if missing := set(device_ids) - found.keys():
        raise NotFoundError("no device has the id %(missing)s", missing=min(missing))
    return found


def _require_room(device: Device, tags: Sequence[str]) -> None:
    if len(tags) > DEVICE_TAGS:
        raise InvalidError(
            "tag: %(hostname)s would have %(tags)s; a device has at most %(device_tags)s",
            hostname=device.hostname,
            tags=len(tags),
            device_tags=DEVICE_TAGS,
        )


def _event(
    device_id: DeviceId,
    before: Mapping[DeviceId, Sequence[str]],
    after: Mapping[DeviceId, Sequence[str]],
    actor: str,
    now: datetime,
) -> AuditEvent:
    was, now_is = (" ".join(tags.get(device_id, ())) for tags in (before, after))
    return AuditEvent(
        at=now,
        actor=actor,
        action="changed",
        object_kind=AUDIT_KIND,
        object_id=device_id,
        before={"tags": was} if was else {},
        after={"tags": now_is} if now_is else {},
    )

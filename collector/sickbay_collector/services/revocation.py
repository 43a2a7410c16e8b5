"""Shutting a device out by the name that people call it."""

from dataclasses import dataclass

from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.enrollment import revoke
from sickbay_collector.services.lookups import find_device
from sickbay_collector.services.ports import OpenUnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """A device that is shut out."""

    device: Device
    was_revoked: bool
    """Whether it was so before; its reason and time are those of then."""


def revoke_named(name: str, reason: str, open_uow: OpenUnitOfWork, *, by: By) -> Revocation:
    """Shut out the device with this id or host name. It stays in the inventory.

    The beginning of a name, which finds a device elsewhere, is not enough here.

    Raises:
        NotFoundError: No device is called exactly so.
        ConflictError: Several are; the message names their ids.
    """
    with open_uow() as uow:
        found = find_device(uow, name)
    if name.lower() not in {found.device_id, found.hostname.lower()}:
        raise NotFoundError(
            "no device is called %(name)s; did you mean %(hostname)s?",
            name=name,
            hostname=found.hostname,
        )
    device = revoke(found.device_id, reason, open_uow, by=by)
    return Revocation(device=device, was_revoked=found.revoked_at is not None)

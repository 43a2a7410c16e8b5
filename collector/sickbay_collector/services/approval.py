"""Devices that came in by a token that demands approval, and what somebody decides about them.

Until then a device may renew its certificate and nothing else: its reports are refused with the
wish to come again, so its agent keeps them and delivers all of them once it is approved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sickbay_collector.core.device import Device, DeviceStatus, EnrollmentToken
from sickbay_collector.core.enrollment import EnrollmentRecord
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.text import clean_text
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.lookups import find_device
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

_NO_REASON = "not approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDevice:
    """A device that waits for approval, and how it came in."""

    device: Device
    came: EnrollmentRecord | None
    token: EnrollmentToken | None


def pending_devices(uow: UnitOfWork, *, limit: int) -> Sequence[PendingDevice]:
    """Return the devices that wait, the oldest first."""
    devices = uow.devices.pending(limit=limit)
    came = uow.enrollments.of([one.device_id for one in devices])
    tokens = {one.token_id: one for one in uow.tokens.all()} if devices else {}
    found = []
    for device in devices:
        record_of = came.get(device.device_id)
        token = tokens.get(record_of.token_id) if record_of else None
        found.append(PendingDevice(device=device, came=record_of, token=token))
    return found


def approve(name: str, open_uow: OpenUnitOfWork, *, by: By) -> Device:
    """Let in a device that waits, by its id or host name; what it kept arrives within minutes.

    Raises:
        NotFoundError: No device is called so.
        ConflictError: Several are, or it does not wait.
    """
    with open_uow() as uow:
        device = _named(uow, name)
        if not uow.devices.activate(device.device_id):
            raise _settled(device)
        _say(uow, device, "approved", "", by)
        uow.commit()
    return replace(device, status=DeviceStatus.ACTIVE)


def refuse(name: str, reason: str, open_uow: OpenUnitOfWork, *, by: By) -> Device:
    """Shut out a device that waits, by its id or host name; nothing that it kept arrives.

    Raises:
        NotFoundError: No device is called so.
        ConflictError: Several are, or it does not wait.
    """
    with open_uow() as uow:
        device = uow.devices.get(_named(uow, name).device_id, hold=True)
        if device is None or not _waits(device):
            raise _settled(device)
        said = clean_text(reason).strip() or _NO_REASON
        device = replace(device, status=DeviceStatus.RETIRED, revoked_at=by.at, revoke_reason=said)
        uow.devices.save(device)
        _say(uow, device, "refused", said, by)
        uow.commit()
    return device


def _named(uow: UnitOfWork, name: str) -> Device:
    """Return the device with this id or host name; the beginning of a name is not enough."""
    found = find_device(uow, name)
    if name.lower() not in {found.device_id, found.hostname.lower()}:
        raise ConflictError(
            "no device is called %(name)s; did you mean %(hostname)s?",
            name=name,
            hostname=found.hostname,
        )
    return found


def _waits(device: Device) -> bool:
    return device.status == DeviceStatus.PENDING and device.revoked_at is None


def _settled(device: Device | None) -> ConflictError:
    name = device.hostname if device else "the device"
    return ConflictError("%(name)s does not wait for approval", name=name)


def _say(uow: UnitOfWork, device: Device, action: str, reason: str, by: By) -> None:
    said = {"device": device.hostname, "reason": reason}
    record(uow, by, action, Kept.CERTIFICATE, DeviceId(device.device_id), after=said)

"""What somebody decides about two devices that look like one machine."""

from dataclasses import dataclass, replace

from sickbay_collector.core.device import Device
from sickbay_collector.core.device_pair import Apart, in_order
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.text import clean_text
from sickbay_collector.services.access_audit import By, Kept, record
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Who decides what about which pair."""

    one: DeviceId
    other: DeviceId
    reason: str
    by: By


def tell_apart(open_uow: OpenUnitOfWork, deciding: Deciding) -> Apart:
    """Keep that two devices are different machines; what both have tells nothing from now on.

    Neither is taken for the other again. Deciding it again changes nothing.

    Raises:
        NotFoundError: One of them is not there.
        ConflictError: They are the same record.
        InvalidError: There is no reason.
    """
    reason = checked_reason(deciding)
    with open_uow() as uow:
        devices = hold_pair(uow, deciding)
        one, other = (device.device_id for device in devices)
        known = uow.pairs.apart(one, other)
        if known is not None:
            return known
        decision = Apart(
            one=one, other=other, at=deciding.by.at, by=deciding.by.user, reason=reason
        )
        uow.pairs.put_apart(decision)
        for device in devices:
            if device.possible_duplicate_of in {one, other}:
                uow.devices.save(replace(device, possible_duplicate_of=None))
        _say(uow, devices, "told apart", reason, deciding.by)
        uow.commit()
    return decision


def checked_reason(deciding: Deciding) -> str:
    """Return why somebody decides.

    Raises:
        InvalidError: It is empty.
    """
    reason = clean_text(deciding.reason).strip()
    if not reason:
        raise InvalidError("reason: say why; whoever meets these devices again will ask")
    return reason


def hold_pair(uow: UnitOfWork, deciding: Deciding) -> tuple[Device, Device]:
    """Return both devices in the order of their ids; nobody else writes them meanwhile.

    Raises:
        NotFoundError: One of them is not there.
        ConflictError: They are the same record.
    """
    if deciding.one == deciding.other:
        raise ConflictError("these are one device: name two")
    first, second = in_order(deciding.one, deciding.other)
    return _hold(uow, first), _hold(uow, second)


def _hold(uow: UnitOfWork, device_id: DeviceId) -> Device:
    device = uow.devices.get(device_id, hold=True)
    if device is None:
        raise NotFoundError("no device has the id %(device_id)s", device_id=device_id)
    return device


def _say(uow: UnitOfWork, devices: tuple[Device, Device], action: str, reason: str, by: By) -> None:
    """Write down a decision with each of the two, so that it is found by either."""
    for device, other in (devices, devices[::-1]):
        said = {
            "device": device.hostname,
            "other": f"{other.hostname} ({other.device_id})",
            "reason": reason,
        }
        record(uow, by, action, Kept.IDENTITY, device.device_id, after=said)

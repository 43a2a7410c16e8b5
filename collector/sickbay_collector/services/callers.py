"""Who calls: persons by what they are called, each with their devices, and devices by their name.

A caller is what a contact needs: somebody, and the device that is probably meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.asset import AssetField, settle_all
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.person import Person, PersonFilter
from sickbay_collector.services.ports import UnitOfWork

MOST = 5
"""Persons, and devices, that one search names: who finds more types on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who may be calling, and a device of theirs."""

    person: Person | None
    """None where nobody is known to own the device."""
    device: Device | None
    """None where the person has none."""


def find_callers(uow: UnitOfWork, text: str, *, now: datetime) -> tuple[Caller, ...]:
    """Return who may be meant by a part of a name, an address, a number or a device's name."""
    words = text.strip()
    if not words:
        return ()
    people = uow.people.list(PersonFilter(text=words), limit=MOST)
    owned = {one.person_id: uow.assets.owned_by(one.person_id, now=now) for one in people}
    devices = _by_id(uow.devices.load({device for ids in owned.values() for device in ids}))
    found: list[Caller] = []
    for person in people:
        mine = [devices[one] for one in owned[person.person_id] if one in devices]
        found += [Caller(person=person, device=one) for one in mine[:MOST]]
        if not mine:
            found.append(Caller(person=person, device=None))
    named = [one for one in uow.devices.named(words, limit=MOST) if one.device_id not in devices]
    return (*found, *_with_owners(uow, named, now))


def _with_owners(uow: UnitOfWork, devices: Sequence[Device], now: datetime) -> tuple[Caller, ...]:
    stored = uow.assets.load({one.device_id for one in devices}) if devices else {}
    owners = {
        device_id: PersonId(owner.value)
        for device_id, asset in stored.items()
        if (owner := settle_all(asset.claims, now).get(AssetField.OWNER)) is not None
    }
    people = uow.people.many(set(owners.values())) if owners else {}
    return tuple(
        Caller(person=people.get(owners.get(one.device_id, PersonId(""))), device=one)
        for one in devices
    )


def _by_id(devices: Sequence[Device]) -> Mapping[DeviceId, Device]:
    return {one.device_id: one for one in devices}

"""The asset record of a device: shown, changed by hand, its changes and its maintenance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sickbay_collector.core.asset import AssetField, Claim, Settled, Source, settle_all
from sickbay_collector.core.asset_fields import checked_value
from sickbay_collector.core.audit import change_event
from sickbay_collector.core.audit_chain import AuditEntry
from sickbay_collector.core.device import Criticality, Device, DeviceClass
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import DeviceId, PersonId
from sickbay_collector.core.inventory import Row
from sickbay_collector.core.person import Person
from sickbay_collector.services.asset_ports import AssetWrite, StoredAsset
from sickbay_collector.services.audit_ports import AuditFilter
from sickbay_collector.services.known_sites import check_site
from sickbay_collector.services.people import find_person
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork

AUDIT_KIND = "asset"
"""What the audit calls an asset record; its id is the device's."""
_DISCOVERED = (
    (AssetField.VENDOR, "manufacturer"),
    (AssetField.MODEL, "model"),
    (AssetField.SERIAL, "serial"),
    (AssetField.CHASSIS, "chassis_type"),
    (AssetField.ASSET_TAG, "asset_tag"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetView:
    """The asset record of a device."""

    device: Device
    version: int
    """Counts writes; 0 where nobody wrote anything."""
    fields: Mapping[AssetField, Settled]
    """Those of which somebody says something."""
    owner: Person | None
    """None where nobody owns it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetChange:
    """What somebody changes of an asset record."""

    values: Mapping[AssetField, str] = field(default_factory=dict)
    """What fields are from now on; "" for nothing."""
    withdraw: frozenset[AssetField] = frozenset()
    """Fields of which the person says nothing any more: the file or the device counts again."""
    until: datetime | None = None
    """How long the values go before others; None for ever."""
    device_class: DeviceClass | None = None
    """What it is for; None for as before. The same for the next."""
    criticality: Criticality | None = None


def discovered(device: Device, system: tuple[Row, datetime] | None) -> Sequence[Claim]:
    """Return what a device says of itself.

    Args:
        device: The device, with what it said when it enrolled.
        system: The facts of its section "system" and since when; None before it reported them.
    """
    evidence = device.evidence
    enrolled: Row = {"serial": evidence.system_serial, "asset_tag": evidence.chassis_asset_tag}
    facts, since = system or (enrolled, device.enrolled_at)
    return tuple(
        Claim(field=name, source=Source.DISCOVERED, value=str(facts[fact]), at=since, by="")
        for name, fact in _DISCOVERED
        if facts.get(fact)
    )


def asset_of(uow: UnitOfWork, device: Device, *, now: datetime) -> AssetView:
    """Return the asset record of a device."""
    return asset_with(uow, device, _system(uow, device.device_id), now=now)


def asset_with(
    uow: UnitOfWork, device: Device, system: tuple[Row, datetime] | None, *, now: datetime
) -> AssetView:
    """Return the asset record of a device whose section "system", and since when, is known."""
    stored = uow.assets.load([device.device_id]).get(device.device_id, StoredAsset())
    claims = (*stored.claims, *discovered(device, system))
    fields = settle_all(claims, now)
    owner = fields.get(AssetField.OWNER)
    return AssetView(
        device=device,
        version=stored.version,
        fields=fields,
        owner=uow.people.get(PersonId(owner.value)) if owner else None,
    )


def change_asset(
    open_uow: OpenUnitOfWork,
    device_id: DeviceId,
    change: AssetChange,
    *,
    expected_version: int,
    actor: str,
    now: datetime,
) -> None:
    """Change an asset record that is still as it was read.

    Raises:
        InvalidError: A value is wrong; the message begins with its field.
        ConflictError: Somebody changed the record meanwhile.
        NotFoundError: There is no such device, or no such owner.
    """
    if change.until is not None and change.until <= now:
        raise InvalidError("until: is in the past; name a date to come, or none for ever")
    if both := change.withdraw & change.values.keys():
        raise InvalidError("%(both)s: is both set and withdrawn; do one of them", both=min(both))
    with open_uow() as uow:
        device = uow.devices.get(device_id)
        if device is None:
            raise NotFoundError("no device has the id %(device_id)s", device_id=device_id)
        before = asset_of(uow, device, now=now)
        write = AssetWrite(
            device_id=device_id,
            version=expected_version,
            put=tuple(_claims(uow, change, actor, now)),
            withdraw=tuple((name, Source.MANUAL) for name in sorted(change.withdraw)),
        )
        if before.version != expected_version or not uow.assets.save_all([write]):
            raise ConflictError(
                "the record of %(hostname)s is at version %(version)s, not "
                "%(expected_version)s; read it again",
                hostname=device.hostname,
                version=before.version,
                expected_version=expected_version,
            )
        after = asset_of(uow, classified(uow, device, change), now=now)
        uow.audit.add(
            change_event(
                at=now,
                actor=actor,
                object_kind=AUDIT_KIND,
                object_id=device_id,
                before=audited(before, now),
                after=audited(after, now),
            )
        )
        uow.commit()


def classified(uow: UnitOfWork, device: Device, change: AssetChange) -> Device:
    """Write what a device is for, where that changes, and return the device as it is then."""
    after = replace(
        device,
        device_class=change.device_class or device.device_class,
        criticality=change.criticality or device.criticality,
    )
    if after != device:
        uow.devices.classify(
            device.device_id, device_class=after.device_class, criticality=after.criticality
        )
    return after


def audited(view: AssetView, now: datetime) -> Mapping[str, str]:
    """Return the record's fields as the audit keeps them: with how long a manual value holds."""
    texts = {
        "device_class": view.device.device_class.value,
        "criticality": view.device.criticality.value,
    }
    for name, settled in view.fields.items():
        claim = settled.claim
        holds = "" if claim.until is None or claim.until <= now else f" until {claim.until:%F}"
        texts[name.value] = f"{claim.value} ({claim.source}{holds})"
    return texts


def asset_history(
    uow: UnitOfWork, device_id: DeviceId, *, limit: int, before: int | None = None
) -> Sequence[AuditEntry]:
    """Return who changed what of a device's record and maintenance, newest first."""
    wanted = AuditFilter(object_kind=AUDIT_KIND, object_id=device_id)
    return uow.audit.list(wanted, limit=limit, before=before)


def devices_of(uow: UnitOfWork, person: Person, *, now: datetime) -> Sequence[Device]:
    """Return the devices that a person owns, by host name."""
    ids = uow.assets.owned_by(person.person_id, now=now)
    found = (uow.devices.get(device_id) for device_id in ids)
    return sorted((one for one in found if one is not None), key=lambda one: one.hostname)


def _claims(uow: UnitOfWork, change: AssetChange, actor: str, now: datetime) -> Sequence[Claim]:
    check_site(uow, checked_value(AssetField.SITE, change.values.get(AssetField.SITE, "")))
    return [
        Claim(
            field=name,
            source=Source.MANUAL,
            value=owner_id(uow, checked_value(name, text))
            if name is AssetField.OWNER
            else checked_value(name, text),
            at=now,
            by=actor,
            until=change.until,
        )
        for name, text in change.values.items()
    ]


def owner_id(uow: UnitOfWork, name: str) -> str:
    """Return the id of the person whom people call so; "" for nobody."""
    return find_person(uow, name).person_id if name else ""


def _system(uow: UnitOfWork, device_id: DeviceId) -> tuple[Row, datetime] | None:
    for version in uow.sections.current(device_id):
        content = uow.sections.content(version.hash) if version.kind == "system" else None
        if content is not None:
            return content.facts, version.since
    return None

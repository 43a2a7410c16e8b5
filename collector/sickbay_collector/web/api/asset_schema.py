"""Asset records as the API shows and takes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from sickbay_collector.core.asset import AssetField, Claim, Settled, Source
from sickbay_collector.core.audit_chain import AuditEntry
from sickbay_collector.core.device import Criticality, Device, DeviceClass, DeviceStatus
from sickbay_collector.core.repair import Repair, RepairKind, totals
from sickbay_collector.services.assets import AssetView
from sickbay_collector.web.api.base import Body, Moment, Schema

# Longer texts are refused with the field's own limit, in its own words, by the core.
_Text = Annotated[str, Field(max_length=1000)]
_LONG = 5000


class ClaimSchema(Schema):
    """What one source says."""

    value: str
    """Empty where it says that there is nothing."""
    source: Source
    at: datetime
    by: str
    """Login name; empty for the device itself."""
    until: datetime | None
    """Of a manual value: how long it goes before the others; null for ever."""

    @classmethod
    def of(cls, claim: Claim) -> Self:
        """Return a claim."""
        return cls.model_validate(claim)


class AssetFieldSchema(ClaimSchema):
    """What a field is."""

    conflicts: tuple[ClaimSchema, ...]
    """What others say, the one that would count next first."""

    @classmethod
    def of_settled(cls, settled: Settled) -> Self:
        """Return a field."""
        conflicts = tuple(ClaimSchema.of(one) for one in settled.conflicts)
        return cls(**ClaimSchema.of(settled.claim).model_dump(), conflicts=conflicts)


class OwnerSchema(Schema):
    """Who owns a device."""

    person_id: str
    name: str
    email: str
    phone: str
    department: str


class AssetSchema(Schema):
    """The asset record of a device."""

    device_id: str
    hostname: str
    device_class: DeviceClass
    criticality: Criticality
    version: int
    """Counts writes; 0 where nobody wrote anything."""
    owner: OwnerSchema | None
    fields: Mapping[AssetField, AssetFieldSchema]
    """Those of which somebody says something."""

    @classmethod
    def of(cls, view: AssetView) -> Self:
        """Return a record."""
        return cls(
            device_id=view.device.device_id,
            hostname=view.device.hostname,
            device_class=view.device.device_class,
            criticality=view.device.criticality,
            version=view.version,
            owner=None if view.owner is None else OwnerSchema.model_validate(view.owner),
            fields={name: AssetFieldSchema.of_settled(one) for name, one in view.fields.items()},
        )


class AssetBody(Body):
    """What changes of an asset record."""

    fields: Mapping[AssetField, _Text] = {}
    """What fields are; empty for nothing. Dates as 2026-11-30, the cost as 1299.00 EUR, the owner
    by id, e-mail address, login or name."""
    withdraw: frozenset[AssetField] = frozenset()
    """Fields of which nothing is said by hand any more: a file or the device counts again."""
    until: Moment | None = None
    """How long the fields go before what files and the device say; null for ever."""
    device_class: DeviceClass | None = None
    criticality: Criticality | None = None


class AssetChangeSchema(Schema):
    """A change of a record or its maintenance."""

    entry: int
    at: datetime
    actor: str
    before: Mapping[str, str]
    after: Mapping[str, str]


class AssetHistory(Schema):
    """Changes, newest first."""

    items: tuple[AssetChangeSchema, ...]
    next_cursor: str | None
    """Null on the last page."""

    @classmethod
    def of(cls, entries: Sequence[AuditEntry], *, following: str | None) -> Self:
        """Return a page."""
        items = tuple(
            AssetChangeSchema(
                entry=one.entry,
                at=one.event.at,
                actor=one.event.actor,
                before=one.event.before,
                after=one.event.after,
            )
            for one in entries
        )
        return cls(items=items, next_cursor=following)


class RepairSchema(Schema):
    """A line of the maintenance history."""

    repair_id: str
    at: datetime
    kind: RepairKind
    text: str
    supplier: str
    cents: int | None
    """Hundredths of what it cost; null where that is unknown."""
    currency: str
    by: str
    ticket: int | None
    """Number of the ticket that it was done for; null for one written down by hand."""


class RepairList(Schema):
    """The maintenance history, newest first."""

    items: tuple[RepairSchema, ...]
    cents: Mapping[str, int]
    """What it all cost in hundredths, by currency."""

    @classmethod
    def of(cls, repairs: Sequence[Repair]) -> Self:
        """Return the history."""
        items = tuple(RepairSchema.model_validate(one) for one in repairs)
        return cls(items=items, cents=totals(repairs))


class RepairBody(Body):
    """A repair or part."""

    kind: RepairKind = RepairKind.REPAIR
    text: Annotated[str, Field(max_length=_LONG)]
    at: Moment | None = None
    """When it was done; null for now."""
    supplier: _Text = ""
    cost: Annotated[str, Field(max_length=40)] = ""
    """"129.90 EUR"; empty where it is unknown."""


class OwnedDevice(Schema):
    """A device of a person."""

    device_id: str
    hostname: str
    status: DeviceStatus
    device_class: DeviceClass
    criticality: Criticality

    @classmethod
    def of(cls, device: Device) -> Self:
        """Return a device."""
        return cls.model_validate(device)


class OwnedDevices(Schema):
    """The devices of a person, by host name."""

    items: tuple[OwnedDevice, ...]

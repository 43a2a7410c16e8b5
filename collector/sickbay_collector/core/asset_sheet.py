"""What a file of asset records would change: a pure plan, applied or only shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.core.asset import AssetField, Claim, Settled, Source, settle_all
from sickbay_collector.core.asset_fields import checked_value
from sickbay_collector.core.device import Criticality, Device, DeviceClass, DeviceStatus
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.sheet import CellChange, CellError, Fields, Sheet, SheetRow

ASSET_FIELDS = Fields(
    names=("device_id", "hostname", *AssetField, "device_class", "criticality"),
    aliases=MappingProxyType(
        {
            "id": "device_id",
            "host": "hostname",
            "device": "hostname",
            "devicename": "hostname",
            "computername": "hostname",
            "serialnumber": "serial",
            "manufacturer": "vendor",
            "purchasedate": "purchased_on",
            "price": "cost",
            "warrantyend": "warranty_until",
            "class": "device_class",
        }
    ),
)
"""Columns of a file of asset records."""
_KEYS = ("device_id", "serial", "asset_tag", "hostname")
_GONE = frozenset({DeviceStatus.RETIRED, DeviceStatus.DISPOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAsset:
    """A device and what is said about it."""

    device: Device
    version: int
    """Of its record; 0 where nobody wrote anything."""
    claims: tuple[Claim, ...]
    """The device's own included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAsset:
    """What a row changes of a device."""

    known: KnownAsset
    device: Device
    """As it would be."""
    put: tuple[Claim, ...]
    withdraw: tuple[tuple[AssetField, Source], ...]
    before: Mapping[AssetField, Settled]
    after: Mapping[AssetField, Settled]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPlan:
    """What a file would do."""

    changed: tuple[PlannedAsset, ...]
    unchanged: int
    changes: tuple[CellChange, ...]
    errors: tuple[CellError, ...]


def plan_assets(
    known: Iterable[KnownAsset],
    sheet: Sheet,
    *,
    owner_of: Callable[[str], str],
    check_site: Callable[[str], None],
    actor: str,
    now: datetime,
) -> AssetPlan:
    """Return what the file would do.

    A row is of the device with its `device_id`, else its serial number, else its asset tag, else
    its host name; an unknown one is an error. What a cell says differently from what is settled
    becomes what the file says; it counts where nobody says otherwise by hand. An empty cell takes
    back what a file said.

    Args:
        known: Every device.
        sheet: The file.
        owner_of: Returns the id of the person whom a cell names; raises `InvalidError`.
        check_site: Raises it for a site that there is none of.
        actor: Who imports.
        now: The present time.
    """
    planner = _Planner(sheet=sheet, owner_of=owner_of, check_site=check_site, actor=actor, now=now)
    for one in known:
        planner.know(one)
    for row in sheet.rows:
        planner.take(row)
    return AssetPlan(
        changed=tuple(planner.changed),
        unchanged=planner.unchanged,
        changes=tuple(planner.changes),
        errors=tuple(sorted([*sheet.errors, *planner.errors], key=lambda one: one.line)),
    )


class _Wrong(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name


@dataclass(slots=True, kw_only=True)
class _Planner:
    sheet: Sheet
    owner_of: Callable[[str], str]
    check_site: Callable[[str], None]
    actor: str
    now: datetime
    found: dict[tuple[str, str], list[KnownAsset]] = field(default_factory=dict)
    lines: dict[DeviceId, int] = field(default_factory=dict)
    changed: list[PlannedAsset] = field(default_factory=list)
    unchanged: int = 0
    changes: list[CellChange] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)

    def know(self, one: KnownAsset) -> None:
        settled = settle_all(one.claims, self.now)
        names = {
            "device_id": one.device.device_id,
            "hostname": one.device.hostname,
            "serial": _value(settled, AssetField.SERIAL),
            "asset_tag": _value(settled, AssetField.ASSET_TAG),
        }
        for name, value in names.items():
            if value:
                self.found.setdefault((name, value.lower()), []).append(one)

    def take(self, row: SheetRow) -> None:
        try:
            known = self._device(row.cells)
            planned = self._planned(known, row)
        except _Wrong as error:
            column = self.sheet.titles.get(error.name, "")
            self.errors.append(CellError(line=row.line, column=column, detail=str(error)))
            return
        self.lines[known.device.device_id] = row.line
        if planned.put or planned.withdraw or planned.device != known.device:
            self.changed.append(planned)
            self.changes.extend(_changes(planned, row.line))
        else:
            self.unchanged += 1

    def _device(self, cells: Mapping[str, str]) -> KnownAsset:
        """Return which device a row is of.

        Raises:
            _Wrong: It is none's or several's, or was on another line.
        """
        keys = [(name, cells.get(name, "").strip().lower()) for name in _KEYS]
        given = [key for key in keys if key[1]]
        if not given:
            raise _Wrong("", "needs a serial, asset_tag, hostname or device_id")
        key = next((one for one in given if one in self.found), None)
        if key is None or (given[0][0] == "device_id" and key != given[0]):
            raise _Wrong(given[0][0], f"no device has the {given[0][0]} {given[0][1][:60]}")
        devices = self.found[key]
        present = [one for one in devices if one.device.status not in _GONE] or devices
        if len(present) > 1:
            names = ", ".join(f"{one.device.hostname} ({one.device.device_id})" for one in present)
            raise _Wrong(key[0], f"several devices have it: {names[:200]}")
        known = present[0]
        if known.device.device_id in self.lines:
            first = self.lines[known.device.device_id]
            raise _Wrong("", f"{known.device.hostname} is on line {first} already")
        self._require_serial(known, dict(given).get("serial", ""))
        return known

    def _require_serial(self, known: KnownAsset, serial: str) -> None:
        """Refuse a row that names other hardware than the device that has its other names now."""
        has = _value(settle_all(known.claims, self.now), AssetField.SERIAL)
        if serial and has and has.lower() != serial:
            raise _Wrong("serial", f"{known.device.hostname} has the serial {has}, not {serial}")

    def _planned(self, known: KnownAsset, row: SheetRow) -> PlannedAsset:
        before = settle_all(known.claims, self.now)
        said = {one.field: one for one in known.claims if one.source is Source.IMPORTED}
        put: list[Claim] = []
        withdraw: list[tuple[AssetField, Source]] = []
        for name in AssetField:
            # What a device says of itself is compared as it is: it may break the rules of a field.
            if row.cells.get(name) in {None, _value(before, name)}:
                continue
            value = self._cell(name, row.cells[name])
            if _is_same(name, value, _value(before, name)):
                continue
            if not value and name in said:
                withdraw.append((name, Source.IMPORTED))
            elif value and (name not in said or said[name].value != value):
                put.append(self._claim(name, value))
        gone = {*withdraw, *((one.field, one.source) for one in put)}
        kept = [one for one in known.claims if (one.field, one.source) not in gone]
        return PlannedAsset(
            known=known,
            device=_classified(known.device, row.cells),
            put=tuple(put),
            withdraw=tuple(withdraw),
            before=before,
            after=settle_all([*kept, *put], self.now),
        )

    def _cell(self, name: AssetField, text: str) -> str:
        try:
            value = checked_value(name, text)
            if name is AssetField.SITE:
                self.check_site(value)
            return self.owner_of(value) if name is AssetField.OWNER and value else value
        except InvalidError as error:
            raise _Wrong(name, str(error).removeprefix(f"{name}: ")) from error

    def _claim(self, name: AssetField, value: str) -> Claim:
        return Claim(field=name, source=Source.IMPORTED, value=value, at=self.now, by=self.actor)


def _classified(device: Device, cells: Mapping[str, str]) -> Device:
    """Return the device with what a row says that it is for; an empty cell says nothing."""
    if text := cells.get("device_class", "").strip():
        kind = _member(DeviceClass, "device_class", text)
        device = replace(device, device_class=DeviceClass(kind))
    if text := cells.get("criticality", "").strip():
        kind = _member(Criticality, "criticality", text)
        device = replace(device, criticality=Criticality(kind))
    return device


def _member(members: type[StrEnum], name: str, text: str) -> str:
    known = [one.value for one in members]
    if text.lower() not in known:
        raise _Wrong(name, f"{text[:40]!r} is none of {', '.join(known)}")
    return text.lower()


def _changes(planned: PlannedAsset, line: int) -> Sequence[CellChange]:
    old, new = planned.known.device, planned.device
    said = {one.field: one.value for one in planned.put}
    pairs = [
        ("device_class", old.device_class.value, new.device_class.value),
        ("criticality", old.criticality.value, new.criticality.value),
    ]
    for name in AssetField:
        before, after = _value(planned.before, name), _value(planned.after, name)
        if name in said and after != said[name]:
            source = planned.after[name].claim.source
            pairs.append((name, before, f"{after} ({source} goes before {said[name]})"))
        else:
            pairs.append((name, before, after))
    return [
        CellChange(line=line, name=new.hostname, field=name, before=before, after=after)
        for name, before, after in pairs
        if before != after
    ]


def _is_same(name: AssetField, value: str, before: str) -> bool:
    """Return whether a cell says what is settled, whatever the case of what names a device."""
    if name in {AssetField.SERIAL, AssetField.ASSET_TAG}:
        return value.lower() == before.lower()
    return value == before


def _value(settled: Mapping[AssetField, Settled], name: AssetField) -> str:
    return settled[name].value if name in settled else ""

"""Finding devices: the list, worst first, and one device by whatever people call it."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.asset import AssetField, settle_all
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.device import (
    CertificateState,
    Criticality,
    Device,
    DeviceClass,
    DeviceStatus,
    Presence,
    certificate_state,
)
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.core.health.assess import grade
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import Row
from sickbay_collector.services.asset_ports import StoredAsset
from sickbay_collector.services.counts import GONE, presence_of
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.device_rows import (
    DeviceOrder,
    DevicePlace,
    DevicePosition,
    DeviceRow,
    model_of,
    os_name_of,
    place_of,
    position_of,
)
from sickbay_collector.services.ports import UnitOfWork

NAME_LIMIT = 253
"""Characters of a device's id or host name in a request; RFC 1035 allows no longer names."""
# A device has few open tickets: the desk keeps one per family.
_MANY_TICKETS = 100
# A name that begins so many is too short to tell which one is meant.
_MANY_NAMED = 100
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFilter:
    """Which devices to list. What is empty or None does not filter."""

    presences: frozenset[Presence] = frozenset()
    statuses: frozenset[DeviceStatus] = frozenset()
    """Retired and disposed devices are listed only when named here."""
    max_score: float | None = None
    """Only devices with a score at or below."""
    text: str = ""
    """Only devices whose host name holds this, whatever its case."""
    owner: str = ""
    """Only devices of the person with this id."""
    site: str = ""
    """Only devices of the site with this id."""
    department: str = ""
    tags: frozenset[str] = frozenset()
    """Only devices that have all of these."""
    classes: frozenset[DeviceClass] = frozenset()
    criticalities: frozenset[Criticality] = frozenset()
    system: str = ""
    """Only devices whose system's name holds this, whatever its case; the same for the next."""
    model: str = ""
    agent: str = ""
    """Only devices with this version of the agent."""
    certificates: frozenset[CertificateState] = frozenset()
    has_alerts: bool = False
    has_tickets: bool = False
    """Only devices with open ones."""

    @property
    def asset(self) -> Mapping[AssetField, str]:
        """Return what fields of the asset record have to be."""
        named = {
            AssetField.OWNER: self.owner,
            AssetField.SITE: self.site,
            AssetField.DEPARTMENT: self.department,
        }
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """How a list is sorted."""

    order: DeviceOrder = DeviceOrder.WORST
    descending: bool = False
    """The order's key the other way round; devices that are alike still by host name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePage:
    """A part of the list."""

    rows: tuple[DeviceRow, ...]
    next: DevicePosition | None
    """Where the next page begins; None at the end."""


class ListDevices(Protocol):
    """Reads a page of devices as `list_devices` does, from a database asked in one go."""

    def __call__(
        self,
        wanted: DeviceFilter,
        *,
        sort: Sort,
        limit: int,
        after: DevicePosition | None,
        now: datetime,
        started_at: datetime,
        reach: Reach | None = None,
    ) -> DevicePage:
        """Return a page of the devices that pass the filter and lie in the reach.

        Raises:
            StoreError: The database cannot be read.
        """
        ...


def list_devices(
    uow: UnitOfWork,
    wanted: DeviceFilter,
    *,
    sort: Sort,
    limit: int,
    after: DevicePosition | None,
    now: datetime,
    started_at: datetime,
) -> DevicePage:
    """Return a page of the devices that pass the filter.

    Args:
        uow: Where to read.
        wanted: Which devices.
        sort: How they are sorted.
        limit: At most so many.
        after: Where the page before ended; None for the first.
        now: The present time.
        started_at: Since when this collector can hear devices.
    """
    rows = sorted(
        _matching(uow, wanted, now, started_at),
        key=lambda row: (row.device.hostname.lower(), row.device.device_id),
    )
    rows.sort(key=lambda row: position_of(row, sort.order).key, reverse=sort.descending)
    behind = [
        row
        for row in rows
        if after is None or _is_behind(position_of(row, sort.order), after, sort)
    ]
    following = position_of(behind[limit - 1], sort.order) if len(behind) > limit else None
    return DevicePage(rows=tuple(behind[:limit]), next=following)


def device_row(
    device: Device,
    state: StoredState | None,
    facts: Mapping[str, Row],
    *,
    place: DevicePlace,
    open_tickets: int,
    now: datetime,
    started_at: datetime,
) -> DeviceRow:
    """Return one device as a line of the list.

    Args:
        device: Which one.
        state: What it last reported; None where it never did.
        facts: Of its sections `os` and `system`, as far as they are known.
        place: Whose it is, and where.
        open_tickets: How many it has.
        now: The present time.
        started_at: Since when this collector can hear devices.
    """
    return DeviceRow(
        device=device,
        presence=presence_of(state, now=now, started_at=started_at),
        last_seen_at=state.received_at if state else None,
        report_interval_s=state.report_interval_s if state else None,
        score=state.score if state else None,
        grade=grade(state.score) if state and state.score is not None else None,
        score_low=state.score_low if state else None,
        score_high=state.score_high if state else None,
        confidence=state.confidence if state else None,
        open_alerts=state.open_alerts if state else 0,
        open_tickets=open_tickets,
        os_name=os_name_of(facts.get("os", {})),
        model=model_of(facts.get("system", {})),
        place=place,
    )


def find_device(uow: UnitOfWork, name: str) -> Device:
    """Return the device with this id, this host name, or the only one whose host name begins so.

    In place of a record that ended, the device that it goes on as.

    Raises:
        NotFoundError: There is none; the message suggests similar names.
        ConflictError: Several devices are called so.
    """
    if _UUID.fullmatch(name.lower()):
        device = _with_id(uow, DeviceId(name.lower()))
        if device is None:
            raise NotFoundError("no device has the id %(name)s", name=name)
        return device
    found = _called(uow, name) if name else ()
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(f"{device.hostname} ({device.device_id})" for device in found[:5])
        count = f"{len(found)}" if len(found) < _MANY_NAMED else f"{_MANY_NAMED} or more"
        more = " and more" if len(found) > 5 else ""
        raise ConflictError(
            "%(count)s devices are called %(name)s...: %(some)s%(more)s",
            count=count,
            name=name,
            some=some,
            more=more,
        )
    close = difflib.get_close_matches(name, {one.hostname for one in uow.seen.devices.all()}, n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise NotFoundError("no device has the id or host name %(name)s%(hint)s", name=name, hint=hint)


def _with_id(uow: UnitOfWork, device_id: DeviceId) -> Device | None:
    """Return the device with this id, or what it goes on as; None where nobody may see it."""
    device = uow.seen.devices.get(device_id)
    if device is not None and device.revoked_at is None:
        return device
    survivor = uow.pairs.survivors([device_id]).get(device_id)
    return device if survivor is None else uow.seen.devices.get(survivor)


def _called(uow: UnitOfWork, name: str) -> Sequence[Device]:
    """Return the devices of this host name, else those it begins, without records that ended."""
    found = uow.seen.devices.named(name, limit=_MANY_NAMED)
    is_whole = any(one.hostname.lower() == name.lower() for one in found)
    if is_whole and all(one.revoked_at is None for one in found):
        return found
    shown = {one.device_id: one for one in found}
    survivors = uow.pairs.survivors(shown, name=name)
    ids = {survivors.get(one, one) for one in shown}
    former = {survivors[one] for one in survivors.keys() - shown}
    if former:
        ids = ids | former if is_whole else former
    missing = uow.seen.devices.load(sorted(ids - shown.keys()))
    return [*(one for one in found if one.device_id in ids), *missing]


def _is_behind(position: DevicePosition, after: DevicePosition, sort: Sort) -> bool:
    if position.key == after.key:
        return position[1:] > after[1:]
    return (position < after) if sort.descending else (position > after)


def _matching(
    uow: UnitOfWork, wanted: DeviceFilter, now: datetime, started_at: datetime
) -> Iterator[DeviceRow]:
    devices = [
        one
        for one in uow.devices.all()
        if (one.status in wanted.statuses if wanted.statuses else one.status not in GONE)
    ]
    ids = [one.device_id for one in devices]
    states, records, tags = uow.states.load(ids), uow.assets.load(ids), uow.tags.of(ids)
    owners = {one.person_id: one.name for one in uow.people.all()}
    for device in devices:
        device_id = device.device_id
        fields = _said(records.get(device_id), now)
        row = device_row(
            device,
            states.get(device_id),
            named_facts(uow, device_id),
            place=place_of(fields, tags.get(device_id, ()), owners),
            open_tickets=_open_tickets(uow, device_id),
            now=now,
            started_at=started_at,
        )
        if _passes(row, wanted, now) and wanted.asset.items() <= fields.items():
            yield row


def _said(stored: StoredAsset | None, now: datetime) -> Mapping[AssetField, str]:
    settled = settle_all(stored.claims if stored else (), now)
    return {name: one.value for name, one in settled.items() if one.value}


def _passes(row: DeviceRow, wanted: DeviceFilter, now: datetime) -> bool:
    device = row.device
    return (
        wanted.text.lower() in device.hostname.lower()
        and wanted.system.lower() in row.os_name.lower()
        and wanted.model.lower() in row.model.lower()
        and (not wanted.presences or row.presence in wanted.presences)
        and (not wanted.classes or device.device_class in wanted.classes)
        and (not wanted.criticalities or device.criticality in wanted.criticalities)
        and (wanted.max_score is None or (row.score is not None and row.score <= wanted.max_score))
        and (not wanted.agent or device.agent_version == wanted.agent)
        and (not wanted.certificates or certificate_state(device, now) in wanted.certificates)
        and (not wanted.has_alerts or row.open_alerts > 0)
        and (not wanted.has_tickets or row.open_tickets > 0)
        and wanted.tags <= set(row.place.tags)
    )


def _open_tickets(uow: UnitOfWork, device_id: DeviceId) -> int:
    return len(uow.tickets.list(statuses=ACTIVE, device_id=device_id, limit=_MANY_TICKETS))


def named_facts(uow: UnitOfWork, device_id: DeviceId) -> Mapping[str, Row]:
    """Return the facts of which lists say something, read through the stores."""
    facts: dict[str, Row] = {"os": {}, "system": {}}
    for version in uow.sections.current(device_id):
        if version.kind in facts:
            content = uow.sections.content(version.hash)
            if content is not None:
                facts[version.kind] = content.facts
    return facts

"""Finding devices: the list, worst first, and one device by whatever people call it."""

import difflib
import heapq
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from sickbay_collector.core.asset import AssetField, settle_all
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.device import Device, DeviceStatus, Presence
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.core.health.assess import grade
from sickbay_collector.core.health.model import Grade
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.inventory import Row
from sickbay_collector.services.asset_ports import StoredAsset
from sickbay_collector.services.counts import GONE, presence_of
from sickbay_collector.services.ports import StoredState, UnitOfWork

NAME_LIMIT = 253
"""Characters of a device's id or host name in a request; RFC 1035 allows no longer names."""
# Sorts devices that never reported behind all others, whose rank is 0 to 100.
_NEVER_REPORTED_RANK = 101.0
# A device has few open tickets: the desk keeps one per family.
_MANY_TICKETS = 100
# A name that begins so many is too short to tell which one is meant.
_MANY_NAMED = 100
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class DeviceOrder(StrEnum):
    """How a list of devices is sorted."""

    WORST = "worst"
    """Lowest score first; a withheld score stands where its upper bound is."""
    HOSTNAME = "hostname"


class DevicePosition(NamedTuple):
    """Where in a sorted list a device stands; a page begins behind one."""

    rank: float
    hostname: str
    device_id: str


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
class DeviceRow:
    """A device as a line of the list."""

    device: Device
    presence: Presence
    last_seen_at: datetime | None
    """None for one that never reported."""
    score: float | None
    grade: Grade | None
    score_low: float | None
    score_high: float | None
    confidence: float | None
    """0 to 1; None, as the three scores, before the first report."""
    open_alerts: int
    open_tickets: int
    os_name: str
    """"" until the inventory is there; the same for the next."""
    model: str


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
        order: DeviceOrder,
        limit: int,
        after: DevicePosition | None,
        now: datetime,
        started_at: datetime,
    ) -> DevicePage:
        """Return a page of the devices that pass the filter.

        Raises:
            StoreError: The database cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Listed:
    position: DevicePosition
    device: Device
    state: StoredState | None


def list_devices(
    uow: UnitOfWork,
    wanted: DeviceFilter,
    *,
    order: DeviceOrder,
    limit: int,
    after: DevicePosition | None,
    now: datetime,
    started_at: datetime,
) -> DevicePage:
    """Return a page of the devices that pass the filter.

    Args:
        uow: Where to read.
        wanted: Which devices.
        order: How they are sorted.
        limit: At most so many.
        after: Where the page before ended; None for the first.
        now: The present time.
        started_at: Since when this collector can hear devices.
    """
    found = _matching(uow, wanted, order, now, started_at)
    behind = (one for one in found if after is None or one.position > after)
    page = heapq.nsmallest(limit + 1, behind, key=lambda one: one.position)
    rows = tuple(
        device_row(
            one.device,
            one.state,
            _named_facts(uow, one.device.device_id),
            open_tickets=_open_tickets(uow, one.device.device_id),
            now=now,
            started_at=started_at,
        )
        for one in page[:limit]
    )
    following = page[limit - 1].position if len(page) > limit else None
    return DevicePage(rows=rows, next=following)


def device_row(
    device: Device,
    state: StoredState | None,
    facts: Mapping[str, Row],
    *,
    open_tickets: int,
    now: datetime,
    started_at: datetime,
) -> DeviceRow:
    """Return one device as a line of the list.

    Args:
        device: Which one.
        state: What it last reported; None where it never did.
        facts: Of its sections `os` and `system`, as far as they are known.
        open_tickets: How many it has.
        now: The present time.
        started_at: Since when this collector can hear devices.
    """
    runs = facts.get("os", {})
    return DeviceRow(
        device=device,
        presence=presence_of(state, now=now, started_at=started_at),
        last_seen_at=state.received_at if state else None,
        score=state.score if state else None,
        grade=grade(state.score) if state and state.score is not None else None,
        score_low=state.score_low if state else None,
        score_high=state.score_high if state else None,
        confidence=state.confidence if state else None,
        open_alerts=state.open_alerts if state else 0,
        open_tickets=open_tickets,
        os_name=str(runs.get("pretty_name") or runs.get("name") or ""),
        model=_model(facts.get("system", {})),
    )


def find_device(uow: UnitOfWork, name: str) -> Device:
    """Return the device with this id, this host name, or the only one whose host name begins so.

    Raises:
        NotFoundError: There is none; the message suggests similar names.
        ConflictError: Several devices are called so.
    """
    if _UUID.fullmatch(name.lower()):
        device = uow.devices.get(DeviceId(name.lower()))
        if device is None:
            raise NotFoundError(f"no device has the id {name}")
        return device
    found = uow.devices.named(name, limit=_MANY_NAMED) if name else ()
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(f"{device.hostname} ({device.device_id})" for device in found[:5])
        count = f"{len(found)}" if len(found) < _MANY_NAMED else f"{_MANY_NAMED} or more"
        more = " and more" if len(found) > 5 else ""
        raise ConflictError(f"{count} devices are called {name}...: {some}{more}")
    close = difflib.get_close_matches(name, {one.hostname for one in uow.devices.all()}, n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise NotFoundError(f"no device has the id or host name {name}{hint}")


def _matching(
    uow: UnitOfWork,
    wanted: DeviceFilter,
    order: DeviceOrder,
    now: datetime,
    started_at: datetime,
) -> Iterable[_Listed]:
    text = wanted.text.lower()
    devices = [
        device
        for device in uow.devices.all()
        if text in device.hostname.lower()
        and (device.status in wanted.statuses if wanted.statuses else device.status not in GONE)
    ]
    if wanted.asset:
        ids = [device.device_id for device in devices]
        records = uow.assets.load(ids)
        devices = [one for one in devices if _is_so(records.get(one.device_id), wanted, now)]
    states = uow.states.load([device.device_id for device in devices])
    for device in devices:
        state = states.get(device.device_id)
        present = presence_of(state, now=now, started_at=started_at)
        if wanted.presences and present not in wanted.presences:
            continue
        if wanted.max_score is not None and not _at_most(state, wanted.max_score):
            continue
        yield _Listed(_position(device, state, order), device, state)


def _is_so(stored: StoredAsset | None, wanted: DeviceFilter, now: datetime) -> bool:
    if stored is None:
        return False
    settled = settle_all(stored.claims, now)
    return all(
        name in settled and settled[name].value == value for name, value in wanted.asset.items()
    )


def _at_most(state: StoredState | None, score: float) -> bool:
    return state is not None and state.score is not None and state.score <= score


def _position(device: Device, state: StoredState | None, order: DeviceOrder) -> DevicePosition:
    rank = _rank(state) if order is DeviceOrder.WORST else 0.0
    return DevicePosition(rank, device.hostname, device.device_id)


def _rank(state: StoredState | None) -> float:
    """Return the score, or the best that it can be where too little is known to tell it."""
    if state is None:
        return _NEVER_REPORTED_RANK
    return state.score_high if state.score is None else state.score


def _open_tickets(uow: UnitOfWork, device_id: DeviceId) -> int:
    return len(uow.tickets.list(statuses=ACTIVE, device_id=device_id, limit=_MANY_TICKETS))


def _named_facts(uow: UnitOfWork, device_id: DeviceId) -> Mapping[str, Row]:
    facts: dict[str, Row] = {"os": {}, "system": {}}
    for version in uow.sections.current(device_id):
        if version.kind in facts:
            content = uow.sections.content(version.hash)
            if content is not None:
                facts[version.kind] = content.facts
    return facts


def _model(system: Row) -> str:
    parts = (str(system.get("manufacturer", "")), str(system.get("model", "")))
    return " ".join(part for part in parts if part)

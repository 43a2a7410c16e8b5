"""A device as a line of the list: what stands in it, and what lists are sorted by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from sickbay_collector.core.asset import AssetField
from sickbay_collector.core.device import Device, Presence, lost_after_s, online_s
from sickbay_collector.core.health.model import Grade
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.inventory import Row
from sickbay_collector.core.words import span

NEVER_REPORTED_RANK = 101.0
"""Sorts devices that never reported behind all others, whose rank is 0 to 100."""

Key: TypeAlias = str | float
"""What a device is sorted by."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DeviceOrder(StrEnum):
    """How a list of devices is sorted; devices that are alike, by host name."""

    WORST = "worst"
    """Lowest score first; a withheld score stands where its upper bound is."""
    HOSTNAME = "hostname"
    SEEN = "seen"
    """Silent longest first."""
    CONFIDENCE = "confidence"
    ALERTS = "alerts"
    TICKETS = "tickets"
    SYSTEM = "system"
    MODEL = "model"
    OWNER = "owner"
    """By the owner's name; those of nobody first."""
    SITE = "site"
    """By the site's id; those of none first."""
    STATUS = "status"
    DEVICE_CLASS = "device_class"
    CRITICALITY = "criticality"
    AGENT = "agent"
    ENROLLED = "enrolled"


TEXT_ORDERS = frozenset(
    {
        DeviceOrder.HOSTNAME,
        DeviceOrder.SYSTEM,
        DeviceOrder.MODEL,
        DeviceOrder.OWNER,
        DeviceOrder.SITE,
        DeviceOrder.STATUS,
        DeviceOrder.DEVICE_CLASS,
        DeviceOrder.CRITICALITY,
        DeviceOrder.AGENT,
    }
)
"""Orders whose key is a text; that of the others is a number."""


class DevicePosition(NamedTuple):
    """Where in a sorted list a device stands; a page begins behind one."""

    key: Key
    hostname: str
    """In small letters."""
    device_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePlace:
    """Whose a device is and where, as far as it is known; "" where not."""

    owner_id: str = ""
    owner_name: str = ""
    site: str = ""
    department: str = ""
    location: str = ""
    tags: tuple[str, ...] = ()


NOWHERE = DevicePlace()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """A device as a line of the list."""

    device: Device
    presence: Presence
    last_seen_at: datetime | None
    """None for one that never reported."""
    report_interval_s: float | None
    """None, as the scores, before the first report."""
    score: float | None
    grade: Grade | None
    score_low: float | None
    score_high: float | None
    confidence: float | None
    """0 to 1."""
    open_alerts: int
    open_tickets: int
    os_name: str
    """"" until the inventory is there; the same for the next."""
    model: str
    place: DevicePlace = NOWHERE


def os_name_of(facts: Row) -> str:
    """Return what a device's system is called, by its section "os"; "" for unknown."""
    return str(facts.get("pretty_name") or facts.get("name") or "")


def model_of(facts: Row) -> str:
    """Return a device's maker and model, by its section "system"; "" for unknown."""
    parts = (str(facts.get("manufacturer", "")), str(facts.get("model", "")))
    return " ".join(part for part in parts if part)


def presence_reason(row: DeviceRow) -> str:
    """Return why a device's presence is what it is, with exact times."""
    at, interval_s = row.last_seen_at, row.report_interval_s
    if at is None or interval_s is None:
        return "it never reported"
    last = f"last report {_utc(at)}"
    late_at, lost_at = (
        _utc(at + timedelta(seconds=limit_s))
        for limit_s in (online_s(interval_s), lost_after_s(interval_s))
    )
    every = f"it reports every {span(interval_s)}"
    return {
        Presence.ONLINE: f"{last}; {every}, late from {late_at}",
        Presence.LATE: f"{last}; {every}, late since {late_at}, lost from {lost_at}",
        Presence.LOST: f"{last}; {every}, lost since {lost_at}",
        Presence.ASLEEP: f"it said that it goes to sleep; {last}",
        Presence.SHUT_DOWN: f"it said that it shuts down; {last}",
        Presence.UNKNOWN: f"the collector started too short a time ago to tell; {last}",
    }[row.presence]


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def position_of(row: DeviceRow, order: DeviceOrder) -> DevicePosition:
    """Return where a device stands in a list of this order."""
    return DevicePosition(_key(row, order), row.device.hostname.lower(), row.device.device_id)


def owner_key(owner_id: str, name: str) -> str:
    """Return what an owner is sorted by: the name in small letters, else the id; "" for nobody."""
    return (name or owner_id).lower()


def place_of(
    fields: Mapping[AssetField, str], tags: tuple[str, ...], owner_names: Mapping[PersonId, str]
) -> DevicePlace:
    """Return whose a device is and where.

    Args:
        fields: Of its asset record, those that have a value.
        tags: It has.
        owner_names: Names by the ids of persons.
    """
    owner = fields.get(AssetField.OWNER, "")
    return DevicePlace(
        owner_id=owner,
        owner_name=owner_names.get(PersonId(owner), ""),
        site=fields.get(AssetField.SITE, ""),
        department=fields.get(AssetField.DEPARTMENT, ""),
        location=fields.get(AssetField.LOCATION, ""),
        tags=tags,
    )


_OF_DEVICE = MappingProxyType(
    {
        DeviceOrder.STATUS: "status",
        DeviceOrder.DEVICE_CLASS: "device_class",
        DeviceOrder.CRITICALITY: "criticality",
        DeviceOrder.AGENT: "agent_version",
    }
)


def _key(row: DeviceRow, order: DeviceOrder) -> Key:
    if order in _OF_DEVICE:
        return str(getattr(row.device, _OF_DEVICE[order]))
    return _OF_ROW[order](row)


def _rank(row: DeviceRow) -> float:
    """Return the score, or the best that it can be where too little is known to tell it."""
    known = row.score_high if row.score is None else row.score
    return NEVER_REPORTED_RANK if known is None else known


def _micros(at: datetime | None) -> int:
    """Return whole microseconds since 1970, as the database has them; 0 for never."""
    return 0 if at is None else (at - _EPOCH) // timedelta(microseconds=1)


_OF_ROW: Mapping[DeviceOrder, Callable[[DeviceRow], Key]] = MappingProxyType(
    {
        DeviceOrder.WORST: _rank,
        DeviceOrder.HOSTNAME: lambda row: row.device.hostname.lower(),
        DeviceOrder.SEEN: lambda row: _micros(row.last_seen_at),
        DeviceOrder.ENROLLED: lambda row: _micros(row.device.enrolled_at),
        DeviceOrder.CONFIDENCE: lambda row: -1.0 if row.confidence is None else row.confidence,
        DeviceOrder.ALERTS: lambda row: row.open_alerts,
        DeviceOrder.TICKETS: lambda row: row.open_tickets,
        DeviceOrder.SYSTEM: lambda row: row.os_name,
        DeviceOrder.MODEL: lambda row: row.model,
        DeviceOrder.OWNER: lambda row: owner_key(row.place.owner_id, row.place.owner_name),
        DeviceOrder.SITE: lambda row: row.place.site,
    }
)

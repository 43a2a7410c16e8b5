"""What columns a list of devices may have, and the list as rows of text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.services.device_rows import DeviceOrder, DevicePosition, DeviceRow
from sickbay_collector.services.lookups import DeviceFilter, ListDevices, Sort

SHEET_ROWS = 100_000
"""Rows of a file, without its header."""
# Each page reads all lines once: few and large ones, of which two are held at a time.
_PAGE = 2_000


class DeviceColumn(StrEnum):
    """A column of the list, beside the device's name, which always is one."""

    SCORE = "score"
    PRESENCE = "presence"
    SYSTEM = "system"
    MODEL = "model"
    OWNER = "owner"
    SITE = "site"
    DEPARTMENT = "department"
    LOCATION = "location"
    TAGS = "tags"
    ALERTS = "alerts"
    TICKETS = "tickets"
    SEEN = "seen"
    STATUS = "status"
    DEVICE_CLASS = "device_class"
    CRITICALITY = "criticality"
    CONFIDENCE = "confidence"
    AGENT = "agent"
    CERTIFICATE = "certificate"
    ENROLLED = "enrolled"
    ID = "id"


USUAL_COLUMNS = (
    DeviceColumn.SCORE,
    DeviceColumn.PRESENCE,
    DeviceColumn.SYSTEM,
    DeviceColumn.MODEL,
    DeviceColumn.OWNER,
    DeviceColumn.TAGS,
    DeviceColumn.ALERTS,
    DeviceColumn.TICKETS,
    DeviceColumn.SEEN,
)
"""What is shown unless somebody chooses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnText:
    """What a column is called, what it says, and what sorts by it."""

    title: str
    text: Callable[[DeviceRow], str]
    order: DeviceOrder | None = None
    """None where nothing sorts by it."""
    is_number: bool = False
    """Numbers stand on the right; the first press sorts the largest first."""


def _number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"


COLUMNS: Mapping[DeviceColumn, ColumnText] = MappingProxyType(
    {
        DeviceColumn.SCORE: ColumnText(
            title="Score",
            text=lambda row: _number(row.score),
            order=DeviceOrder.WORST,
        ),
        DeviceColumn.PRESENCE: ColumnText(
            title="Presence", text=lambda row: row.presence.value, order=DeviceOrder.SEEN
        ),
        DeviceColumn.SYSTEM: ColumnText(
            title="System", text=lambda row: row.os_name, order=DeviceOrder.SYSTEM
        ),
        DeviceColumn.MODEL: ColumnText(
            title="Model", text=lambda row: row.model, order=DeviceOrder.MODEL
        ),
        DeviceColumn.ALERTS: ColumnText(
            title="Alerts",
            text=lambda row: str(row.open_alerts),
            order=DeviceOrder.ALERTS,
            is_number=True,
        ),
        DeviceColumn.TICKETS: ColumnText(
            title="Tickets",
            text=lambda row: str(row.open_tickets),
            order=DeviceOrder.TICKETS,
            is_number=True,
        ),
        DeviceColumn.SEEN: ColumnText(
            title="Seen", text=lambda row: _moment(row.last_seen_at), order=DeviceOrder.SEEN
        ),
        DeviceColumn.OWNER: ColumnText(
            title="Owner",
            text=lambda row: row.place.owner_name or row.place.owner_id,
            order=DeviceOrder.OWNER,
        ),
        DeviceColumn.SITE: ColumnText(
            title="Site", text=lambda row: row.place.site, order=DeviceOrder.SITE
        ),
        DeviceColumn.DEPARTMENT: ColumnText(
            title="Department", text=lambda row: row.place.department
        ),
        DeviceColumn.LOCATION: ColumnText(title="Location", text=lambda row: row.place.location),
        DeviceColumn.TAGS: ColumnText(title="Tags", text=lambda row: " ".join(row.place.tags)),
        DeviceColumn.STATUS: ColumnText(
            title="Status", text=lambda row: row.device.status.value, order=DeviceOrder.STATUS
        ),
        DeviceColumn.DEVICE_CLASS: ColumnText(
            title="Class",
            text=lambda row: row.device.device_class.value,
            order=DeviceOrder.DEVICE_CLASS,
        ),
        DeviceColumn.CRITICALITY: ColumnText(
            title="Criticality",
            text=lambda row: row.device.criticality.value,
            order=DeviceOrder.CRITICALITY,
        ),
        DeviceColumn.CONFIDENCE: ColumnText(
            title="Confidence",
            text=lambda row: _number(row.confidence, 2),
            order=DeviceOrder.CONFIDENCE,
            is_number=True,
        ),
        DeviceColumn.AGENT: ColumnText(
            title="Agent", text=lambda row: row.device.agent_version, order=DeviceOrder.AGENT
        ),
        DeviceColumn.CERTIFICATE: ColumnText(
            title="Certificate until",
            text=lambda row: _moment(row.device.certificate_expires_at),
            is_number=True,
        ),
        DeviceColumn.ENROLLED: ColumnText(
            title="Enrolled",
            text=lambda row: _moment(row.device.enrolled_at),
            order=DeviceOrder.ENROLLED,
            is_number=True,
        ),
        DeviceColumn.ID: ColumnText(title="Id", text=lambda row: row.device.device_id),
    }
)
"""Every column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetWish:
    """Which devices a file has, how they are sorted, and in which columns."""

    wanted: DeviceFilter
    sort: Sort
    columns: tuple[DeviceColumn, ...]
    now: datetime
    started_at: datetime

    @property
    def header(self) -> tuple[str, ...]:
        """Return the titles."""
        return ("Device", *(COLUMNS[one].title for one in self.columns))


def sheet_parts(list_devices: ListDevices, wish: SheetWish) -> Iterator[Sequence[Sequence[str]]]:
    """Yield the rows of a file, part by part; at most `SHEET_ROWS`.

    Args:
        list_devices: Reads a page.
        wish: What is in it.
    """
    after: DevicePosition | None = None
    for done in range(0, SHEET_ROWS, _PAGE):
        page = list_devices(
            wish.wanted,
            sort=wish.sort,
            limit=min(_PAGE, SHEET_ROWS - done),
            after=after,
            now=wish.now,
            started_at=wish.started_at,
        )
        yield [_line(row, wish.columns) for row in page.rows]
        after = page.next
        if after is None:
            return


def _line(row: DeviceRow, columns: Sequence[DeviceColumn]) -> tuple[str, ...]:
    return (row.device.hostname, *(COLUMNS[one].text(row) for one in columns))

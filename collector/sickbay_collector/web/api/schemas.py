"""Devices as the API shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from sickbay_collector.core.device import (
    CertificateState,
    Criticality,
    DeviceClass,
    DeviceStatus,
    Presence,
)
from sickbay_collector.core.health.days import Span
from sickbay_collector.core.health.model import Grade
from sickbay_collector.core.history import Resolution
from sickbay_collector.core.inventory import Change, ChangeKind
from sickbay_collector.core.sample import AbsenceKind, Medium
from sickbay_collector.services.device_detail import DeviceDetail, SectionView
from sickbay_collector.services.device_rows import DeviceRow
from sickbay_collector.services.ticket_lookups import TicketRow
from sickbay_collector.web.api.asset_schema import OwnerSchema
from sickbay_collector.web.api.base import Schema
from sickbay_collector.web.api.score_schema import MoveSchema, ScoreSchema
from sickbay_collector.web.api.ticket_schema import AlertSchema, TicketItem


class DeviceItem(Schema):
    """A device as a line of a list."""

    device_id: str
    hostname: str
    status: DeviceStatus
    device_class: DeviceClass
    criticality: Criticality
    presence: Presence
    last_seen_at: datetime | None
    """Null for one that never reported."""
    score: float | None
    """0 to 100, higher is better; null where too little is known."""
    grade: Grade | None
    score_low: float | None
    score_high: float | None
    confidence: float | None
    """0 to 1."""
    open_alerts: int
    open_tickets: int
    os_name: str
    model: str
    agent_version: str
    enrolled_at: datetime
    certificate_expires_at: datetime | None
    """Of the certificate that it uses; null before it used any."""
    tags: tuple[str, ...]
    owner_id: str
    """A person's id; empty where nobody owns it, as the next."""
    owner_name: str
    department: str
    site: str
    """A site's id."""
    location: str

    @classmethod
    def of(cls, row: DeviceRow) -> Self:
        """Return a row as a line."""
        return cls.model_validate(_row_fields(row))


class DeviceList(Schema):
    """A page of devices."""

    items: tuple[DeviceItem, ...]
    next_cursor: str | None
    """Null on the last page."""


class EvidenceOfHardware(Schema):
    """What identifies the hardware; empty where there is none."""

    smbios_uuid: str
    system_serial: str
    board_serial: str
    chassis_asset_tag: str
    machine_id: str
    permanent_macs: tuple[str, ...]
    boot_drive_serial: str
    virtualization: str


class SectionSchema(Schema):
    """A section of the inventory."""

    kind: str
    since: datetime
    """When it became as it is."""
    hash: str
    """SHA-256 of its content."""
    facts: Mapping[str, str | int | float | bool]
    """What a device has once."""
    rows: Mapping[str, Mapping[str, str | int | float | bool]] | None
    """What it has many of, by name; null where only their number is given."""
    row_count: int

    @classmethod
    def of(cls, section: SectionView) -> Self:
        """Return a section."""
        return cls(
            kind=section.kind,
            since=section.since,
            hash=section.hash.hex(),
            facts=section.facts,
            rows=section.rows,
            row_count=section.row_count,
        )


class ReadingSchema(Schema):
    """The newest value of one metric."""

    metric: str
    instance: str
    instance_label: str
    label: str
    unit: str
    value: float


class AbsenceSchema(Schema):
    """A topic without a value."""

    topic: str
    kind: AbsenceKind
    reason: str


class ChangeSchema(Schema):
    """One line of a device's change log."""

    at: datetime
    section: str
    kind: ChangeKind
    path: str
    old: str
    new: str


class ChangeList(Schema):
    """What changed, newest first."""

    items: tuple[ChangeSchema, ...]

    @classmethod
    def of(cls, changes: tuple[Change, ...]) -> Self:
        """Return a change log."""
        return cls.model_validate({"items": changes})


class AgentSchema(Schema):
    """How an agent fares, as its newest report says; null is what it does not say."""

    sample_interval_s: float | None
    started_at: datetime | None
    waiting_records: int | None
    """Records that waited behind those of the newest report."""
    spool_bytes: int | None
    """On the device's disk."""
    cpu_time_s: float | None
    """Of the agent and the programs it ran, since it started."""
    cpu_share: float | None
    """The same as a mean share of one processor; null in its first ten minutes."""
    rss_bytes: int | None
    """Its resident memory."""


class DeviceDetailSchema(DeviceItem):
    """Everything about one device."""

    owner: OwnerSchema | None
    capabilities: tuple[str, ...]
    evidence: EvidenceOfHardware
    possible_duplicate_of: str | None
    revoked_at: datetime | None
    revoke_reason: str
    certificate: CertificateState
    certificate_issued_at: datetime | None
    report_interval_s: float | None
    agent: AgentSchema
    clock_offset_s: float | None
    """How far the device's clock is behind the collector's."""
    goodbye: str
    """Why it said that it stops reporting."""
    observed_at: datetime | None
    """Of the newest sample, by the device's clock."""
    platform: str
    drives: Mapping[str, Medium]
    failed_units: tuple[str, ...]
    failed_probes: tuple[str, ...]
    absences: tuple[AbsenceSchema, ...]
    section_absences: Mapping[str, str]
    """Sections without a value, and why."""
    lost_records: int
    """Records that the agent had to drop."""
    clone_suspected_at: datetime | None
    truncated: bool
    sections: tuple[SectionSchema, ...]
    readings: tuple[ReadingSchema, ...]
    health: ScoreSchema | None
    moves: Mapping[Span, MoveSchema]
    """How the score moved against a day and a week ago, where that can be told."""
    alerts: tuple[AlertSchema, ...]
    tickets: tuple[TicketItem, ...]
    changes: tuple[ChangeSchema, ...]
    """Of the last 14 days, newest first, at most 20."""

    @classmethod
    def of_detail(cls, detail: DeviceDetail) -> Self:
        """Return a device in full."""
        device, state = detail.row.device, detail.state
        plain = {
            name: getattr(owner, name)
            for owner in (device, state, detail)
            for name in cls.model_fields
            if hasattr(owner, name)
        }
        return cls.model_validate(
            {
                **plain,
                **_row_fields(detail.row),
                "owner": detail.asset.owner,
                "health": detail.score,
                "moves": {span: MoveSchema.of(one) for span, one in detail.moves.items()},
                "sections": [SectionSchema.of(section) for section in detail.sections],
                "tickets": [
                    TicketItem.of(
                        TicketRow(
                            ticket=ticket,
                            hostname=device.hostname,
                            sla=detail.sla.get(ticket.ticket_id),
                        )
                    )
                    for ticket in detail.tickets
                ],
            }
        )


class HistoryPointSchema(Schema):
    """A stretch of time, summed up."""

    at: datetime
    mean: float
    low: float
    high: float
    count: int
    """Readings in it."""


class HistorySeriesSchema(Schema):
    """One metric of one instance over time."""

    metric: str
    instance: str
    label: str
    unit: str
    points: tuple[HistoryPointSchema, ...]
    """A stretch without readings has no point."""
    bucket_s: float | None
    """How long a stretch a point sums up; null where each is one reading. Points that are further
    apart have a gap between them."""
    first: float
    """The first reading; of roll-ups the mean of the first hour or day."""
    last: float
    count: int
    """Readings that the points sum up."""


class History(Schema):
    """A device's readings over time."""

    since: datetime
    until: datetime
    resolution: Resolution
    """What the points were made of: samples, or roll-ups by hour or day."""
    series: tuple[HistorySeriesSchema, ...]


class Version(Schema):
    """What runs here."""

    version: str
    api: str


class Me(Schema):
    """Who the token stands for."""

    user: str
    role: str


def _row_fields(row: DeviceRow) -> dict[str, object]:
    own = {name: getattr(row, name) for name in DeviceItem.model_fields if hasattr(row, name)}
    device = row.device
    identity, place = (
        {name: getattr(one, name) for name in DeviceItem.model_fields if hasattr(one, name)}
        for one in (device, row.place)
    )
    return {**identity, **place, **own}

"""Everything about one device at once: what a technician looks at before calling its user."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sickbay_collector.core.agent_status import AgentStatus
from sickbay_collector.core.desk.sla import SlaClock
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.device import CertificateState, Device, certificate_state
from sickbay_collector.core.errors import NotFoundError
from sickbay_collector.core.health.assess import assess
from sickbay_collector.core.health.days import Move, Span, move
from sickbay_collector.core.health.model import Score
from sickbay_collector.core.ids import TicketId
from sickbay_collector.core.inventory import Change, Row, SectionContent, SectionVersion
from sickbay_collector.core.metric import METRICS
from sickbay_collector.core.sample import Readings
from sickbay_collector.core.state import DeviceState
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.assets import AssetView, asset_with
from sickbay_collector.services.device_history import changes_of
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.device_rows import DevicePlace, DeviceRow, place_of
from sickbay_collector.services.lookups import device_row
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.sla_lookups import pressing
from sickbay_collector.services.state_codec import decode_state

SECTION_KINDS = (
    "system",
    "cpu",
    "memory",
    "volumes",
    "drives",
    "network",
    "os",
    "software",
    "updates",
    "batteries",
)
"""The kinds of sections, as the protocol names them."""

# Thousands of packages do not belong on a page about a device; they have their own.
_COUNTED_ONLY = frozenset({"software"})
_OPEN_TICKETS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The newest value of one metric."""

    metric: str
    instance: str
    """"" for what a device has once."""
    instance_label: str
    """What people call the instance: a volume's mount point, a drive's name."""
    label: str
    unit: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section of the inventory as it is now."""

    kind: str
    since: datetime
    hash: bytes
    facts: Row
    rows: Mapping[str, Row] | None
    """None where only their number is given."""
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """How an agent fares as of its newest report; None is what it does not say."""

    sample_interval_s: float | None
    started_at: datetime | None
    waiting_records: int | None
    spool_bytes: int | None
    cpu_time_s: float | None
    cpu_share: float | None
    rss_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDetail:
    """Everything about one device."""

    row: DeviceRow
    asset: AssetView
    """Whose it is, and where."""
    certificate: CertificateState
    agent: AgentView
    report_interval_s: float | None
    """None, as what follows, before the first report."""
    clock_offset_s: float | None
    goodbye: str
    state: DeviceState
    sections: tuple[SectionView, ...]
    readings: tuple[Reading, ...]
    score: Score | None
    moves: Mapping[Span, Move]
    """How the score moved, where that can be told."""
    alerts: tuple[AlertRecord, ...]
    """Open ones."""
    tickets: tuple[Ticket, ...]
    sla: Mapping[TicketId, SlaClock]
    """Of each ticket the clock that presses most."""
    """Open ones, newest first."""
    changes: tuple[Change, ...]
    """Of the inventory, newest first; unless more was wanted at most 20 of the last 14 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How much of what a device has much of."""

    every_row: bool = False
    """The rows of sections too of which else only the number is given."""
    clocks: bool = True
    """The SLA clocks of its tickets."""
    alerts: bool = True
    """Those that are open."""
    changes: int = 20
    changes_within: timedelta = timedelta(days=14)


def device_detail(
    uow: UnitOfWork,
    device: Device,
    *,
    now: datetime,
    started_at: datetime,
    wanted: Wanted = Wanted(),
) -> DeviceDetail:
    """Return everything about a device."""
    device_id = device.device_id
    stored = uow.states.load([device_id]).get(device_id)
    state = _state(stored)
    since = now - wanted.changes_within
    versions = uow.sections.versions(device_id, since=since)
    sections = tuple(_sections(uow, versions, wanted))
    facts = {one.kind: one for one in sections}
    tickets = tuple(uow.tickets.list(statuses=ACTIVE, device_id=device_id, limit=_OPEN_TICKETS))
    score = assess(state.health, now=now) if stored else None
    asset = asset_with(uow, device, _since(facts.get("system")), now=now)
    return DeviceDetail(
        row=device_row(
            device,
            stored,
            {kind: one.facts for kind, one in facts.items()},
            place=_place(asset, uow.tags.of([device_id]).get(device_id, ())),
            open_tickets=len(tickets),
            now=now,
            started_at=started_at,
        ),
        asset=asset,
        certificate=certificate_state(device, now),
        report_interval_s=stored.report_interval_s if stored else None,
        agent=_agent(stored, state.agent or AgentStatus()),
        clock_offset_s=stored.clock_offset_s if stored else None,
        goodbye=stored.goodbye if stored else "",
        state=state,
        sections=sections,
        readings=latest_readings(state.latest, _labels(state, sections)),
        score=score,
        moves={} if score is None else _moves(state, score, now),
        alerts=tuple(uow.alerts.open_of(device_id)) if wanted.alerts else (),
        tickets=tickets,
        sla=pressing(uow, [one.ticket_id for one in tickets]) if wanted.clocks else {},
        changes=changes_of(uow, versions, since=since, limit=wanted.changes),
    )


def device_score(uow: UnitOfWork, device: Device, *, now: datetime) -> Score:
    """Return a device's score with its whole explanation, as of now.

    Raises:
        NotFoundError: It never reported.
    """
    stored = uow.states.load([device.device_id]).get(device.device_id)
    if stored is None:
        raise NotFoundError(
            "%(hostname)s has not reported yet, so it has no score", hostname=device.hostname
        )
    return assess(_state(stored).health, now=now)


def device_sections(
    uow: UnitOfWork, device: Device, kinds: Collection[str]
) -> Mapping[str, SectionView]:
    """Return those of the sections that a device has now, whole, by kind."""
    return {
        version.kind: _view(version, uow.sections.content(version.hash), with_rows=True)
        for version in uow.sections.current(device.device_id)
        if version.kind in kinds
    }


def device_section(uow: UnitOfWork, device: Device, kind: str) -> SectionView:
    """Return one section of a device, whole.

    Raises:
        NotFoundError: The device has no such section; the message says why where that is known.
    """
    if found := device_sections(uow, device, (kind,)):
        return found[kind]
    stored = uow.states.load([device.device_id]).get(device.device_id)
    reason = _state(stored).section_absences.get(kind, "")
    said = f": {reason}" if reason else ""
    raise NotFoundError(
        "%(hostname)s has no section %(kind)s%(said)s",
        hostname=device.hostname,
        kind=kind,
        said=said,
    )


def latest_readings(latest: Readings, labels: Mapping[str, str]) -> tuple[Reading, ...]:
    """Return readings in the order in which metrics are declared, then by instance.

    Args:
        latest: The readings.
        labels: What people call an instance, where it is not its own name.
    """
    return tuple(
        Reading(
            metric=name,
            instance=instance,
            instance_label=labels.get(instance, instance),
            label=metric.label,
            unit=metric.unit,
            value=value,
        )
        for name, metric in METRICS.items()
        for instance, value in sorted(latest.get(name, {}).items())
    )


def _agent(stored: StoredState | None, status: AgentStatus) -> AgentView:
    started_at = None
    if stored is not None and status.uptime_s is not None:
        started_at = stored.received_at - timedelta(seconds=status.uptime_s)
    return AgentView(
        sample_interval_s=status.sample_interval_s,
        started_at=started_at,
        waiting_records=status.waiting_records,
        spool_bytes=status.spool_bytes,
        cpu_time_s=status.cpu_time_s,
        cpu_share=status.cpu_share,
        rss_bytes=status.rss_bytes,
    )


def _moves(state: DeviceState, score: Score, now: datetime) -> Mapping[Span, Move]:
    moves = {span: move(state.score_days, span, score, now) for span in Span}
    return {span: one for span, one in moves.items() if one is not None}


def _place(asset: AssetView, tags: tuple[str, ...]) -> DevicePlace:
    fields = {name: one.value for name, one in asset.fields.items() if one.value}
    owner = asset.owner
    return place_of(fields, tags, {} if owner is None else {owner.person_id: owner.name})


def _state(stored: StoredState | None) -> DeviceState:
    return decode_state(stored.state) if stored is not None and stored.state else DeviceState()


def _sections(
    uow: UnitOfWork, versions: Sequence[SectionVersion], wanted: Wanted
) -> Iterator[SectionView]:
    order = {kind: place for place, kind in enumerate(SECTION_KINDS)}
    present = (one for one in versions if one.until is None)
    current = sorted(present, key=lambda one: order.get(one.kind, len(order)))
    contents = uow.sections.contents({one.hash for one in current})
    for one in current:
        with_rows = wanted.every_row or one.kind not in _COUNTED_ONLY
        yield _view(one, contents.get(one.hash), with_rows=with_rows)


def _since(system: SectionView | None) -> tuple[Row, datetime] | None:
    return None if system is None else (system.facts, system.since)


def _view(
    version: SectionVersion, content: SectionContent | None, *, with_rows: bool
) -> SectionView:
    rows = content.rows if content is not None else MappingProxyType({})
    return SectionView(
        kind=version.kind,
        since=version.since,
        hash=version.hash,
        facts=content.facts if content is not None else MappingProxyType({}),
        rows=rows if with_rows else None,
        row_count=len(rows),
    )


def _labels(state: DeviceState, sections: Sequence[SectionView]) -> Mapping[str, str]:
    labels = {volume_id: facts.mount_point for volume_id, facts in state.volumes.items()}
    drives = next((one.rows for one in sections if one.kind == "drives"), None) or {}
    for drive_id, row in drives.items():
        labels[drive_id] = str(row.get("name") or drive_id)
    return labels

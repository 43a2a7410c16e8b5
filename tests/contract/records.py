"""Devices, tickets, alerts and states to store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sickbay_collector.core.desk.fact import DeskFact, FactKind
from sickbay_collector.core.desk.ranking import Missing, Refusal, rank
from sickbay_collector.core.desk.sla import (
    SlaClock,
    SlaEvent,
    SlaEventKind,
    SlaState,
    SlaTarget,
)
from sickbay_collector.core.desk.ticket import (
    EvidenceItem,
    Priority,
    Ticket,
    TicketSource,
    TicketStatus,
    Tier,
    Visibility,
    WorklogEntry,
)
from sickbay_collector.core.desk.worker import Need, Worker
from sickbay_collector.core.device import (
    Criticality,
    Device,
    DeviceClass,
    DeviceStatus,
    Evidence,
)
from sickbay_collector.core.ids import AlertId, DeviceId, TicketId
from sickbay_collector.services.alert_ports import AlertRecord
from sickbay_collector.services.device_ports import StoredState
from sickbay_collector.services.routing_ports import RankingRecord, RoutingCause
from tests.contract.conftest import Stores

NOW = datetime(2026, 11, 2, 9, 30, 0, 123456, tzinfo=UTC)
ONE = DeviceId("0195a000-0000-7000-8000-000000000001")
TWO = DeviceId("0195a000-0000-7000-8000-000000000002")

_DEVICE = Device(
    device_id=ONE,
    hostname="ws-17",
    status=DeviceStatus.ACTIVE,
    device_class=DeviceClass.LAPTOP,
    criticality=Criticality.HIGH,
    agent_instance_id="agent-1",
    agent_version="0.1.0",
    capabilities=("sections", "zstd"),
    key_fingerprint="ab" * 32,
    next_key_fingerprint="",
    evidence=Evidence(system_serial="PF-1", permanent_macs=("aa:bb", "cc:dd")),
    enrolled_at=NOW,
    enroll_nonce="",
    revoked_at=None,
    revoke_reason="",
    possible_duplicate_of=None,
)

_STATE = StoredState(
    device_id=ONE,
    version=1,
    received_at=NOW,
    observed_at=None,
    report_interval_s=60.0,
    goodbye="",
    clock_offset_s=-0.25,
    score=None,
    score_low=10.5,
    score_high=90.25,
    confidence=0.5,
    open_alerts=2,
    state=b"\x00state",
    hour=497_001,
    frames=b"",
)

_ALERT = AlertRecord(
    alert_id=AlertId("0195a000-0000-7000-8000-00000000a001"),
    device_id=ONE,
    rule_id="disk.full.crit",
    rule_version="sha-1",
    family="disk.space",
    instance="vol-1",
    instance_label="/home",
    status="open",
    since=NOW,
    opened_at=NOW,
    closed_at=None,
    sentence="/home is 97 % full",
    suppressed_reason="",
    ticket_id=None,
)

_TICKET = Ticket(
    ticket_id=TicketId("0195a000-0000-7000-8000-000000000aaa"),
    number=0,
    version=1,
    device_id=ONE,
    family="disk.space",
    source=TicketSource.ALERT,
    status=TicketStatus.NEW,
    title="ws-17: /home is almost full",
    description="",
    category="storage",
    priority=Priority.HIGH,
    impact=2,
    urgency=1,
    priority_reason="impact 2, urgency 1",
    tier=Tier.SEC,
    queue="service-desk",
    routing_reason="",
    assignee="",
    runbook="DISK-1",
    reopen_window_s=604_800.0,
    opened_at=NOW,
    acknowledged_at=None,
    resolved_at=None,
    closed_at=None,
    reopen_count=0,
    resolution="",
)


def a_device(device_id: DeviceId = ONE, **fields: object) -> Device:
    """Return an active laptop, with these fields."""
    return replace(_DEVICE, device_id=device_id, **fields)  # type: ignore[arg-type]


def a_state(device_id: DeviceId = ONE, **fields: object) -> StoredState:
    """Return a first state, with these fields."""
    return replace(_STATE, device_id=device_id, **fields)  # type: ignore[arg-type]


def an_alert(name: str = "a001", **fields: object) -> AlertRecord:
    """Return an open alert, with these fields."""
    alert_id = f"0195a000-0000-7000-8000-00000000{name}"
    return replace(_ALERT, alert_id=alert_id, **fields)  # type: ignore[arg-type]


def a_ticket(name: str = "aaa", **fields: object) -> Ticket:
    """Return a ticket from an alert, with these fields."""
    ticket_id = f"0195a000-0000-7000-8000-000000000{name}"
    return replace(_TICKET, ticket_id=ticket_id, **fields)  # type: ignore[arg-type]


def an_entry(ticket: Ticket, **fields: object) -> WorklogEntry:
    """Return a note, with these fields."""
    entry = WorklogEntry(
        ticket_id=ticket.ticket_id,
        at=NOW,
        actor="sickbay",
        event="note",
        text="",
        visibility=Visibility.INTERNAL,
        before={},
        after={},
    )
    return replace(entry, **fields)  # type: ignore[arg-type]


def an_item(ticket: Ticket, **fields: object) -> EvidenceItem:
    """Return an item of evidence, with these fields."""
    item = EvidenceItem(
        ticket_id=ticket.ticket_id,
        at=NOW,
        rule_id="disk.full.crit",
        instance="vol-1",
        instance_label="/home",
        metric="volume.used_ratio",
        unit="ratio",
        value=0.97,
        threshold="above 95 %",
        since=NOW,
        sentence="/home is 97 % full",
        history="80 % a month ago",
    )
    return replace(item, **fields)  # type: ignore[arg-type]


def a_line(ticket: Ticket, **fields: object) -> SlaEvent:
    """Return the begin of a response clock, with these fields."""
    line = SlaEvent(
        ticket_id=ticket.ticket_id,
        target=SlaTarget.RESPONSE,
        at=NOW,
        kind=SlaEventKind.START,
        reason="opened",
        priority=Priority.HIGH,
        policy="high",
        calendar="business",
        within_s=3600.0,
        outcome=None,
    )
    return replace(line, **fields)  # type: ignore[arg-type]


def a_clock(ticket: Ticket, **fields: object) -> SlaClock:
    """Return a response clock that runs, with these fields."""
    clock = SlaClock(
        ticket_id=ticket.ticket_id,
        target=SlaTarget.RESPONSE,
        state=SlaState.RUNNING,
        policy="high",
        calendar="business",
        within_s=3600.0,
        due_at=NOW + timedelta(minutes=4),
        next_at=NOW + timedelta(minutes=3),
        warned_at=None,
        breached_at=None,
        stopped_at=None,
        book="1",
    )
    return replace(clock, **fields)  # type: ignore[arg-type]


def add_devices(stores: Stores, *device_ids: DeviceId) -> None:
    """Store devices with these ids."""
    with stores.open() as uow:
        for device_id in device_ids:
            uow.devices.add(a_device(device_id))
        uow.commit()


def a_fact(ticket: Ticket, **fields: object) -> DeskFact:
    """Return that the ticket was opened, with these fields."""
    fact = DeskFact(
        ticket_id=ticket.ticket_id,
        kind=FactKind.OPENED,
        at=NOW,
        actor="sickbay",
        ticket_kind=ticket.kind,
        source=ticket.source,
        priority=ticket.priority,
        tier=str(ticket.tier),
        category=ticket.category,
        site=ticket.site,
        technician="",
        elapsed_s=None,
        sla_s=None,
    )
    return replace(fact, **fields)  # type: ignore[arg-type]


def a_ranking(ticket_id: TicketId, **fields: object) -> RankingRecord:
    """Return what came of asking for the ticket, with these fields."""
    ann = Worker(login="ann", capacity=7, open_tickets=1, skills={"database": 3})
    plain: dict[str, object] = {
        "ticket_id": ticket_id,
        "at": NOW,
        "cause": RoutingCause.OPENED,
        "tier": "L2",
        "queue": "databases",
        "rule": "databases",
        "text": "ann is best",
        "candidates": 1,
        "refused": 1,
        "ranking": replace(
            rank(Need(skills={"database": 1}, slack=1 / 3), [ann]),
            refusals=(Refusal(login="bo", missing=Missing.TIME, text="full: 1 open of 1"),),
        ),
        **fields,
    }
    return RankingRecord(**plain)  # type: ignore[arg-type]

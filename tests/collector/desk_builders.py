"""Tickets, devices, rules and alert changes for tests of the desk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sickbay_collector.core.alerts.change import AlertChange, AlertReading, ChangeKind
from sickbay_collector.core.alerts.condition import Comparison, Leaf
from sickbay_collector.core.alerts.rule import Kind, Minutes, Rule, Scope
from sickbay_collector.core.desk.ticket import Priority, Ticket, TicketSource, TicketStatus, Tier
from sickbay_collector.core.device import (
    Criticality,
    Device,
    DeviceClass,
    DeviceStatus,
    Evidence,
)
from sickbay_collector.core.ids import DeviceId, TicketId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DEVICE_ID = DeviceId("0195a000-0000-7000-8000-000000000001")
OTHER_DEVICE_ID = DeviceId("0195a000-0000-7000-8000-000000000002")
TICKET_ID = TicketId("0195a000-0000-7000-8000-0000000000aa")

_TICKET = Ticket(
    ticket_id=TICKET_ID,
    number=7,
    version=1,
    device_id=DEVICE_ID,
    family="disk.space",
    source=TicketSource.ALERT,
    status=TicketStatus.NEW,
    title="ws-17: system volume almost full (C:)",
    description="",
    category="storage",
    priority=Priority.MEDIUM,
    impact=2,
    urgency=2,
    priority_reason="",
    tier=Tier.L1,
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


def a_ticket(**fields: object) -> Ticket:
    """Return a ticket from an alert, with these fields."""
    return replace(_TICKET, **fields)  # type: ignore[arg-type]


def a_device(
    *, criticality: Criticality = Criticality.NORMAL, device_id: DeviceId = DEVICE_ID
) -> Device:
    """Return an active laptop named ws-17."""
    return Device(
        device_id=device_id,
        hostname="ws-17",
        status=DeviceStatus.ACTIVE,
        device_class=DeviceClass.LAPTOP,
        criticality=criticality,
        agent_instance_id="agent-1",
        agent_version="0.1.0",
        capabilities=(),
        key_fingerprint="",
        next_key_fingerprint="",
        evidence=Evidence(),
        enrolled_at=NOW,
        enroll_nonce="nonce",
        revoked_at=None,
        revoke_reason="",
        possible_duplicate_of=None,
    )


_FREE = Leaf(metric="volume.free_ratio", comparison=Comparison.BELOW, limit=0.1)
_ENOUGH = Leaf(metric="volume.free_ratio", comparison=Comparison.ABOVE, limit=0.15)

_RULE = Rule(
    id="disk.full.warn",
    family="disk.space",
    kind=Kind.THRESHOLD,
    title="Volume almost full",
    says="",
    raise_when=_FREE,
    clear_when=_ENOUGH,
    for_s=3600.0,
    clear_for_s=3600.0,
    clear_active_days=0,
    active_days=None,
    reads=1,
    minutes=Minutes.OBSERVED,
    grace_s=0.0,
    scope=Scope(),
    urgency=2,
    minimum_priority=None,
    effect=None,
    category="storage",
    subcategory=None,
    tier=Tier.L1,
    queue="service-desk",
    runbook="DISK-1",
    reopen_s=604_800.0,
    muted_by=(),
    content="{}",
    version="0123456789abcdef" * 4,
)


def a_rule(**fields: object) -> Rule:
    """Return a rule of the family disk.space, with these fields."""
    return replace(_RULE, **fields)  # type: ignore[arg-type]


def a_change(
    kind: ChangeKind,
    *,
    rule: Rule = _RULE,
    instance: str = "C:",
    at: datetime = NOW,
    urgency: int | None = None,
    reason: str = "",
) -> AlertChange:
    """Return what happened to a rule's alert on a volume."""
    return AlertChange(
        kind=kind,
        key=f"{rule.id}|{instance}",
        rule_id=rule.id,
        instance=instance,
        instance_label=instance,
        rule=rule,
        at=at,
        since=NOW - timedelta(hours=1),
        urgency=rule.urgency if urgency is None else urgency,
        readings=(
            AlertReading(
                metric="volume.free_ratio",
                label="Volume free",
                unit="ratio",
                value=0.06,
                threshold="below 10 %",
            ),
        ),
        sentence=f"{instance} has 6 % free; limit below 10 %, for 60 min",
        closes_when='closes by itself when "Volume free" is above 15 % for 60 min',
        history="Volume free: 6 % to 9 % since 2026-03-02 08:00 UTC",
        reason=reason,
    )

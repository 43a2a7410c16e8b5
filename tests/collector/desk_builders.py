"""Tickets and devices for tests of the desk."""

from dataclasses import replace
from datetime import UTC, datetime

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

"""What the use cases need of alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.alerts.change import AlertReading
from sickbay_collector.core.ids import AlertId, DeviceId, TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """An alert that is or was open."""

    alert_id: AlertId
    device_id: DeviceId
    rule_id: str
    rule_version: str
    family: str
    instance: str
    instance_label: str
    status: str
    """"open", "clearing", "closed" or "suppressed"."""
    since: datetime
    opened_at: datetime
    closed_at: datetime | None
    sentence: str
    suppressed_reason: str
    ticket_id: TicketId | None
    urgency: int = 0
    """From 1 (highest) to 3; 0 where it was not kept."""
    measured_at: datetime | None = None
    """When the readings were taken, by the device's clock; None where they were not kept."""
    readings: tuple[AlertReading, ...] = ()
    """What was measured last; beside the limits."""
    history: str = ""
    """The instance's own range while the condition was true."""
    closes_when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts to list. What is empty or None does not filter."""

    statuses: frozenset[str] = frozenset()
    suppressed: bool | None = None
    """Only those that were kept from opening a ticket, or only others."""
    device_id: DeviceId | None = None
    rule_id: str = ""
    urgencies: frozenset[int] = frozenset()
    opened_since: datetime | None = None


STANDING = AlertFilter(statuses=frozenset({"open", "clearing"}))
"""Alerts that are not over."""


class AlertStore(Protocol):
    """Alerts."""

    def add(self, alert: AlertRecord) -> None: ...
    def save(self, alert: AlertRecord) -> None: ...
    def get(self, alert_id: AlertId) -> AlertRecord | None: ...
    def open_of(self, device_id: DeviceId) -> Sequence[AlertRecord]:
        """Return the device's alerts that are open or clearing."""
        ...

    def list(
        self,
        wanted: AlertFilter,
        *,
        limit: int,
        after: tuple[datetime, AlertId] | None = None,
    ) -> Sequence[AlertRecord]:
        """Return alerts, newest first, behind the one that opened then and has that id."""
        ...

    def of_ticket(self, ticket_id: TicketId) -> Sequence[AlertRecord]: ...
    def of_device(self, device_id: DeviceId, *, limit: int) -> Sequence[AlertRecord]: ...
    def record_rule(self, version: str, rule_id: str, text: str, *, at: datetime) -> None:
        """Keep an immutable rule version; a known one is left as it is."""
        ...

    def rule_text(self, version: str) -> str:
        """Return the canonical JSON of a rule version; "" for one that was never kept."""
        ...

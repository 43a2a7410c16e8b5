"""What happened to an alert: the engine's answer, in values and in words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sickbay_collector.core.alerts.rule import Rule


class ChangeKind(StrEnum):
    """What happened."""

    OPENED = "opened"
    EVIDENCE = "evidence"
    """Still true: at most once a day, or when the urgency rose."""
    CLEARING = "clearing"
    """The condition to close began to hold."""
    RETURNED = "returned"
    """It held no longer; the alert is open as before."""
    CLOSED = "closed"
    SUPPRESSED = "suppressed"
    """It would have opened; `reason` says why it did not."""
    FLAPPING = "flapping"
    """The condition comes and goes: the alert stays open until that ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReading:
    """One number behind a change."""

    metric: str
    label: str
    unit: str
    value: float
    threshold: str
    """In words with unit: "above 90 %"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """One thing that happened to one alert."""

    kind: ChangeKind
    key: str
    """"rule_id|instance": with the device, what makes an alert the same alert."""
    rule_id: str
    instance: str
    instance_label: str
    """What people call it: a mount point, "drive S4EVNX0R", a program; "this device"."""
    rule: Rule | None
    """None only where an alert closes because its rule is no longer there."""
    at: datetime
    """By the device's clock."""
    since: datetime
    """When the condition was first true; for CLOSED too."""
    urgency: int
    readings: tuple[AlertReading, ...] = ()
    sentence: str = ""
    """"/ is 93 % full, 3.1 GB free; limit above 90 % and below 5 GB, for 15 min"."""
    closes_when: str = ""
    history: str = ""
    """The instance's own range while the condition was true."""
    reason: str = ""
    """Why it was suppressed or closed."""

    @property
    def family(self) -> str:
        """The rule's family; "" where the rule is no longer there."""
        return self.rule.family if self.rule else ""

    @property
    def title(self) -> str:
        """What a ticket about it is called."""
        name = self.rule.title if self.rule else self.rule_id
        return name if self.instance == "" else f"{name}: {self.instance_label}"

"""An alert that is open and quiet: what its ticket will say, should it outlive what mutes it."""

from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.alerts.change import AlertChange, AlertReading, ChangeKind
from sickbay_collector.core.alerts.matcher import Subject
from sickbay_collector.core.alerts.rule import Rule
from sickbay_collector.core.alerts.silence import Mute, MuteSource
from sickbay_collector.core.desk.priority import decide_priority
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import AlertId, DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class MutedAlert:
    """One stretch in which an alert was kept from opening a ticket."""

    alert_id: AlertId
    device_id: DeviceId
    rule_id: str
    instance: str
    instance_label: str
    source: MuteSource
    number: int
    occurrence: int
    muted_at: datetime
    until: datetime
    ended_at: datetime | None
    """None while it is muted."""
    outcome: str
    """"" while it is muted, then "ticket", "closed", "muted again" or "dropped"."""
    at: datetime
    """When it was measured last, by the device's clock; the rest is what was measured then."""
    since: datetime
    urgency: int
    sentence: str
    closes_when: str
    history: str
    readings: tuple[AlertReading, ...]

    def change(self, rule: Rule) -> AlertChange:
        """Return the opening as the engine said it, with what was measured last."""
        return AlertChange(
            kind=ChangeKind.OPENED,
            key=f"{self.rule_id}|{self.instance}",
            rule_id=self.rule_id,
            instance=self.instance,
            instance_label=self.instance_label,
            rule=rule,
            at=self.at,
            since=self.since,
            urgency=self.urgency,
            readings=self.readings,
            sentence=self.sentence,
            closes_when=self.closes_when,
            history=self.history,
        )


def muted_alert(
    alert_id: AlertId, device_id: DeviceId, change: AlertChange, mute: Mute, *, now: datetime
) -> MutedAlert:
    """Return what to remember of an alert that opens and is muted."""
    return MutedAlert(
        alert_id=alert_id,
        device_id=device_id,
        rule_id=change.rule_id,
        instance=change.instance,
        instance_label=change.instance_label,
        source=mute.source,
        number=mute.number,
        occurrence=mute.occurrence,
        muted_at=now,
        until=mute.until,
        ended_at=None,
        outcome="",
        at=change.at,
        since=change.since,
        urgency=change.urgency,
        sentence=change.sentence,
        closes_when=change.closes_when,
        history=change.history,
        readings=change.readings,
    )


def measured_again(muted: MutedAlert, change: AlertChange) -> MutedAlert:
    """Return the muted alert with what was measured now."""
    return replace(
        muted,
        at=change.at,
        urgency=change.urgency,
        sentence=change.sentence,
        history=change.history,
        readings=change.readings,
    )


def subject_of(
    device: Device, rule: Rule, *, site: str, instance: str, instance_label: str, urgency: int
) -> Subject:
    """Return an alert of a device at that site as matchers see it."""
    decision = decide_priority(device.criticality, urgency, minimum=rule.minimum_priority)
    return Subject(
        device_id=device.device_id,
        hostname=device.hostname,
        device_class=device.device_class,
        site=site,
        rule_id=rule.id,
        family=rule.family,
        instance=instance,
        instance_label=instance_label,
        category=rule.category,
        priority=decision.priority,
    )

"""One sample as the engine sees it: the time it stands for, and what it says of an instance."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.core.alerts.condition import EVENT_METRICS, Leaf
from sickbay_collector.core.alerts.rule import Minutes, Rule, VolumeScope
from sickbay_collector.core.alerts.state import MAX_EVENTS, AlertMemory
from sickbay_collector.core.device import Criticality, DeviceClass
from sickbay_collector.core.sample import Sample

ACTIVE_IDLE_S = 300.0
"""A minute is active when the last input is younger."""
GAP_INTERVALS = 3
"""A longer time between two samples, in sampling intervals, is a gap: nobody saw it."""

Events = tuple[tuple[datetime, float], ...]
# The agent's probes that list volumes and drives: without them a list may lack some.
_LISTING_PROBES = frozenset({"volumes", "drive_load"})
# Nobody sits at these, so "no input" says nothing about their use.
_UNATTENDED = frozenset({DeviceClass.SERVER, DeviceClass.ALWAYS_ON})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What rules need to know of the device."""

    platform: str
    """"linux", "windows" or "macos"."""
    device_class: DeviceClass
    criticality: Criticality
    enrolled_at: datetime
    boot_at: datetime | None = None
    """By the device's clock; None where only the samples say it."""
    sample_interval_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A sample and the observed time before it."""

    sample: Sample
    at: datetime
    """By the device's clock."""
    now: datetime
    """By the collector's."""
    device: DeviceFacts
    observed_s: float
    """Time since the sample before; 0 behind a gap."""
    is_active: bool
    memory: AlertMemory
    """What was remembered before, the present day of use included."""

    def credit_s(self, minutes: Minutes) -> float:
        """Return the time that counts toward a duration."""
        return self.observed_s if minutes is Minutes.OBSERVED or self.is_active else 0.0

    def active_days(self, of: int) -> int:
        """Return on how many of the last `of` days, this one included, it was in use."""
        return self.memory.active_days(self.at.toordinal(), of)

    @property
    def boot_at(self) -> datetime | None:
        """When the device booted, by its clock; None where unknown."""
        uptime = self.sample.readings.get("boot.uptime_s")
        if self.device.boot_at is not None or not uptime:
            return self.device.boot_at
        return self.at - timedelta(seconds=uptime.get("", 0.0))

    @property
    def fresh_s(self) -> float:
        """How old the last reading of a metric of each sample may be, to stand for this one."""
        return GAP_INTERVALS * self.device.sample_interval_s


def is_active(sample: Sample, device: DeviceFacts) -> bool:
    """Return whether somebody uses the device; unknown counts as yes."""
    if device.device_class in _UNATTENDED:
        return True
    idle = sample.readings.get("session.user_idle_s")
    return not idle or idle.get("", 0.0) < ACTIVE_IDLE_S


def observed_s(at: datetime, last_at: datetime | None, device: DeviceFacts) -> float:
    """Return the time that two samples cover between them: 0 behind a gap or a clock set back."""
    if last_at is None:
        return 0.0
    elapsed = (at - last_at).total_seconds()
    return elapsed if 0 < elapsed <= GAP_INTERVALS * device.sample_interval_s else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFacts:
    """What a sample says of one instance of one rule."""

    moment: Moment
    rule: Rule
    instance: str
    events: Events

    def value(self, leaf: Leaf) -> float | None:
        """Return the reading, or the sum over the leaf's window; None where there is none."""
        readings = self.moment.sample.readings.get(leaf.metric, {})
        value = readings.get(self.instance)
        if value is None and self.rule.topic != leaf.metric.partition(".")[0]:
            # A condition of a volume may also ask for what the device has once.
            value = readings.get("")
        if leaf.metric not in EVENT_METRICS:
            return value
        if not _crashes_are_known(self.moment.sample):
            return None
        if leaf.within_s:
            return sum(count for _, count in self.events)
        return value or 0.0

    def primary(self) -> float | None:
        """Return the reading of the rule's first metric."""
        return self.moment.sample.readings.get(self.rule.primary_metric, {}).get(self.instance)

    def gone(self) -> bool | None:
        """Return whether the instance is gone; None where the sample does not list any."""
        sample = self.moment.sample
        listed = sample.volumes if self.rule.topic == "volume" else sample.drives
        complete = not sample.truncated and not _LISTING_PROBES.intersection(sample.failed_probes)
        return self.instance not in listed if listed and complete else None

    def in_scope(self) -> bool:
        """Return whether the rule looks at this instance; yes where the sample does not list it."""
        scope, sample = self.rule.scope, self.moment.sample
        if scope.drive and self.instance in sample.drives:
            return sample.drives[self.instance] in scope.drive
        volume = sample.volumes.get(self.instance)
        if scope.volume is VolumeScope.ANY or volume is None:
            return True
        return volume.is_system is (scope.volume is VolumeScope.SYSTEM)


def add_event(events: Events, at: datetime, count: float, within_s: float) -> Events:
    """Return the events of a window that ends now, with those of this sample."""
    kept = [item for item in events if abs((at - item[0]).total_seconds()) < within_s]
    if count > 0:
        kept.append((at, count))
    if len(kept) > MAX_EVENTS:
        (_, first), (second_at, second) = kept[:2]
        kept[:2] = [(second_at, first + second)]
    return tuple(kept)


def _crashes_are_known(sample: Sample) -> bool:
    return not any(absence.topic == "crashes" for absence in sample.absences)

"""Rules, samples and devices for tests of the alert engine."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from sickbay_collector.core.alerts.engine import (
    AlertChange,
    AlertMemory,
    DeviceFacts,
    evaluate,
)
from sickbay_collector.core.alerts.parse import parse_rule
from sickbay_collector.core.alerts.rule import Rule, RuleSet
from sickbay_collector.core.alerts.source import Marked, Plain
from sickbay_collector.core.device import Criticality, DeviceClass
from sickbay_collector.core.sample import Absence, Medium, Sample, VolumeFacts

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

INODES: Mapping[str, Plain] = {
    "id": "disk.inodes",
    "family": "disk.inodes",
    "kind": "threshold",
    "metric": "volume.inodes_free_ratio",
    "raise": {"below": 0.05},
    "clear": {"above": 0.08},
    "for": "5m",
    "clear_for": "10m",
    "urgency": 2,
    "category": "storage",
    "tier": "L2",
    "queue": "endpoint",
    "runbook": "DISK-3",
}
"""A rule on volumes: bad below 5 %, good above 8 %, neither between."""
BAD, BETWEEN, GOOD = 0.03, 0.06, 0.2


def marked(value: Plain, where: str = "test.yaml:1") -> Marked:
    """Return a plain value as if it stood in a file."""
    if isinstance(value, Mapping):
        return Marked(value={key: marked(item, where) for key, item in value.items()}, where=where)
    if isinstance(value, list):
        return Marked(value=tuple(marked(item, where) for item in value), where=where)
    return Marked(value=value, where=where)


def entry(**changes: Plain) -> dict[str, Plain]:
    """Return INODES with changed keys; "raise_" and "for_" stand for the Python keywords."""
    return {**INODES, **{key.rstrip("_"): value for key, value in changes.items()}}


def rule(**changes: Plain) -> Rule:
    """Return the rule of INODES with changed keys."""
    return parse_rule(marked(entry(**changes)))


def rules(*found: Rule) -> RuleSet:
    """Return a set of rules, INODES where none is given."""
    return RuleSet.of(found or (rule(),))


def device(
    *,
    device_class: DeviceClass = DeviceClass.LAPTOP,
    platform: str = "linux",
    enrolled_at: datetime = START - 30 * DAY,
    boot_at: datetime | None = None,
) -> DeviceFacts:
    """Return what rules know of a device."""
    return DeviceFacts(
        platform=platform,
        device_class=device_class,
        criticality=Criticality.NORMAL,
        enrolled_at=enrolled_at,
        boot_at=boot_at,
    )


def sample(
    at: datetime,
    readings: Mapping[str, Mapping[str, float]],
    *,
    idle_s: float | None = None,
    volumes: Iterable[str] = ("root", "data"),
    drives: Iterable[str] = (),
    absent: Iterable[Absence] = (),
    failed_probes: tuple[str, ...] = (),
) -> Sample:
    """Return a sample; the volume "root" is the system's, mounted at /."""
    session = {} if idle_s is None else {"session.user_idle_s": {"": idle_s}}
    return Sample(
        observed_at=at,
        boot_id="boot",
        readings={**readings, **session},
        volumes={
            name: VolumeFacts(
                mount_point="/" if name == "root" else f"/{name}", is_system=name == "root"
            )
            for name in volumes
        },
        drives=dict.fromkeys(drives, Medium.SSD),
        absences=tuple(absent),
        failed_probes=failed_probes,
    )


def inodes(
    at: datetime, value: float | None, *, instance: str = "root", idle_s: float | None = None
) -> Sample:
    """Return a sample with this share of free inodes; None for a sample without the reading."""
    readings = {} if value is None else {"volume.inodes_free_ratio": {instance: value}}
    return sample(at, readings, idle_s=idle_s)


class Bench:
    """A device whose samples are evaluated one after another."""

    def __init__(self, found: RuleSet, facts: DeviceFacts | None = None) -> None:
        """Take the rules and the device."""
        self.rules = found
        self.device = facts or device()
        self.memory = AlertMemory()
        self.at = START
        self.log: list[AlertChange] = []

    def take(self, one: Sample) -> tuple[AlertChange, ...]:
        """Evaluate one sample; what is remembered goes through its stored form."""
        self.at = one.observed_at
        memory, changes = evaluate(self.memory, one, self.rules, self.device, now=self.at)
        self.memory = AlertMemory.from_plain(memory.to_plain())
        assert memory == self.memory
        self.log.extend(changes)
        return changes

    def run(self, samples: Iterable[Sample]) -> list[str]:
        """Evaluate samples; return the kinds of all changes since the start."""
        for one in samples:
            self.take(one)
        return self.kinds

    @property
    def kinds(self) -> list[str]:
        """The kinds of all changes since the start."""
        return [change.kind.value for change in self.log]

"""What is remembered of a volume, a drive, crashes and waiting updates, each with its JSON form.

Records hold measured inputs, not penalties, so that a changed curve applies to old evidence too.
Times are whole seconds since 1970, because they are compared for every sample.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Self

from sickbay_collector.core.health import plain
from sickbay_collector.core.health.plain import Plain
from sickbay_collector.core.sample import Medium


class EventKind(StrEnum):
    """What can upset a device."""

    PANIC = "panic"
    POWER_LOSS = "power_loss"
    OOM_KILL = "oom_kill"
    SERVICE_CRASH = "service_crash"
    APP_CRASH = "app_crash"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeMemory:
    """The newest evidence of a volume."""

    mount_point: str
    is_system: bool
    free_permille: int | None
    """Free share in thousandths, rounded down; None where not read."""
    free_tenth_gb: int | None
    """Free space in 10**8 bytes, rounded down; None where not read."""
    seen_at_s: int
    since_s: int | None = None
    """Since when it costs points."""
    misses: int = 0
    """Samples in a row that listed volumes without this one."""

    def to_plain(self) -> list[Plain]:
        """Return it as JSON values."""
        return [getattr(self, item.name) for item in fields(self)]

    @classmethod
    def from_plain(cls, value: Plain) -> Self:
        """Return what `to_plain` gave.

        Raises:
            InvalidError: It is something else.
        """
        mount, system, permille, gb, seen, since, misses = plain.items(value, 7)
        return cls(
            mount_point=plain.text(mount),
            is_system=bool(system),
            free_permille=plain.optional_integer(permille),
            free_tenth_gb=plain.optional_integer(gb),
            seen_at_s=plain.integer(seen),
            since_s=plain.optional_integer(since),
            misses=plain.integer(misses),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveReading:
    """What a drive says of its health. Each field is the metric `drive.<field>`."""

    smart_failed: float | None = None
    prefail_failing: float | None = None
    reallocated_sectors: float | None = None
    reported_uncorrectable: float | None = None
    pending_sectors: float | None = None
    offline_uncorrectable: float | None = None
    grown_defects: float | None = None
    life_left_ratio: float | None = None
    nvme_critical_warning: float | None = None
    nvme_used_ratio: float | None = None
    nvme_spare_ratio: float | None = None
    nvme_spare_threshold_ratio: float | None = None
    nvme_media_errors: float | None = None


DRIVE_FIELDS = tuple(item.name for item in fields(DriveReading))


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveMemory:
    """The newest evidence of a drive."""

    medium: Medium
    reading: DriveReading | None = None
    """None where its health was never read."""
    trail: tuple[tuple[int, float], ...] = ()
    """Error level by day since 1970, one point per change: tells what rose in the last 30 days."""
    is_not_applicable: bool = False
    reason: str = ""
    """Why its health was not read, as the agent says."""
    seen_at_s: int | None = None
    """When its health was last read."""
    since_s: int | None = None
    misses: int = 0
    """Slow readings in a row that listed drives without this one."""

    def to_plain(self) -> list[Plain]:
        """Return it as JSON values."""
        reading = self.reading
        return [
            self.medium.value,
            None if reading is None else [getattr(reading, name) for name in DRIVE_FIELDS],
            [[day, level] for day, level in self.trail],
            int(self.is_not_applicable),
            self.reason,
            self.seen_at_s,
            self.since_s,
            self.misses,
        ]

    @classmethod
    def from_plain(cls, value: Plain) -> Self:
        """Return what `to_plain` gave.

        Raises:
            InvalidError: It is something else.
        """
        medium, reading, trail, absent, reason, seen, since, misses = plain.items(value, 8)
        points = [plain.items(point, 2) for point in plain.items(trail)]
        return cls(
            medium=Medium(plain.text(medium)),
            reading=None if reading is None else _reading_from_plain(reading),
            trail=tuple((plain.integer(day), plain.number(level)) for day, level in points),
            is_not_applicable=bool(absent),
            reason=plain.text(reason),
            seen_at_s=plain.optional_integer(seen),
            since_s=plain.optional_integer(since),
            misses=plain.integer(misses),
        )


def _reading_from_plain(value: Plain) -> DriveReading:
    numbers = map(plain.optional_number, plain.items(value, len(DRIVE_FIELDS)))
    return DriveReading(**dict(zip(DRIVE_FIELDS, numbers, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMemory:
    """How much events of one kind still weigh."""

    load: float
    """Severity summed over events, halved every 7 powered-on days."""
    count: int
    """Events since `since_s`."""
    since_s: int
    seen_at_s: int
    """The newest event."""
    last: str = ""
    """Program or service of the newest event; "" where unnamed."""

    def to_plain(self) -> list[Plain]:
        """Return it as JSON values."""
        return [self.load, self.count, self.since_s, self.seen_at_s, self.last]

    @classmethod
    def from_plain(cls, value: Plain) -> Self:
        """Return what `to_plain` gave.

        Raises:
            InvalidError: It is something else.
        """
        load, count, since, seen, last = plain.items(value, 5)
        return cls(
            load=plain.number(load),
            count=plain.integer(count),
            since_s=plain.integer(since),
            seen_at_s=plain.integer(seen),
            last=plain.text(last),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilityMemory:
    """What upset the device, and what was already counted."""

    seen_at_s: int | None = None
    """When crashes were last looked for; None where never."""
    day: int = 0
    """The last powered-on day, in UTC days since 1970."""
    events: Mapping[EventKind, EventMemory] = field(default_factory=dict)
    failed_units: frozenset[int] = frozenset()
    """CRC-32 of the names of services that are in state failed."""
    boot: int = 0
    """CRC-32 of the boot id for which panics and power loss were counted."""
    panics: int = 0
    is_unclean: bool = False
    crashes_today: Mapping[str, int] = field(default_factory=dict)
    """Crashes per application on `day`."""

    def to_plain(self) -> list[Plain]:
        """Return it as JSON values."""
        return [
            self.seen_at_s,
            self.day,
            {kind.value: event.to_plain() for kind, event in self.events.items()},
            [*sorted(self.failed_units)],
            [self.boot, self.panics, int(self.is_unclean)],
            dict(self.crashes_today),
        ]

    @classmethod
    def from_plain(cls, value: Plain) -> Self:
        """Return what `to_plain` gave.

        Raises:
            InvalidError: It is something else.
        """
        seen, day, events, units, counted, crashes = plain.items(value, 6)
        boot, panics, unclean = plain.items(counted, 3)
        return cls(
            seen_at_s=plain.optional_integer(seen),
            day=plain.integer(day),
            events={
                EventKind(kind): EventMemory.from_plain(event)
                for kind, event in plain.mapping(events).items()
            },
            failed_units=frozenset(map(plain.integer, plain.items(units))),
            boot=plain.integer(boot),
            panics=plain.integer(panics),
            is_unclean=bool(unclean),
            crashes_today={
                app: plain.integer(count) for app, count in plain.mapping(crashes).items()
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingMemory:
    """Updates, or a restart, that wait."""

    count: int
    """How many; 0 where nothing waits."""
    since_s: int
    """Since when the oldest waits; without meaning where nothing does."""
    checked_at_s: int | None
    """When the device last asked its update source; None where not told."""
    seen_at_s: int

    def to_plain(self) -> list[Plain]:
        """Return it as JSON values."""
        return [self.count, self.since_s, self.checked_at_s, self.seen_at_s]

    @classmethod
    def from_plain(cls, value: Plain) -> Self | None:
        """Return what `to_plain` gave; None for None.

        Raises:
            InvalidError: It is something else.
        """
        if value is None:
            return None
        count, since, checked, seen = plain.items(value, 4)
        return cls(
            count=plain.integer(count),
            since_s=plain.integer(since),
            checked_at_s=plain.optional_integer(checked),
            seen_at_s=plain.integer(seen),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicAbsence:
    """Why a whole topic has no value."""

    is_not_applicable: bool
    reason: str

    def to_plain(self) -> list[Plain]:
        """Return it as JSON values."""
        return [int(self.is_not_applicable), self.reason]

    @classmethod
    def from_plain(cls, value: Plain) -> Self:
        """Return what `to_plain` gave.

        Raises:
            InvalidError: It is something else.
        """
        absent, reason = plain.items(value, 2)
        return cls(is_not_applicable=bool(absent), reason=plain.text(reason))

"""What the home page asks of the database about the fleet. `db` implements it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sickbay_collector.core.health.days import Span
from sickbay_collector.core.ids import DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class LowScore:
    """A device with a score."""

    device_id: DeviceId
    hostname: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSilence:
    """How many devices of a site are silent that should report."""

    site: str
    """Its id."""
    expected: int
    """Devices that are not asleep or shut down, and reported within the last days."""
    silent: int
    """Of these, those that are late or lost."""
    heard_at: datetime
    """When the site was last heard of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedScore:
    """A device whose score is another than it was."""

    device_id: DeviceId
    hostname: str
    score: float
    before: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Movers:
    """The devices whose scores moved most, the furthest first."""

    fell: tuple[MovedScore, ...]
    rose: tuple[MovedScore, ...]


class GlanceStore(Protocol):
    """The fleet as a whole."""

    def lowest(self, *, limit: int) -> Sequence[LowScore]:
        """Return the devices in use with the lowest scores, lowest first."""
        ...

    def movers(self, *, heard_since: datetime, limit: int) -> Mapping[Span, Movers]:
        """Return the devices in use whose scores moved by `MOVED_POINTS` or more.

        Args:
            heard_since: Devices that were not heard since then count no more.
            limit: At most so many of each list.
        """
        ...

    def site_silences(
        self, *, heard_since: datetime, now: datetime, started_at: datetime
    ) -> Sequence[SiteSilence]:
        """Return the sites of which a device is silent, by id.

        Args:
            heard_since: Devices that were not heard since then count no more.
            now: The present time.
            started_at: Since when this collector can hear devices.
        """
        ...

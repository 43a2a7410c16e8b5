"""What to simulate, within limits."""

from dataclasses import dataclass

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.simulator.fleet.course import Span
from sickbay_collector.simulator.fleet.device import LARGEST_SEED
from sickbay_collector.simulator.fleet.presence import Hours

DEVICES = (1, 100_000)
MINUTES = (1, 1_051_200)
"""Up to two years."""
INTERVAL_S = (5, 3_600)
BATCH = (1, 100)
"""Source of the upper limit: proto/sickbay/v1/telemetry.proto."""
CONNECTIONS = (1, 5_000)
SPEED = (0.01, 1_000_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to simulate."""

    devices: int
    minutes: int
    interval_s: int = 300
    seed: int = 1
    batch: int = 100
    hours: Hours = Hours.OFFICE
    connections: int = 32
    speed: float | None = None
    """Simulated seconds a second; None is as fast as the collector takes them."""

    def __post_init__(self) -> None:
        """Refuse what is out of limits."""
        _within("devices", self.devices, DEVICES)
        _within("minutes", self.minutes, MINUTES)
        _within("interval", self.interval_s, INTERVAL_S)
        _within("batch", self.batch, BATCH)
        _within("connections", self.connections, CONNECTIONS)
        _within("seed", self.seed, (0, LARGEST_SEED))
        if self.speed is not None:
            _within("speed", self.speed, SPEED)

    @property
    def duration_s(self) -> float:
        """Return how long the simulation is meant to take; 0 where as fast as possible."""
        return 0.0 if self.speed is None else self.minutes * 60 / self.speed

    def span(self, now_s: float) -> Span:
        """Return the simulated time: it ends when the simulation does, so nothing is ahead."""
        until_s = int(now_s + self.duration_s)
        return Span(
            since_s=until_s - self.minutes * 60,
            until_s=until_s,
            interval_s=self.interval_s,
            hours=self.hours,
        )


def _within(name: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise InvalidError(f"{name}: between {low} and {high}, not {value}")

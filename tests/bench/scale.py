"""How much is measured: a few minutes with `--quick`, some more without."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes of the loads."""

    rounds: int = 3
    """Of each load; the best one counts."""
    devices: int = 32
    """That report at the same time."""
    unary_calls: int
    five_calls: int
    hundred_calls: int
    connections: int
    """Held at the same time, and back after a restart."""
    day_devices: int
    """That spend a day on the wire."""
    disk_devices: int
    disk_days: int
    chart_interval_s: int
    reads: int
    """Of a chart."""

    @property
    def samples_per_device(self) -> int:
        """Return what one device sends in all rounds of one collector."""
        calls = self.unary_calls + 5 * self.five_calls + 100 * self.hundred_calls
        return self.rounds * calls


QUICK = Scale(
    unary_calls=30,
    five_calls=20,
    hundred_calls=3,
    connections=300,
    day_devices=2,
    disk_devices=4,
    disk_days=2,
    chart_interval_s=300,
    reads=9,
)
FULL = Scale(
    unary_calls=60,
    five_calls=40,
    hundred_calls=6,
    connections=2000,
    day_devices=4,
    disk_devices=8,
    disk_days=4,
    chart_interval_s=60,
    reads=25,
)

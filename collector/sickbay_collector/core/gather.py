"""Takes raw readings one by one, keeps those within their metric's range, counts those refused.

NaN and infinities are outside every range: in Python `max(0, min(100, nan))` is 100, a perfect
score.
"""

from sickbay_collector.core.metric import METRICS

_RANGES = {metric.name: (metric.low, metric.high) for metric in METRICS.values()}

MAX_INSTANCES = 64
"""Instances of one metric that a sample may hold."""


class Gather:
    """Collects the readings of one sample."""

    __slots__ = ("readings", "refused")

    def __init__(self) -> None:
        self.readings: dict[str, dict[str, float]] = {}
        self.refused = 0

    def put(self, metric: str, value: float, instance: str = "") -> bool:
        """Keep a reading if it is within the metric's range; return whether it was."""
        low, high = _RANGES[metric]
        if not low <= value <= high:
            self.refused += 1
            return False
        found = self.readings.get(metric)
        if found is None:
            self.readings[metric] = {instance: value}
        elif len(found) < MAX_INSTANCES or instance in found:
            found[instance] = value
        else:
            self.refused += 1
            return False
        return True

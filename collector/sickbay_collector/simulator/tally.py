"""What a simulation counted: acknowledgements, latency, failures."""

import math
from collections import Counter
from dataclasses import dataclass, field

# Two waits that differ by less than 2 % count as equal, so that memory does not grow with calls.
_STEP = 1.02
_SHORTEST_S = 1e-5


class Latencies:
    """Waits, counted in steps of 2 %."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def add(self, wait_s: float) -> None:
        """Count one wait."""
        self._counts[round(math.log(max(wait_s, _SHORTEST_S), _STEP))] += 1

    def quantile_s(self, share: float) -> float | None:
        """Return the wait that a share of all is not longer than; None before the first."""
        wanted = share * self._counts.total()
        passed = 0
        for step, count in sorted(self._counts.items()):
            passed += count
            if passed >= wanted:
                return _STEP**step
        return None


@dataclass(slots=True)
class Tally:
    """Counts of one simulation, while it runs and after."""

    devices: int
    """Asked for."""
    enrolled: int = 0
    finished: int = 0
    """Devices that sent all they had."""
    failed: int = 0
    """Devices that gave up."""
    first_failure: str = ""
    """Why the first of them did; empty where none did."""
    reports: int = 0
    """Calls that were answered."""
    acknowledged: int = 0
    duplicates: int = 0
    rejected: int = 0
    first_rejection: str = ""
    refused_values: int = 0
    retries: int = 0
    wire_bytes: int = 0
    """Of the requests' messages, before compression and TLS."""
    latencies: Latencies = field(default_factory=Latencies)

    @property
    def samples(self) -> int:
        """Return how many samples were answered for good."""
        return self.acknowledged + self.duplicates + self.rejected

    def fail(self, reason: str) -> None:
        """Count a device that gave up."""
        self.failed += 1
        self.first_failure = self.first_failure or reason

    def reject(self, reason: str) -> None:
        """Count a record that will never be accepted."""
        self.rejected += 1
        self.first_rejection = self.first_rejection or reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a simulation comes to."""

    devices: int
    failed_devices: int
    samples: int
    reports: int
    acknowledged: int
    duplicates: int
    rejected: int
    refused_values: int
    retries: int
    seconds: float
    samples_per_s: float
    p50_ms: float | None
    """Of a report; None where none was answered."""
    p99_ms: float | None
    tickets_opened: int | None
    """None where the simulator cannot see the collector's database."""
    first_failure: str
    """Why the first device gave up; empty where none did."""
    first_rejection: str
    """Why the first record was rejected; empty where none was."""


def summarize(tally: Tally, *, seconds: float, tickets_opened: int | None) -> Summary:
    """Return the summary of a simulation that took so many seconds."""
    return Summary(
        devices=tally.devices,
        failed_devices=tally.failed,
        samples=tally.samples,
        reports=tally.reports,
        acknowledged=tally.acknowledged,
        duplicates=tally.duplicates,
        rejected=tally.rejected,
        refused_values=tally.refused_values,
        retries=tally.retries,
        seconds=round(seconds, 2),
        samples_per_s=round(tally.samples / seconds, 1) if seconds else 0.0,
        p50_ms=_ms(tally.latencies.quantile_s(0.5)),
        p99_ms=_ms(tally.latencies.quantile_s(0.99)),
        tickets_opened=tickets_opened,
        first_failure=tally.first_failure,
        first_rejection=tally.first_rejection,
    )


def _ms(wait_s: float | None) -> float | None:
    return None if wait_s is None else round(wait_s * 1000, 2)

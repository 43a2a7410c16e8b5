"""What happened at the desk since its first ticket, as counters and histograms hold it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sickbay_collector.core.desk.fact import FactKind

# Half a minute to three days: from who sits beside the telephone to who comes back on Monday.
ACKNOWLEDGE_S = (30, 60, 300, 900, 3600, 4 * 3600, 8 * 3600, 86400, 3 * 86400)
"""Upper bounds of the histogram of times to acknowledge."""
# Five minutes to four weeks: from a cable to a warranty case.
RESOLVE_S = (300, 900, 3600, 4 * 3600, 8 * 3600, 86400, 3 * 86400, 7 * 86400, 28 * 86400)
"""Upper bounds of the histogram of times to resolve."""

BOUNDS_S: Mapping[FactKind, tuple[int, ...]] = MappingProxyType(
    {FactKind.ACKNOWLEDGED: ACKNOWLEDGE_S, FactKind.RESOLVED: RESOLVE_S}
)
"""Upper bounds by what is measured."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class FactLabels:
    """What facts are counted by."""

    kind: FactKind
    priority: str
    tier: str
    category: str
    is_automatic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long things took."""

    counts: tuple[int, ...]
    """Of each bucket alone, not added up; the last one has no bound."""
    total_s: float

    def plus(self, other: "Spread") -> "Spread":
        """Return both together."""
        both = zip(self.counts, other.counts, strict=True)
        return Spread(
            counts=tuple(left + right for left, right in both),
            total_s=self.total_s + other.total_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTotals:
    """What happened in a stretch of time. A key that is missing counts as 0."""

    counts: Mapping[FactLabels, int] = field(default_factory=dict)
    spreads: Mapping[tuple[FactKind, str], Spread] = field(default_factory=dict)
    """By what is measured, of `BOUNDS_S`, and priority."""


def added(parts: Iterable[DeskTotals]) -> DeskTotals:
    """Return what happened in stretches that do not overlap."""
    counts: Counter[FactLabels] = Counter()
    spreads: dict[tuple[FactKind, str], Spread] = {}
    for part in parts:
        counts.update(part.counts)
        for key, spread in part.spreads.items():
            spreads[key] = spreads[key].plus(spread) if key in spreads else spread
    return DeskTotals(counts=dict(counts), spreads=spreads)

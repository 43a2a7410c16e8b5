"""What the score is made of: categories, findings, ledger lines and the score itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Category(StrEnum):
    """What a finding is about."""

    STORAGE = "storage"
    STABILITY = "stability"
    CAPACITY = "capacity"
    PERFORMANCE = "performance"
    CURRENCY = "currency"
    BATTERY = "battery"
    STARTUP = "startup"
    LIFECYCLE = "lifecycle"


class Axis(StrEnum):
    """A question that some of the categories answer together."""

    RELIABILITY = "reliability"
    """Will it fail?"""
    USEFULNESS = "usefulness"
    """Is it fit for its user's work?"""
    LIFESPAN = "lifespan"
    """Is it up to date? The opposite of obsolescence."""


class Grade(StrEnum):
    """The score in a word."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    CRITICAL = "critical"


class Evidence(StrEnum):
    """What is known of a category."""

    KNOWN = "known"
    STALE = "stale"
    """Seen, not lately: its penalty stays, confidence falls."""
    UNKNOWN = "unknown"
    """Applies to the device and was never read."""
    NOT_APPLICABLE = "not_applicable"


WEIGHTS = MappingProxyType(
    {
        Category.STORAGE: 18.0,
        Category.STABILITY: 18.0,
        Category.CAPACITY: 14.0,
        Category.PERFORMANCE: 15.0,
        Category.CURRENCY: 15.0,
        Category.BATTERY: 10.0,
        Category.STARTUP: 5.0,
        Category.LIFECYCLE: 5.0,
    }
)
"""Share of each category in the score; they sum to 100. A choice, hardware failures first."""

AXES = MappingProxyType(
    {
        Axis.RELIABILITY: (Category.STORAGE, Category.STABILITY, Category.BATTERY),
        Axis.USEFULNESS: (Category.PERFORMANCE, Category.CAPACITY, Category.STARTUP),
        Axis.LIFESPAN: (Category.CURRENCY, Category.LIFECYCLE),
    }
)
"""The categories of each axis; every category belongs to exactly one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that costs points."""

    category: Category
    key: str
    """Category and instance: "capacity/<volume id>"."""
    title: str
    """What is wrong, one sentence."""
    remedy: str
    """What mends it, one sentence."""
    penalty: float
    """0 to 100, before the weight of its category."""
    value: float
    unit: str
    threshold: float
    """Where the penalty begins, in the same unit."""
    since: datetime
    """Since when it is known."""
    seen_at: datetime
    """When it was last read."""
    source: str
    """Where the value comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A finding so grave that it bounds the whole score."""

    limit: float
    """The highest score while it holds."""
    sentence: str
    key: str
    """Of the finding it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """Points lost, and to what."""

    points: float
    finding: Finding
    cap: Cap | None = None
    """Set on the one line that takes the score down to its lowest cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do and what it brings."""

    sentence: str
    gain_points: float
    """Points the score rises when this finding alone is mended; 0 where another cap still holds."""
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryScore:
    """What one category contributes, and how well it is known."""

    category: Category
    evidence: Evidence
    penalty: float | None
    """0 to 100; None where unknown or not applicable."""
    confidence: float
    """0 to 1."""
    reason: str
    """Why it is unknown or not applicable; "" otherwise."""
    gaps: tuple[str, ...] = ()
    """What of it could not be read: one sentence per drive or volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisScore:
    """The score of one axis, by the same arithmetic."""

    axis: Axis
    value: float | None
    """0 to 100; None where confidence is under a half."""
    low: float
    high: float
    confidence: float
    ledger: tuple[LedgerLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A score without its explanation."""

    value: float | None
    low: float
    high: float
    confidence: float
    known: frozenset[Category]
    """The categories that it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The health of a device, explained."""

    value: float | None
    """0 to 100, higher is better; None where withheld."""
    low: float
    """The score if everything unknown were at its worst."""
    high: float
    """The score if everything unknown were well."""
    confidence: float
    """Share of the applicable weight that has fresh evidence, 0 to 1."""
    withheld_reason: str
    """Why `value` is None; "" otherwise."""
    grade: Grade | None
    is_provisional: bool
    """Whether confidence is at least 0.5 and under 0.8."""
    ledger: tuple[LedgerLine, ...]
    """Sums to 100 - value; with a withheld value, what is lost so far among the known."""
    caps: tuple[Cap, ...]
    """All that hold, lowest first; only the first can bind."""
    categories: tuple[CategoryScore, ...]
    axes: tuple[AxisScore, ...]
    advice: tuple[Advice, ...]
    """At most three, largest gain first."""

    @property
    def unknown(self) -> tuple[CategoryScore, ...]:
        """The categories that apply and were never read, each with its reason."""
        return tuple(c for c in self.categories if c.evidence is Evidence.UNKNOWN)

    @property
    def not_applicable(self) -> tuple[CategoryScore, ...]:
        """The categories that this device cannot have, each with its reason."""
        return tuple(c for c in self.categories if c.evidence is Evidence.NOT_APPLICABLE)

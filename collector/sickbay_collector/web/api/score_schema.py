"""A health score as the API shows it."""

from datetime import datetime
from typing import Self

from sickbay_collector.core.health.days import Move
from sickbay_collector.core.health.model import Axis, Category, Evidence, Grade
from sickbay_collector.web.api.base import Schema


class FindingSchema(Schema):
    """One thing that costs points."""

    category: Category
    key: str
    """Category and instance."""
    title: str
    """What is wrong."""
    remedy: str
    """What mends it."""
    penalty: float
    """0 to 100, before the weight of its category."""
    value: float
    unit: str
    threshold: float
    """Where the penalty begins, in the same unit."""
    since: datetime
    seen_at: datetime
    source: str
    """Where the value comes from."""


class CapSchema(Schema):
    """A finding so grave that it bounds the whole score."""

    limit: float
    sentence: str
    key: str


class LedgerLineSchema(Schema):
    """Points lost, and to what."""

    points: float
    finding: FindingSchema
    cap: CapSchema | None
    """Set on the one line that takes the score down to its lowest cap."""


class AdviceSchema(Schema):
    """What to do and what it brings."""

    sentence: str
    gain_points: float
    key: str


class CategoryScoreSchema(Schema):
    """What one category contributes, and how well it is known."""

    category: Category
    evidence: Evidence
    penalty: float | None
    confidence: float
    reason: str
    """Why it is unknown or not applicable."""
    gaps: tuple[str, ...]
    """What of it could not be read."""


class AxisScoreSchema(Schema):
    """The score of one question: will it fail, is it fit for its work, is it up to date."""

    axis: Axis
    value: float | None
    low: float
    high: float
    confidence: float
    ledger: tuple[LedgerLineSchema, ...]


class MoveSchema(Schema):
    """How a score moved against the first one of a day before."""

    before: float
    """What it was."""
    at: datetime
    """When."""
    change: float
    """Points; negative where it fell."""
    category: Category
    """Which moved most of it."""
    category_change: float
    """What it moved of that, in points."""
    reason: str
    """What costs most in that category by now; empty where nothing does any more."""

    @classmethod
    def of(cls, move: Move) -> Self:
        """Return a move."""
        return cls(
            before=move.before.score,
            at=move.before.at,
            change=move.change,
            category=move.category,
            category_change=move.category_change,
            reason=move.reason,
        )


class ScoreSchema(Schema):
    """The health of a device, explained."""

    value: float | None
    """0 to 100, higher is better; null where withheld."""
    low: float
    """The score if everything unknown were at its worst."""
    high: float
    """The score if everything unknown were well."""
    confidence: float
    """Share of what matters that has fresh evidence, 0 to 1."""
    withheld_reason: str
    grade: Grade | None
    is_provisional: bool
    ledger: tuple[LedgerLineSchema, ...]
    """Sums to 100 minus the score."""
    caps: tuple[CapSchema, ...]
    categories: tuple[CategoryScoreSchema, ...]
    axes: tuple[AxisScoreSchema, ...]
    advice: tuple[AdviceSchema, ...]
    """At most three, largest gain first."""

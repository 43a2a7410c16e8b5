"""What a device's score was on its last days, so that a fall is seen and can be explained.

The first score of each UTC day is kept for some days, in the device's state, with the points that
each category cost. Two scores are compared only where they rest on the same categories: one that
becomes known moves the score of a device to which nothing happened.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.core.health.model import Category, Evidence, Score
from sickbay_collector.core.health.plain import Plain

MOVED_POINTS = 5.0
"""From so many points on a score moved: without an event it drifts by less in a day. A choice."""


class Span(StrEnum):
    """Against when a score is compared."""

    DAY = "day"
    WEEK = "week"


_AGES: Mapping[Span, tuple[int, int]] = MappingProxyType({Span.DAY: (1, 4), Span.WEEK: (7, 10)})
"""The fewest and most days ago: who was off over a long weekend is compared with the day before."""
# A day takes some 40 bytes of the state's row.
_DIGITS = 2
_KEPT_DAYS = max(oldest for _, oldest in _AGES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDay:
    """The first score of a day."""

    at: datetime
    score: float
    lost: Mapping[Category, float]
    """Points lost by category; of every category that was known, so 0 too."""

    @property
    def day(self) -> int:
        """Return its UTC day."""
        return self.at.toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How a score moved, and what moved it."""

    before: ScoreDay
    change: float
    """Points; negative where it fell."""
    category: Category
    """Which moved most of it."""
    category_change: float
    """What it moved of that, in points."""
    reason: str
    """What costs most in that category by now; "" where nothing does any more."""


def is_kept(days: Sequence[ScoreDay], now: datetime) -> bool:
    """Return whether today's score is there."""
    return bool(days) and days[-1].day == now.toordinal()


def keep(days: Sequence[ScoreDay], score: Score, now: datetime) -> tuple[ScoreDay, ...]:
    """Return the days with today's score, where there is one and none is kept, without old ones."""
    today = now.toordinal()
    # What is to come was kept while the clock was wrong.
    kept = [one for one in days if one.at <= now and today - one.day <= _KEPT_DAYS]
    if score.value is not None and not is_kept(kept, now):
        lost = {one: round(points, _DIGITS) for one, points in _lost(score).items()}
        at = now.replace(microsecond=0)
        kept.append(ScoreDay(at=at, score=round(score.value, _DIGITS), lost=lost))
    return tuple(kept)


def before(
    days: Sequence[ScoreDay], span: Span, known: Collection[Category], now: datetime
) -> ScoreDay | None:
    """Return the score to compare with; None where none is that old, or rests on the same.

    Args:
        days: As `keep` returned them.
        span: How long ago.
        known: The categories that the score rests on now.
        now: The present time.
    """
    youngest, oldest = _AGES[span]
    today = now.toordinal()
    for one in reversed(days):
        if youngest <= today - one.day <= oldest:
            return one if one.lost.keys() == known else None
    return None


def move(days: Sequence[ScoreDay], span: Span, score: Score, now: datetime) -> Move | None:
    """Return how a score moved; None where it cannot be told."""
    lost = _lost(score)
    then = before(days, span, lost.keys(), now)
    if then is None or score.value is None:
        return None
    change = score.value - then.score
    fell_by = {one: points - then.lost[one] for one, points in lost.items()}
    most = max if change < 0 else min
    category = most(fell_by, key=lambda one: fell_by[one])
    own = [line for line in score.ledger if line.finding.category is category]
    top = max(own, key=lambda line: line.points, default=None)
    return Move(
        before=then,
        change=change,
        category=category,
        category_change=-fell_by[category],
        reason="" if top is None else top.finding.title,
    )


def to_plain(days: Sequence[ScoreDay]) -> list[Plain]:
    """Return the days as JSON values: each its second, its score, and its points by category."""
    return [
        [
            int(one.at.timestamp()),
            one.score,
            *(one.lost.get(name) for name in Category),
        ]
        for one in days
    ]


def from_plain(found: Sequence[Sequence[float | None]]) -> tuple[ScoreDay, ...]:
    """Return what `to_plain` gave; days of other categories than today's are left out."""
    days = []
    for at_s, score, *points in found:
        if at_s is not None and score is not None and len(points) == len(Category):
            costs = zip(Category, points, strict=True)
            lost = {one: cost for one, cost in costs if cost is not None}
            days.append(ScoreDay(at=datetime.fromtimestamp(at_s, UTC), score=score, lost=lost))
    return tuple(days)


def _lost(score: Score) -> dict[Category, float]:
    """Return the points lost by category, of all that are known; they sum to 100 - value."""
    seen = (Evidence.KNOWN, Evidence.STALE)
    lost = {one.category: 0.0 for one in score.categories if one.evidence in seen}
    for line in score.ledger:
        lost[line.finding.category] = lost.get(line.finding.category, 0.0) + line.points
    return lost

"""From memory to score: the step that runs once per batch of samples."""

from collections.abc import Sequence
from datetime import datetime

from sickbay_collector.core.health.categories import CATEGORIES, Weighing
from sickbay_collector.core.health.memory import HealthMemory
from sickbay_collector.core.health.model import (
    AXES,
    Axis,
    AxisScore,
    CategoryScore,
    Evidence,
    Grade,
    Score,
    Summary,
)
from sickbay_collector.core.health.tally import (
    MIN_CONFIDENCE,
    Row,
    Tally,
    advice,
    ledger,
    tally,
)
from sickbay_collector.core.health.verdict import Verdict

_PROVISIONAL_UNTIL = 0.8
# Where the categories of each axis stand in CATEGORIES.
_AXIS_PLACES = tuple(
    (axis, tuple(place for place, own in enumerate(CATEGORIES) if own.category in AXES[axis]))
    for axis in Axis
)


def assess(memory: HealthMemory, *, now: datetime) -> Score:
    """Return the score of a device, with its explanation.

    Args:
        memory: What its samples said.
        now: When it is asked; decides how fresh evidence is, and nothing else.
    """
    now_s = now.timestamp()
    rows = _rows(memory, now_s)
    total = tally(rows)
    value = total.score
    categories = tuple(
        [_category(weighing, row, now_s) for weighing, row in zip(CATEGORIES, rows, strict=True)]
    )
    return Score(
        value=value,
        low=total.low,
        high=total.high,
        confidence=total.confidence,
        withheld_reason="" if value is not None else _withheld(total, categories),
        grade=None if value is None else grade(value),
        is_provisional=MIN_CONFIDENCE <= total.confidence < _PROVISIONAL_UNTIL,
        ledger=ledger(rows, total),
        caps=total.caps,
        categories=categories,
        axes=tuple([_axis(axis, [rows[p] for p in places]) for axis, places in _AXIS_PLACES]),
        advice=advice(rows, total),
    )


def summarize(memory: HealthMemory, *, now: datetime) -> Summary:
    """Return the score without its explanation, by the same arithmetic."""
    rows = _rows(memory, now.timestamp())
    total = tally(rows)
    return Summary(
        value=total.score,
        low=total.low,
        high=total.high,
        confidence=total.confidence,
        known=frozenset([row.verdict.category for row in rows if _is_known(row.verdict)]),
    )


def grade(value: float) -> Grade:
    """Return a score in a word: good from 85, fair from 70, poor from 50, else critical."""
    if value >= 85.0:
        return Grade.GOOD
    if value >= 70.0:
        return Grade.FAIR
    return Grade.POOR if value >= 50.0 else Grade.CRITICAL


def _rows(memory: HealthMemory, now_s: float) -> list[Row]:
    rows = []
    for weighing in CATEGORIES:
        verdict = weighing.verdict(memory)
        if verdict is None:
            rows.append(weighing.unread)
            continue
        confidence = _confidence(verdict, weighing.ttl_s, now_s) if verdict.seen_at_s else 0.0
        rows.append(Row(verdict=verdict, weight=weighing.weight, confidence=confidence))
    return rows


def _confidence(verdict: Verdict, ttl_s: float, now_s: float) -> float:
    """Return how fresh a category's evidence is, 0 to 1; what was never read counts nothing."""
    fresh = 0.0
    for at_s in verdict.seen_at_s:
        late_s = now_s - at_s - ttl_s
        fresh += 1.0 if late_s <= 0.0 else 0.5 ** (late_s / ttl_s)
    return fresh / (len(verdict.seen_at_s) + len(verdict.gaps))


def _category(weighing: Weighing, row: Row, now_s: float) -> CategoryScore:
    if row is weighing.unread:
        return weighing.unread_score
    verdict = row.verdict
    return CategoryScore(
        category=weighing.category,
        evidence=_evidence(verdict, weighing.ttl_s, now_s),
        penalty=verdict.penalty if verdict.seen_at_s else None,
        confidence=row.confidence,
        reason=verdict.absence,
        gaps=verdict.gaps,
    )


def _evidence(verdict: Verdict, ttl_s: float, now_s: float) -> Evidence:
    if verdict.is_not_applicable:
        return Evidence.NOT_APPLICABLE
    if not verdict.seen_at_s:
        return Evidence.UNKNOWN
    return Evidence.KNOWN if now_s - max(verdict.seen_at_s) <= ttl_s else Evidence.STALE


def _axis(axis: Axis, rows: Sequence[Row]) -> AxisScore:
    total = tally(rows)
    return AxisScore(
        axis=axis,
        value=total.score,
        low=total.low,
        high=total.high,
        confidence=total.confidence,
        ledger=ledger(rows, total),
    )


def _is_known(verdict: Verdict) -> bool:
    return bool(verdict.seen_at_s) and not verdict.is_not_applicable


def _withheld(total: Tally, categories: Sequence[CategoryScore]) -> str:
    """Return why there is no score, with what would have to be read."""
    unknown = [c.category.value for c in categories if c.evidence is Evidence.UNKNOWN]
    stale = [c.category.value for c in categories if c.evidence is Evidence.STALE]
    parts = [f"unknown: {', '.join(unknown)}"] if unknown else []
    parts += [f"not seen lately: {', '.join(stale)}"] if stale else []
    return (
        f"Too little is known: {total.confidence * 100:.0f} % of what matters, "
        f"{MIN_CONFIDENCE * 100:.0f} % is needed; {'; '.join(parts)}."
    )

"""The arithmetic of a score: weights, caps, bounds, the ledger and what mending brings.

One function serves the whole score and each axis, which differ only in their categories.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from sickbay_collector.core.health.model import Advice, Cap, LedgerLine
from sickbay_collector.core.health.verdict import Part, Verdict

MIN_CONFIDENCE = 0.5
"""Under this no score is given. A choice."""

MAX_ADVICE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A verdict with what it counts."""

    verdict: Verdict
    weight: float
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A weighted sum over some categories."""

    value: float
    """0 to 100 over what is known; 100 where nothing is."""
    low: float
    high: float
    confidence: float
    uncapped: float
    known_weight: float
    caps: tuple[Cap, ...]
    """All that hold, lowest first."""

    @property
    def score(self) -> float | None:
        """Return the value, or None where too little is known."""
        return self.value if self.confidence >= MIN_CONFIDENCE else None


def tally(rows: Iterable[Row]) -> Tally:
    """Return the weighted sum of verdicts."""
    applicable = known = lost = worst = trusted = 0.0
    caps: list[Cap] = []
    for row in rows:
        verdict = row.verdict
        if verdict.is_not_applicable:
            continue
        weight = row.weight
        applicable += weight
        worst += weight * verdict.worst
        trusted += weight * row.confidence
        if verdict.seen_at_s:
            known += weight
            lost += weight * verdict.penalty
            caps += [part.cap for part in verdict.parts if part.cap]
    caps.sort(key=_limit)
    limit = caps[0].limit if caps else 100.0
    uncapped = 100.0 - lost / known if known else 100.0
    return Tally(
        value=max(0.0, min(limit, uncapped)),
        low=max(0.0, min(limit, 100.0 - worst / applicable)) if applicable else 0.0,
        high=max(0.0, min(limit, 100.0 - lost / applicable)) if applicable else 100.0,
        confidence=trusted / applicable if applicable else 0.0,
        uncapped=uncapped,
        known_weight=known,
        caps=tuple(caps),
    )


def ledger(rows: Sequence[Row], total: Tally) -> tuple[LedgerLine, ...]:
    """Return the points lost per finding, most first, and the cap's line last.

    They sum to 100 - value: the cap's line takes what the findings leave.
    """
    lines = [
        LedgerLine(points=row.weight * part.share / total.known_weight, finding=part.finding)
        for row in rows
        if row.verdict.seen_at_s
        for part in row.verdict.parts
        if part.share
    ]
    lines.sort(key=_points, reverse=True)
    if total.caps and total.caps[0].limit < total.uncapped:
        cap = total.caps[0]
        rest = 100.0 - total.value - fsum(line.points for line in lines)
        finding = next(p.finding for row in rows for p in row.verdict.parts if p.cap is cap)
        lines.append(LedgerLine(points=rest, finding=finding, cap=cap))
    return tuple(lines)


def advice(rows: Iterable[Row], total: Tally) -> tuple[Advice, ...]:
    """Return what to mend first: the largest gains, then the largest penalties."""
    ranked = [
        (_gain(row, part, total), row.weight * part.share, part)
        for row in rows
        if row.verdict.seen_at_s
        for part in row.verdict.parts
    ]
    ranked.sort(key=lambda gain: gain[:2], reverse=True)
    return tuple(
        Advice(sentence=part.finding.remedy, gain_points=gain, key=part.finding.key)
        for gain, _, part in ranked[:MAX_ADVICE]
    )


def _gain(row: Row, part: Part, total: Tally) -> float:
    saved = row.weight * (row.verdict.penalty - part.without) / total.known_weight
    limit = next((cap.limit for cap in total.caps if cap is not part.cap), 100.0)
    return max(0.0, min(limit, total.uncapped + saved) - total.value)


def _limit(cap: Cap) -> float:
    return cap.limit


def _points(line: LedgerLine) -> float:
    return line.points

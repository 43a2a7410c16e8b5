"""What each category file hands to the tally: its penalty, its findings and what is missing.

A verdict depends on evidence only, never on the present time: a penalty is judged at the moment its
evidence was seen, so that nothing gets better or worse because a device fell silent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sickbay_collector.core.health.model import Cap, Category, Finding

# Of the penalties beside the worst one. A choice: several are worse than one, but not a sum.
_BESIDE = 0.25
# Of the reasons that a category of which nothing is known gives.
_TOLD_GAPS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One finding's part in the penalty of its category."""

    finding: Finding
    share: float
    """What of the category's penalty it explains; the shares sum to the penalty."""
    without: float
    """The category's penalty if this finding were mended."""
    cap: Cap | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the evidence says of one category."""

    category: Category
    penalty: float = 0.0
    """0 to 100 over what is known."""
    worst: float = 100.0
    """The penalty if all that is unknown were at its worst."""
    parts: tuple[Part, ...] = ()
    seen_at_s: tuple[int, ...] = ()
    """Of each instance that is known. Empty: nothing is known."""
    gaps: tuple[str, ...] = ()
    """Why each instance that applies and is not known is not."""
    absence: str = ""
    """Why nothing is known, or why it does not apply."""
    is_not_applicable: bool = False


def nothing(category: Category, *, reason: str, is_not_applicable: bool = False) -> Verdict:
    """Return the verdict of a category of which nothing is known."""
    return Verdict(category=category, absence=reason, is_not_applicable=is_not_applicable)


def judge(
    category: Category,
    findings: Sequence[tuple[Finding, Cap | None]],
    *,
    seen_at_s: Sequence[int],
    gaps: Sequence[str] = (),
    unknown: Sequence[float] = (),
) -> Verdict:
    """Return a category's verdict from its findings.

    Args:
        category: Whose.
        findings: Each with the cap that it brings.
        seen_at_s: When each known instance was last seen.
        gaps: Why instances that apply are not known.
        unknown: The worst penalty of each of those.
    """
    penalties = [finding.penalty for finding, _ in findings]
    penalty = combined(penalties)
    return Verdict(
        category=category,
        penalty=penalty,
        worst=combined([*penalties, *unknown]) if unknown else penalty,
        parts=_parts(findings, penalties, penalty),
        seen_at_s=tuple(seen_at_s),
        gaps=tuple(gaps),
        absence="" if seen_at_s else " ".join(gaps[:_TOLD_GAPS]),
    )


def combined(penalties: Sequence[float]) -> float:
    """Return the penalty of several findings: the worst and a quarter of the rest, at most 100."""
    if not penalties:
        return 0.0
    worst = max(penalties)
    return min(100.0, worst + _BESIDE * (sum(penalties) - worst))


def _parts(
    findings: Sequence[tuple[Finding, Cap | None]], penalties: list[float], penalty: float
) -> tuple[Part, ...]:
    if not findings:
        return ()
    top = penalties.index(max(penalties))
    raw = [p if place == top else _BESIDE * p for place, p in enumerate(penalties)]
    scale = penalty / sum(raw) if penalty else 0.0
    return tuple(
        Part(
            finding=finding,
            share=raw[place] * scale,
            without=combined(penalties[:place] + penalties[place + 1 :]),
            cap=cap,
        )
        for place, (finding, cap) in enumerate(findings)
    )

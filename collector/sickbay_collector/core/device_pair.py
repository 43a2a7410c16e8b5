"""Two devices that look like one machine: their evidence side by side, and what was decided."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.device import Evidence
from sickbay_collector.core.identity import Comparison, Finding, Outcome
from sickbay_collector.core.identity_clues import ClueKind, clues_of
from sickbay_collector.core.ids import DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """That two devices are different machines, as somebody decided."""

    one: DeviceId
    other: DeviceId
    """Sorts behind `one`."""
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """One kind of evidence of two devices."""

    kind: ClueKind
    older: tuple[str, ...]
    newer: tuple[str, ...]
    outcome: Outcome | None
    """None where the newer one says nothing of the kind."""
    points: int


def in_order(one: DeviceId, other: DeviceId) -> tuple[DeviceId, DeviceId]:
    """Return the ids of a pair as decisions about it are kept: whoever names whom first."""
    return (one, other) if one < other else (other, one)


def side_by_side(older: Evidence, newer: Evidence, compared: Comparison) -> tuple[SideBySide, ...]:
    """Return the evidence of two devices by kind.

    Args:
        older: Of the one that enrolled first.
        newer: Of the other.
        compared: The newer one's against the older one's.
    """
    old, new = clues_of(older), clues_of(newer)
    kinds = dict.fromkeys(one.kind for kind in ClueKind for one in (*old, *new) if one.kind == kind)
    return tuple(
        SideBySide(
            kind=kind,
            older=tuple(one.value for one in old if one.kind == kind),
            newer=tuple(one.value for one in new if one.kind == kind),
            outcome=_outcome([one for one in compared.findings if one.kind == kind]),
            points=sum(one.points for one in compared.findings if one.kind == kind),
        )
        for kind in kinds
    )


def _outcome(findings: Collection[Finding]) -> Outcome | None:
    """Return what came of several values of one kind: one that agrees counts for all."""
    found = [one.outcome for one in findings]
    if Outcome.AGREES in found:
        return Outcome.AGREES
    return found[0] if found else None

"""Two devices that look like one machine: their evidence side by side, and what was decided."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sickbay_collector.core.device import DeviceStatus, Evidence
from sickbay_collector.core.identity import Comparison, Finding, Outcome
from sickbay_collector.core.identity_clues import ClueKind, clues_of
from sickbay_collector.core.ids import DeviceId

SILENCE = timedelta(hours=1)
"""How long a record has to be silent, or shut out, before it can end for another."""
_GONE = frozenset({DeviceStatus.RETIRED, DeviceStatus.DISPOSED})


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
class Alias:
    """That a record ended, because its machine goes on as another device."""

    device_id: DeviceId
    """Of the record that ended."""
    hostname: str
    survivor: DeviceId
    at: datetime
    by: str
    reason: str


class Hindrance(StrEnum):
    """Why two records cannot become one now."""

    PENDING = "pending"
    """One of them waits for approval."""
    LIVE = "live"
    """The one that would end reported within `SILENCE`: two agents run."""
    OUT_OF_SERVICE = "out_of_service"
    """Neither is in service, so nothing goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a device of a pair stands."""

    device_id: DeviceId
    status: DeviceStatus
    is_shut_out: bool
    came_at: datetime
    """When it came in the last time."""
    received_at: datetime | None
    """When it reported last; None where it never did."""

    @property
    def is_in_service(self) -> bool:
        """Return whether anything is expected of it."""
        return not self.is_shut_out and self.status not in _GONE

    @property
    def heard_at(self) -> datetime:
        """Return when it was heard of last."""
        return max(self.came_at, self.received_at or self.came_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What becomes of two records that are one machine."""

    goes_on: DeviceId
    ends: DeviceId
    hindrance: Hindrance | None
    """None where nothing stands in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """One kind of evidence of two devices."""

    kind: ClueKind
    older: tuple[str, ...]
    newer: tuple[str, ...]
    outcome: Outcome | None
    """None where the newer one says nothing of the kind."""
    points: int


def outlook(one: Standing, other: Standing, now: datetime) -> Outlook:
    """Return which of two records goes on: the one in service that was heard of last."""
    ends, goes_on = sorted((one, other), key=_rank)
    checks = (
        (Hindrance.OUT_OF_SERVICE, not goes_on.is_in_service),
        (Hindrance.PENDING, any(_waits(standing) for standing in (one, other))),
        (Hindrance.LIVE, not ends.is_shut_out and _reported(ends, now)),
    )
    hindrance = next((name for name, applies in checks if applies), None)
    return Outlook(goes_on=goes_on.device_id, ends=ends.device_id, hindrance=hindrance)


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


def _rank(standing: Standing) -> tuple[bool, datetime, DeviceId]:
    return (standing.is_in_service, standing.heard_at, standing.device_id)


def _waits(standing: Standing) -> bool:
    return standing.status == DeviceStatus.PENDING and not standing.is_shut_out


def _reported(standing: Standing, now: datetime) -> bool:
    return standing.received_at is not None and now - standing.received_at < SILENCE


def _outcome(findings: Collection[Finding]) -> Outcome | None:
    """Return what came of several values of one kind: one that agrees counts for all."""
    found = [one.outcome for one in findings]
    if Outcome.AGREES in found:
        return Outcome.AGREES
    return found[0] if found else None

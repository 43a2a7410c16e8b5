"""Whether a device that enrolls is one that is known: evidence, weights, verdict.

Host name and address never decide: they are no evidence. Points add up over the values that agree;
a value that many devices have, that nobody filled in, or that a container only borrows from its
host adds none.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.core.device import Evidence
from sickbay_collector.core.identity_clues import (
    OF_FIRMWARE,
    Clue,
    ClueKind,
    Housing,
    clues_of,
    housing_of,
    is_placeholder,
)
from sickbay_collector.core.ids import DeviceId

SAME_POINTS = 80
"""From here on two are the same machine, if nothing speaks against it."""
POSSIBLE_POINTS = 40
"""From here on somebody should look."""
SHARED_BY = 3
"""A value that so many devices in service have tells none of them from the others."""

_POINTS: Mapping[ClueKind, int] = MappingProxyType(
    {
        ClueKind.UUID: 50,
        ClueKind.SERIAL: 45,
        ClueKind.BOARD: 25,
        ClueKind.TAG: 10,
        ClueKind.MACHINE: 20,
        ClueKind.MAC: 20,
        ClueKind.DRIVE: 15,
    }
)
# A hypervisor gives each guest a UUID; its serial is that UUID again or the host's.
_VIRTUAL_POINTS: Mapping[ClueKind, int] = MappingProxyType(
    {**_POINTS, ClueKind.UUID: 60, ClueKind.SERIAL: 0}
)
_MAC_LIMIT = 40
# What an image does not copy and an owner does not choose.
_STRONG = frozenset({ClueKind.UUID, ClueKind.SERIAL, ClueKind.BOARD, ClueKind.MAC})


class Outcome(StrEnum):
    """What came of comparing one value."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNSEEN = "unseen"
    """No known device was there to compare it with."""
    UNFILLED = "unfilled"
    """Nobody filled it in, or it is of no one machine."""
    SHARED = "shared"
    """`SHARED_BY` devices or more have it, or two that somebody told apart."""
    BORROWED = "borrowed"
    """One of the two is a container, and it is the host's; or the hypervisor's."""


class Objection(StrEnum):
    """What speaks against taking a device for one that is known."""

    LIVE = "live"
    """That one reported, or came in, less than an hour ago."""
    SHUT_OUT = "shut_out"
    RETIRED = "retired"
    PENDING = "pending"
    """That one waits for approval itself."""
    UNKNOWN_HOUSING = "unknown_housing"
    """One of the two agents does not say whether it runs in a container."""
    OTHER_HARDWARE = "other_hardware"
    """UUID or serial differ."""
    ONE_STRONG = "one_strong"
    """Only one kind of value that no image copies agrees."""
    SEVERAL = "several"
    """Another device agrees as well."""
    TOKEN = "token"  # noqa: S105 - a word, no secret
    """The token does not allow it."""


class Verdict(StrEnum):
    """What a device is taken for."""

    NEW = "new"
    POSSIBLE = "possible"
    """A new device that may be a known one."""
    SAME = "same"
    """A known device: new key, same machine."""
    RETURNED = "returned"
    """The same agent as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One value, compared."""

    kind: ClueKind
    value: str
    """Of the device that enrolls."""
    outcome: Outcome
    points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two devices, compared."""

    findings: tuple[Finding, ...]
    points: int
    objections: tuple[Objection, ...]
    """What of the evidence itself speaks against it."""
    is_other_hardware: bool
    """Whether it cannot be the same machine: nothing strong agrees and two kinds of it differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A known device that shares a value with the one that enrolls."""

    device_id: DeviceId
    evidence: Evidence
    objections: tuple[Objection, ...] = ()
    """What of its state speaks against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a device is taken for, and why."""

    verdict: Verdict
    points: int = 0
    other: DeviceId | None = None
    """The known device that is most like it; None where none shares a value."""
    objections: tuple[Objection, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRecord:
    """What a device was taken for when it came in the last time."""

    device_id: DeviceId
    at: datetime
    judgement: Judgement


def judge(
    evidence: Evidence, candidates: Sequence[Candidate], shared: Collection[Clue]
) -> Judgement:
    """Return what a device is taken for.

    Args:
        evidence: What it says.
        candidates: Known devices that share a value with it.
        shared: Values that so many devices have that they tell nothing.
    """
    compared = [(one, compare(evidence, one.evidence, shared)) for one in candidates]
    if not compared:
        return Judgement(verdict=Verdict.NEW, findings=_unseen(evidence, shared))
    best, found = max(compared, key=_likeness)
    objections = found.objections + best.objections
    if sum(_is_rival(*pair) for pair in compared) > 1:
        objections += (Objection.SEVERAL,)
    if found.points >= SAME_POINTS and not objections:
        verdict = Verdict.SAME
    else:
        verdict = Verdict.POSSIBLE if found.points >= POSSIBLE_POINTS else Verdict.NEW
    return Judgement(
        verdict=verdict,
        points=found.points,
        other=best.device_id,
        objections=objections,
        findings=found.findings,
    )


def compare(new: Evidence, old: Evidence, shared: Collection[Clue]) -> Comparison:
    """Return what two devices' evidence has in common; the findings are about the first one's."""
    housings = {housing_of(new), housing_of(old)}
    mine, theirs = clues_of(new), clues_of(old)
    found = _limited([_finding(clue, theirs, housings, shared) for clue in mine])
    usable = {one.kind for one in theirs if _is_usable(one, housings, shared)}
    agreed = {one.kind for one in found if one.outcome == Outcome.AGREES}
    differing = {one.kind for one in found if one.outcome == Outcome.DIFFERS} & usable - agreed
    strong, against = agreed & _STRONG, differing & _STRONG
    checks = (
        (Objection.UNKNOWN_HOUSING, Housing.UNKNOWN in housings),
        (Objection.OTHER_HARDWARE, not differing.isdisjoint({ClueKind.UUID, ClueKind.SERIAL})),
        (Objection.ONE_STRONG, len(strong) < 2),
    )
    return Comparison(
        findings=found,
        points=sum(one.points for one in found),
        objections=tuple(name for name, applies in checks if applies),
        is_other_hardware=not strong and len(against) > 1,
    )


def usable_clues(evidence: Evidence) -> tuple[Clue, ...]:
    """Return the values by which known devices are looked for."""
    housings = {housing_of(evidence)}
    return tuple(one for one in clues_of(evidence) if _is_usable(one, housings, ()))


def _likeness(pair: tuple[Candidate, Comparison]) -> tuple[bool, bool, int, DeviceId]:
    candidate, found = pair
    is_enough = found.points >= SAME_POINTS
    return (is_enough, not candidate.objections, found.points, candidate.device_id)


def _is_rival(candidate: Candidate, found: Comparison) -> bool:
    """Return whether a known device has the evidence to be the same, and is in service."""
    if found.points < SAME_POINTS or found.objections:
        return False
    return not {Objection.SHUT_OUT, Objection.RETIRED}.intersection(candidate.objections)


def _unseen(evidence: Evidence, shared: Collection[Clue]) -> tuple[Finding, ...]:
    """Return what the values of a device tell of which no other has any."""
    found = compare(evidence, Evidence(virtualization=evidence.virtualization), shared).findings
    return tuple(
        replace(one, outcome=Outcome.UNSEEN) if one.outcome == Outcome.DIFFERS else one
        for one in found
    )


def _finding(
    clue: Clue, theirs: Collection[Clue], housings: Collection[Housing], shared: Collection[Clue]
) -> Finding:
    points = 0
    if clue in shared:
        outcome = Outcome.SHARED
    elif any(is_placeholder(clue, one) for one in housings):
        outcome = Outcome.UNFILLED
    elif not _points_of(clue.kind, housings):
        outcome = Outcome.BORROWED
    elif clue in theirs:
        outcome, points = Outcome.AGREES, _points_of(clue.kind, housings)
    else:
        outcome = Outcome.DIFFERS
    return Finding(kind=clue.kind, value=clue.value, outcome=outcome, points=points)


def _is_usable(clue: Clue, housings: Collection[Housing], shared: Collection[Clue]) -> bool:
    if clue in shared or not _points_of(clue.kind, housings):
        return False
    return not any(is_placeholder(clue, one) for one in housings)


def _points_of(kind: ClueKind, housings: Collection[Housing]) -> int:
    if Housing.CONTAINER in housings:
        return 0 if kind in OF_FIRMWARE or kind == ClueKind.DRIVE else _POINTS[kind]
    return (_VIRTUAL_POINTS if Housing.VIRTUAL in housings else _POINTS)[kind]


def _limited(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings with the points of all addresses together at their limit."""
    left, kept = _MAC_LIMIT, []
    for one in found:
        if one.kind == ClueKind.MAC and one.points:
            kept.append(replace(one, points=min(one.points, left)))
            left -= kept[-1].points
        else:
            kept.append(one)
    return tuple(kept)

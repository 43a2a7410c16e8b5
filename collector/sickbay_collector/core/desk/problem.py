"""Problems: what makes incidents come back, from the first suspicion to the proof of its fix.

Raised from recurrence: one device has incidents of a family three times in 30 days, or five devices
that share a model or a version have one each.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.core.desk.text import checked_text
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import DeviceId, TicketId

WITHIN = timedelta(days=30)
"""In which incidents count."""
TIMES = 3
"""Incidents of one device that make a problem."""
DEVICES = 5
"""Devices sharing something that make a problem."""


class ProblemState(StrEnum):
    """Where a problem is in its life."""

    OPEN = "open"
    UNDER_INVESTIGATION = "under_investigation"
    KNOWN_ERROR = "known_error"
    """Its cause is known."""
    FIX_IN_PROGRESS = "fix_in_progress"
    RESOLVED = "resolved"
    """Its fix is out; whether incidents stay away shows."""
    CLOSED = "closed"


class ProblemAction(StrEnum):
    """What people do to a problem."""

    OWN = "own"
    WORKAROUND = "workaround"
    KNOWN_ERROR = "known_error"
    FIX = "fix"
    RESOLVE = "resolve"
    CLOSE = "close"


_ACTIVE = frozenset(
    {
        ProblemState.OPEN,
        ProblemState.UNDER_INVESTIGATION,
        ProblemState.KNOWN_ERROR,
        ProblemState.FIX_IN_PROGRESS,
    }
)
NOT_CLOSED = _ACTIVE | {ProblemState.RESOLVED}
# Action -> from which states, and to which; None for the one that it has.
_TRANSITIONS: Mapping[ProblemAction, tuple[Collection[ProblemState], ProblemState | None]] = (
    MappingProxyType(
        {
            ProblemAction.OWN: (_ACTIVE, None),
            ProblemAction.WORKAROUND: (_ACTIVE, None),
            ProblemAction.KNOWN_ERROR: (_ACTIVE, ProblemState.KNOWN_ERROR),
            ProblemAction.FIX: (_ACTIVE, ProblemState.FIX_IN_PROGRESS),
            ProblemAction.RESOLVE: (_ACTIVE, ProblemState.RESOLVED),
            ProblemAction.CLOSE: ({ProblemState.RESOLVED}, ProblemState.CLOSED),
        }
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem."""

    number: int
    """What people call it: counted up, set by the store."""
    key: str
    """What recurs: one that is not closed has it alone."""
    family: str
    """Of the alert rules of its incidents."""
    device_id: DeviceId | None
    """The device on which it recurs; None where it is common to several."""
    state: ProblemState
    title: str
    reason: str
    """Why it was raised, with the common factor where there is one."""
    owner: str
    """Login name; "" while nobody has it."""
    workaround: str
    known_error: str
    """Its cause; "" while that is not known. The same for the next."""
    fix: str
    raised_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    rule_id: str = ""
    """The rule whose findings are one problem of the fleet; "" where incidents recur."""
    parent_id: TicketId | None = None
    """The ticket that stands for those of all its devices."""
    factor: str = ""
    """What the devices have in common, by its name, and its value; "" where any device counts."""
    factor_value: str = ""

    @property
    def problem_id(self) -> str:
        """Return what its tickets name it by."""
        return str(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A ticket of an alert that was opened, or reopened."""

    ticket_id: TicketId
    device_id: DeviceId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonFactor:
    """Something that affected devices share more often than others."""

    name: str
    """"model", "OS", "kernel", "site", or what a program is called."""
    value: str
    affected: int
    """Affected devices that share it, of so many."""
    affected_of: int
    others: int
    """Other devices that share it, of so many."""
    others_of: int

    @property
    def difference(self) -> float:
        """Return how much larger its share is among affected devices, up to 1."""
        others = self.others / self.others_of if self.others_of else 0.0
        return self.affected / self.affected_of - others

    def words(self) -> str:
        """Return "model X: 6 of 7 affected devices, 5 of 200 others"."""
        return (
            f"{self.name} {self.value}: {self.affected} of {self.affected_of} affected devices,"
            f" {self.others} of {self.others_of} others"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How often incidents come, before and since the fix."""

    failures_before: int
    mtbf_before_s: float | None
    """Mean time between failures; None where there were fewer than two."""
    failures_after: int
    mtbf_after_s: float | None
    """Time since the fix by failures since; None without a fix, or without a failure since."""


def recurred(failures: Iterable[Failure], device_id: DeviceId, *, now: datetime) -> bool:
    """Return whether a device had three incidents in the last 30 days."""
    mine = [one for one in failures if one.device_id == device_id and one.at > now - WITHIN]
    return len(mine) >= TIMES


def common_factor(
    affected: Collection[DeviceId], facts: Mapping[DeviceId, Mapping[str, str]]
) -> CommonFactor | None:
    """Return what at least five affected devices share, and more often than all others do.

    Of several it is what tells affected devices apart best: the largest difference of the shares.

    Args:
        affected: Devices with an incident.
        facts: Name -> value by device, of the whole fleet; unknown ones are left out.
    """
    mine = Counter(pair for one in affected for pair in facts.get(one, {}).items())
    every = Counter(pair for named in facts.values() for pair in named.items())
    rest = len(facts.keys() - set(affected))
    found = [
        CommonFactor(
            name=name,
            value=value,
            affected=count,
            affected_of=len(affected),
            others=every[name, value] - count,
            others_of=rest,
        )
        for (name, value), count in mine.items()
        if count >= DEVICES
    ]
    telling = [one for one in found if one.difference > 0]
    return max(telling, key=lambda one: (one.difference, one.affected, one.name), default=None)


def reliability(
    failures: Sequence[datetime], *, resolved_at: datetime | None, now: datetime
) -> Reliability:
    """Return how often incidents came before the fix and since.

    Args:
        failures: When incidents came.
        resolved_at: When the fix was out; None where it is not.
        now: The present time.
    """
    ends_at = resolved_at or now
    before = sorted(one for one in failures if one <= ends_at)
    after = sum(one > ends_at for one in failures)
    gaps = len(before) - 1
    return Reliability(
        failures_before=len(before),
        mtbf_before_s=(before[-1] - before[0]).total_seconds() / gaps if gaps > 0 else None,
        failures_after=after,
        mtbf_after_s=(now - ends_at).total_seconds() / after if after else None,
    )


def acted(
    problem: Problem, action: ProblemAction, text: str, *, user: str, now: datetime
) -> Problem:
    """Return a problem after what somebody did to it.

    Args:
        problem: As it was.
        action: What is done.
        text: The workaround, the cause or the fix; for others it does not matter.
        user: Login name of who does it.
        now: The present time.

    Raises:
        ConflictError: Its state forbids it.
        InvalidError: The text is needed and empty, or too long.
    """
    from_, to = _TRANSITIONS[action]
    if problem.state not in from_:
        raise ConflictError(
            "problem %(number)s is %(state)s; %(action)s needs one of %(states)s",
            number=problem.number,
            state=problem.state,
            action=action,
            states=", ".join(sorted(from_)),
        )
    moved = replace(problem, state=to or _looked_at(problem.state))
    match action:
        case ProblemAction.OWN:
            return replace(moved, owner=user)
        case ProblemAction.RESOLVE:
            return replace(moved, resolved_at=now)
        case ProblemAction.CLOSE:
            return replace(moved, closed_at=now)
        case ProblemAction.WORKAROUND:
            return replace(moved, workaround=checked_text("workaround", text))
        case ProblemAction.KNOWN_ERROR:
            return replace(moved, known_error=checked_text("known error", text))
        case ProblemAction.FIX:
            return replace(moved, fix=checked_text("fix", text))


def again(problem: Problem) -> Problem:
    """Return a resolved problem that recurs: its fix was none."""
    return replace(problem, state=ProblemState.OPEN, resolved_at=None)


def _looked_at(state: ProblemState) -> ProblemState:
    return ProblemState.UNDER_INVESTIGATION if state is ProblemState.OPEN else state

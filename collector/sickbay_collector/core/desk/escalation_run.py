"""A policy at work on one ticket: where it stands, and what comes of each event.

Pure: whoever runs it does what `next_step` says, then asks `after_step` when the next one is due.
An acknowledgement ends all paging for good; nothing leads from `acked` back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sickbay_collector.core.desk.calendar import Calendar, after, worked
from sickbay_collector.core.desk.escalation import TELLS, EscalationPolicy, Step, StepKind
from sickbay_collector.core.ids import TicketId

Calendars = Mapping[str, Calendar]

_LATE = timedelta(minutes=1)
"""A step that is later than this comes from a collector that was down: the next wait is counted
from now, so that people are not told everything at once and still have time to answer."""


class RunState(StrEnum):
    """Where a run is in its life."""

    WAITING = "waiting"
    """Nobody was told yet."""
    NOTIFIED = "notified"
    ACKED = "acked"
    EXHAUSTED = "exhausted"
    """All steps are done and nobody acknowledged."""
    ENDED = "ended"
    """The ticket needs it no more."""


LIVE = frozenset({RunState.WAITING, RunState.NOTIFIED})
"""The states in which steps are to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRun:
    """One run."""

    ticket_id: TicketId
    run: int
    """Counts the runs of the ticket, from 1."""
    policy: str
    """Id of the policy that it was copied from."""
    steps: tuple[Step, ...]
    """The policy's steps as they were when it started, repetitions written out."""
    state: RunState
    position: int
    """Index of the step that comes next; waits are never next."""
    due_at: datetime | None
    """When it comes; None while the run is paused or none is to come."""
    left_s: float | None
    """What a snooze left of the present wait, in its own time; None while none pauses it."""
    started_at: datetime
    acked_at: datetime | None = None
    acked_by: str = ""
    """Login name; "" while nobody did."""
    ended_at: datetime | None = None
    end_reason: str = ""

    @property
    def next_step(self) -> Step | None:
        """The step that comes next; None at the end of them."""
        return self.steps[self.position] if self.position < len(self.steps) else None

    def is_due(self, now: datetime) -> bool:
        """Return whether something is to be done at that time."""
        return self.state in LIVE and self.due_at is not None and self.due_at <= now


def started(
    policy: EscalationPolicy,
    ticket_id: TicketId,
    *,
    run: int,
    now: datetime,
    calendars: Calendars,
) -> EscalationRun:
    """Return a run of the policy as it is now."""
    fresh = EscalationRun(
        ticket_id=ticket_id,
        run=run,
        policy=policy.id,
        steps=policy.plan,
        state=RunState.WAITING,
        position=0,
        due_at=now,
        left_s=None,
        started_at=now,
    )
    return _from(fresh, now, calendars)


def after_step(run: EscalationRun, now: datetime, calendars: Calendars) -> EscalationRun:
    """Return the run after what was due was done, or after its last wait.

    Waits are counted from when the step was due, so that delays do not add up.
    """
    due_at = run.due_at or now
    since = due_at if now - due_at <= _LATE else now
    step = run.next_step
    if step is None:
        return replace(run, state=RunState.EXHAUSTED, due_at=None)
    state = RunState.NOTIFIED if step.kind in TELLS else run.state
    following = replace(run, state=state, position=run.position + 1, due_at=since)
    return _from(following, since, calendars)


def acknowledged(run: EscalationRun, *, by: str, at: datetime) -> EscalationRun:
    """Return the run after somebody took it on: nobody is told any more."""
    if run.state not in LIVE | {RunState.EXHAUSTED}:
        return run
    return replace(run, state=RunState.ACKED, acked_at=at, acked_by=by, due_at=None, left_s=None)


def ended(run: EscalationRun, *, reason: str, at: datetime) -> EscalationRun:
    """Return the run of a ticket that needs it no more."""
    if run.state is RunState.ENDED:
        return run
    return replace(
        run, state=RunState.ENDED, ended_at=at, end_reason=reason, due_at=None, left_s=None
    )


def paused(run: EscalationRun, at: datetime, calendars: Calendars) -> EscalationRun:
    """Return the run standing still, with what is left of its wait."""
    if run.state not in LIVE or run.due_at is None:
        return run
    calendar = calendars.get(_wait(run).calendar)
    left = run.due_at - at if calendar is None else worked(calendar, at, run.due_at)
    return replace(run, due_at=None, left_s=max(0.0, left.total_seconds()))


def resumed(run: EscalationRun, at: datetime, calendars: Calendars) -> EscalationRun:
    """Return the run going on where it was paused."""
    if run.left_s is None:
        return run
    left = replace(_wait(run), wait_s=run.left_s)
    return replace(run, due_at=_later(left, at, calendars), left_s=None)


def forecast(run: EscalationRun, calendars: Calendars) -> tuple[tuple[int, datetime], ...]:
    """Return positions and times of the steps to come, if nobody does anything.

    Nothing for a run that is paused: its times are not known.
    """
    found: list[tuple[int, datetime]] = []
    while run.state in LIVE and run.due_at is not None and run.next_step is not None:
        found.append((run.position, run.due_at))
        run = after_step(run, run.due_at, calendars)
    return tuple(found)


def _from(run: EscalationRun, since: datetime, calendars: Calendars) -> EscalationRun:
    """Return the run with the wait before it counted; without one the step is due at once."""
    step = run.next_step
    if step is not None and step.kind is StepKind.WAIT:
        due_at = _later(step, since, calendars)
        return replace(run, position=run.position + 1, due_at=due_at)
    return run


def _later(wait: Step, since: datetime, calendars: Calendars) -> datetime:
    """Return the end of a wait; elapsed time where its calendar is not in force any more."""
    length, calendar = timedelta(seconds=wait.wait_s), calendars.get(wait.calendar)
    return since + length if calendar is None else after(calendar, since, length)


def _wait(run: EscalationRun) -> Step:
    before = run.steps[run.position - 1] if run.position else None
    if before is not None and before.kind is StepKind.WAIT:
        return before
    return Step(kind=StepKind.WAIT)

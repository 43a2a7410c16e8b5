"""What was promised for a ticket and how its clocks ran: an append-only ledger and its reckoning.

Each target has a clock of its own. The ledger says when it started, paused, went on, was given
other terms and stopped; what was used and when it is due follow from the ledger and the calendars
alone. Time counts as the calendar of its moment counts it: other terms leave what was used, and
every pause, as they were.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from sickbay_collector.core.desk.calendar import DAY_MINUTES, Calendar, Interval, after, worked
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.ids import TicketId

WARN_RATIO = (3, 4)
"""The part of a target's time after which it is warned of."""

_ZERO = timedelta(0)


class SlaTarget(StrEnum):
    """What is promised."""

    RESPONSE = "response"
    """Somebody begins to work on it."""
    RESOLUTION = "resolution"


class SlaEventKind(StrEnum):
    """What can happen to a clock."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    RETARGET = "retarget"
    STOP = "stop"


class SlaState(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    """Its due time passed, whether or not it has stopped since."""
    CANCELLED = "cancelled"
    """It stopped without anything to keep or break."""


ENDS = (SlaState.MET, SlaState.BREACHED, SlaState.CANCELLED)
"""How a clock can stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaEvent:
    """A line of a ticket's ledger. Never changed."""

    ticket_id: TicketId
    target: SlaTarget
    at: datetime
    kind: SlaEventKind
    reason: str
    """In words: "pending_user", "priority high -> urgent"."""
    priority: Priority
    """The ticket's, then."""
    policy: str
    """Of START and RETARGET: the policy's id; "" for the others."""
    calendar: str
    """Of START and RETARGET: the calendar's id; "" for the others."""
    within_s: float | None
    """Of START and RETARGET: the time that is allowed; None for the others."""
    outcome: SlaState | None
    """Of STOP: one of `ENDS`, as it was judged then; None for the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaClock:
    """How a clock stands, as the store keeps it: what its ledger comes to."""

    ticket_id: TicketId
    target: SlaTarget
    state: SlaState
    policy: str
    calendar: str
    within_s: float
    due_at: datetime | None
    """None while it is paused with time left."""
    next_at: datetime | None
    """When to warn or to escalate; None when there is nothing to wait for."""
    warned_at: datetime | None
    breached_at: datetime | None
    """When the breach was announced."""
    stopped_at: datetime | None
    book: str
    """Version of the calendars that it was reckoned with."""


class LineKind(StrEnum):
    """What a line of the arithmetic says."""

    COUNTED = "counted"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a clock's life under the same terms."""

    kind: LineKind
    begin: datetime
    end: datetime | None
    """None for the one that goes on."""
    policy: str
    calendar: str
    reason: str
    """Why it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """What a ledger comes to at a moment."""

    target: SlaTarget
    state: SlaState
    policy: str
    calendar: str
    within: timedelta
    used: timedelta
    warn_at: datetime | None
    """When three quarters of the time are used; None while that is open."""
    due_at: datetime | None
    """When all of it is used; None while that is open."""
    stopped_at: datetime | None
    stretches: tuple[Stretch, ...]


def around_the_clock(calendar_id: str = "always") -> Calendar:
    """Return the calendar in which elapsed time is working time."""
    whole = (Interval(begin_min=0, end_min=DAY_MINUTES),)
    return Calendar(
        calendar_id=calendar_id,
        zone_name="UTC",
        zone=UTC,
        week=(whole,) * 7,
        holidays=MappingProxyType({}),
    )


def reckon(
    events: Sequence[SlaEvent], calendars: Mapping[str, Calendar], *, now: datetime
) -> Reckoning | None:
    """Return what one target's ledger comes to; None for an empty one.

    Args:
        events: Of one ticket and target, in the order of writing.
        calendars: By id. One that is not there any more counts around the clock.
        now: The present time.
    """
    terms = next((one for one in reversed(events) if one.within_s is not None), None)
    if terms is None or terms.within_s is None:
        return None
    stretches = tuple(_stretches(events))
    within = timedelta(seconds=terms.within_s)
    due_at = _reached(stretches, calendars, within)
    last = stretches[-1]
    return Reckoning(
        target=terms.target,
        state=_state(events[-1], last, due_at, now),
        policy=terms.policy,
        calendar=terms.calendar,
        within=within,
        used=sum((counted(one, calendars, now=now) for one in stretches), _ZERO),
        warn_at=_reached(stretches, calendars, within * WARN_RATIO[0] / WARN_RATIO[1]),
        due_at=due_at,
        stopped_at=last.begin if last.kind is LineKind.STOPPED else None,
        stretches=stretches,
    )


def counted(stretch: Stretch, calendars: Mapping[str, Calendar], *, now: datetime) -> timedelta:
    """Return how much time a stretch used, until now where it goes on."""
    if stretch.kind is not LineKind.COUNTED:
        return _ZERO
    return worked(
        calendar_of(stretch, calendars), stretch.begin, now if stretch.end is None else stretch.end
    )


def calendar_of(stretch: Stretch, calendars: Mapping[str, Calendar]) -> Calendar:
    """Return the calendar that a stretch is counted by."""
    return calendars.get(stretch.calendar) or around_the_clock(stretch.calendar)


def clock_of(
    ticket_id: TicketId, reckoning: Reckoning, before: SlaClock | None, *, at: datetime, book: str
) -> SlaClock:
    """Return how a clock stands.

    What was announced stays so while it is still true: terms that give more time take it back.

    Args:
        ticket_id: Whose clock it is.
        reckoning: Of its ledger, at that time.
        before: How it stood; None for a new one.
        at: The present time.
        book: Version of the calendars.
    """
    warned_at = before.warned_at if before and _past(reckoning.warn_at, at) else None
    breached_at = before.breached_at if before and _past(reckoning.due_at, at) else None
    return SlaClock(
        ticket_id=ticket_id,
        target=reckoning.target,
        state=reckoning.state,
        policy=reckoning.policy,
        calendar=reckoning.calendar,
        within_s=reckoning.within.total_seconds(),
        due_at=reckoning.due_at,
        next_at=_next(reckoning, warned_at, breached_at),
        warned_at=warned_at,
        breached_at=breached_at,
        stopped_at=reckoning.stopped_at,
        book=book,
    )


def _stretches(events: Sequence[SlaEvent]) -> Iterator[Stretch]:
    """Yield the parts of a clock's life; a clock that was put back makes an empty one."""
    policy, calendar, kind = "", "", LineKind.COUNTED
    opened: Stretch | None = None
    for event in events:
        if event.within_s is not None:
            policy, calendar = event.policy, event.calendar
        kind = _KIND_AFTER.get(event.kind, kind)
        at = event.at if opened is None else max(opened.begin, event.at)
        if opened is not None:
            yield _ended(opened, at)
        opened = Stretch(
            kind=kind, begin=at, end=None, policy=policy, calendar=calendar, reason=event.reason
        )
    if opened is not None:
        yield opened


_KIND_AFTER = MappingProxyType(
    {
        SlaEventKind.START: LineKind.COUNTED,
        SlaEventKind.PAUSE: LineKind.PAUSED,
        SlaEventKind.RESUME: LineKind.COUNTED,
        SlaEventKind.STOP: LineKind.STOPPED,
    }
)
"""A retarget leaves it as it is."""


def _ended(stretch: Stretch, at: datetime) -> Stretch:
    return Stretch(
        kind=stretch.kind,
        begin=stretch.begin,
        end=at,
        policy=stretch.policy,
        calendar=stretch.calendar,
        reason=stretch.reason,
    )


def _reached(
    stretches: Sequence[Stretch], calendars: Mapping[str, Calendar], amount: timedelta
) -> datetime | None:
    """Return the first moment at which that much time was, or will be, used."""
    left = amount
    for stretch in stretches:
        if stretch.kind is not LineKind.COUNTED:
            continue
        calendar = calendar_of(stretch, calendars)
        if stretch.end is None:
            return after(calendar, stretch.begin, left)
        used = worked(calendar, stretch.begin, stretch.end)
        if used >= left:
            return after(calendar, stretch.begin, left)
        left -= used
    return None


def _state(newest: SlaEvent, last: Stretch, due_at: datetime | None, now: datetime) -> SlaState:
    if newest.kind is SlaEventKind.STOP:
        return newest.outcome or SlaState.CANCELLED
    if due_at is not None and now > due_at:
        return SlaState.BREACHED
    return SlaState.PAUSED if last.kind is LineKind.PAUSED else SlaState.RUNNING


def _next(
    reckoning: Reckoning, warned_at: datetime | None, breached_at: datetime | None
) -> datetime | None:
    if reckoning.stopped_at is not None or breached_at is not None:
        return None
    return reckoning.due_at if warned_at is not None else reckoning.warn_at


def _past(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at

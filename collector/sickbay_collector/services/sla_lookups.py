"""Looking at SLA clocks: the one that presses most, and the arithmetic of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.sla import (
    Reckoning,
    SlaClock,
    SlaEvent,
    SlaState,
    SlaTarget,
    reckon,
)
from sickbay_collector.core.desk.sla_lines import SlaLine, lines
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDetail:
    """A clock with all that explains it."""

    clock: SlaClock
    reckoning: Reckoning
    lines: tuple[SlaLine, ...]
    events: tuple[SlaEvent, ...]


def pressing(uow: UnitOfWork, ticket_ids: Sequence[TicketId]) -> Mapping[TicketId, SlaClock]:
    """Return of each ticket the clock that presses most; tickets without clocks are left out."""
    clocks: dict[TicketId, list[SlaClock]] = {}
    for clock in uow.sla.clocks(ticket_ids):
        clocks.setdefault(clock.ticket_id, []).append(clock)
    return {ticket_id: most_pressing(found) for ticket_id, found in clocks.items()}


def most_pressing(clocks: Iterable[SlaClock]) -> SlaClock:
    """Return the clock that is due first of those that go on; when all stopped, the worst end.

    A paused one comes behind those with a due time, and the resolution before the response.
    """
    return min(clocks, key=_rank)


def sla_detail(uow: UnitOfWork, ticket_id: TicketId, *, now: datetime) -> tuple[ClockDetail, ...]:
    """Return the arithmetic of a ticket's clocks; none for a ticket without any."""
    calendars, events = uow.sla.book.calendars, uow.sla.events(ticket_id)
    found = []
    for clock in sorted(uow.sla.clocks([ticket_id]), key=lambda one: _ORDER.index(one.target)):
        mine = tuple(event for event in events if event.target is clock.target)
        reckoning = reckon(mine, calendars, now=now)
        if reckoning is not None:
            found.append(
                ClockDetail(
                    clock=clock,
                    reckoning=reckoning,
                    lines=lines(reckoning, calendars, now=now),
                    events=mine,
                )
            )
    return tuple(found)


_ORDER = tuple(SlaTarget)
_WORST = (
    SlaState.BREACHED,
    SlaState.RUNNING,
    SlaState.PAUSED,
    SlaState.MET,
    SlaState.CANCELLED,
)


def _rank(clock: SlaClock) -> tuple[bool, bool, float, int, bool]:
    stopped = clock.stopped_at is not None
    due = 0.0 if stopped or clock.due_at is None else clock.due_at.timestamp()
    is_response = clock.target is SlaTarget.RESPONSE
    return (
        stopped,
        not stopped and clock.due_at is None,
        due,
        _WORST.index(clock.state),
        is_response,
    )

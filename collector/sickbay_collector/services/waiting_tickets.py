"""Gives tickets that wait for somebody to whoever can have them by now.

Who that is hangs on who has room, is there, has the skills, and on the rules: while none of it
changes nothing is tried again. A ticket is written only where somebody gets it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.shifts_now import shifts_now
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.desk.ticket_search import FoundTicket, TicketPosition
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.fleet_children import open_parent
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.routing import route_again

log = logging.getLogger(__name__)

Pause = Callable[[float], bool]
"""Waits that many seconds; returns whether to stop."""

AT_ONCE = 20
"""Tickets of one transaction."""
RUN_AT_MOST = 200
"""Tickets of one run; the next one goes on behind them."""
_PAUSE_S = 0.05
_UNROUTED = frozenset({TicketStatus.NEW, TicketStatus.REOPENED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """What hangs on the moment of a technician."""

    login: str
    has_room: bool
    on_shift: bool
    is_away: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staffing:
    """What decides who can have a ticket."""

    book: str
    """The configuration's version: skills, tiers, sites, rules."""
    members: tuple[_Member, ...]


class WaitingTickets:
    """Remembers for which staffing the waiting tickets were tried. One for a process.

    Args:
        open_reads: Looks whether anything changed, so that an idle desk takes no write lock.
        pause: Lets others write between two transactions.
    """

    def __init__(self, open_reads: OpenUnitOfWork, pause: Pause) -> None:
        self._open_reads = open_reads
        self._pause = pause
        self._tried: _Staffing | None = None
        """With which nobody could have what was tried since."""
        self._after: TicketPosition | None = None
        """Where the next run goes on; None for behind the most urgent."""
        self._is_whole = True
        """Whether the round began behind the most urgent since the staffing changed."""
        self._is_done = False

    def route(self, open_uow: OpenUnitOfWork, now: datetime) -> int:
        """Try waiting tickets if the staffing is another than when they were; how many were given.

        The most urgent are tried in each run, so that they come first; the others in turn, so that
        a long queue in which nobody can have the first ones does not keep the last ones.

        Args:
            open_uow: Opens the transactions, each of some tickets.
            now: The present time.
        """
        with self._open_reads() as uow:
            staffing = _staffing(uow, now)
        if staffing != self._tried:
            self._tried, self._is_done, self._is_whole = staffing, False, self._after is None
        if self._is_done:
            return 0
        given, end = self._walk(open_uow, now, None)
        if end is not None:
            more, self._after = self._walk(open_uow, now, max(end, self._after or end))
            given, end = given + more, self._after if self._is_whole else end
            self._is_whole = self._is_whole or self._after is None
        self._is_done = end is None
        if given:
            # Whoever got something may have room again by the next run, which looks the same.
            self._tried = None
            log.info("waiting.given tickets=%d", given)
        return given

    def _walk(
        self, open_uow: OpenUnitOfWork, now: datetime, after: TicketPosition | None
    ) -> tuple[int, TicketPosition | None]:
        """Try half a run's tickets behind a place; how many were given, and the last one's place.

        None for the place at the end of the queue.
        """
        given = 0
        for _ in range(RUN_AT_MOST // 2 // AT_ONCE):
            with open_uow() as uow:
                found = uow.tickets.unrouted(limit=AT_ONCE, after=after)
                some = _give(uow, found, now)
                if some:
                    uow.commit()
            given += some
            if len(found) < AT_ONCE:
                return given, None
            after = found[-1].position
            if self._pause(_PAUSE_S):
                break
        return given, after


def _staffing(uow: UnitOfWork, now: datetime) -> _Staffing:
    loads, shifts = uow.routing.open_loads(), shifts_now(uow.book, now)
    return _Staffing(
        book=uow.book.version,
        members=tuple(
            _Member(
                login=one.login,
                has_room=loads.get(one.login, 0) < one.capacity,
                on_shift=shifts.get(one.login, True),
                is_away=one.is_away(now),
            )
            for one in uow.book.technicians.values()
        ),
    )


def _give(uow: UnitOfWork, found: Sequence[FoundTicket], now: datetime) -> int:
    """Give those of these tickets to somebody whom somebody can have; return how many."""
    held = uow.tickets.hold([one.ticket.ticket_id for one in found])
    given = 0
    for one in found:
        ticket = held.get(one.ticket.ticket_id)
        if ticket is None or not _waits(uow, ticket, now):
            continue
        try:
            given += bool(route_again(uow, ticket, now))
        except InvalidError as error:
            # Its category or rule is gone from the configuration; nothing was written yet.
            log.warning("waiting.unplaced ticket=%d error=%s", ticket.number, error)
    return given


def _waits(uow: UnitOfWork, ticket: Ticket, now: datetime) -> bool:
    if ticket.assignee or ticket.status not in _UNROUTED:
        return False
    is_snoozed = ticket.snoozed_until is not None and ticket.snoozed_until > now
    return not is_snoozed and open_parent(uow, ticket) is None

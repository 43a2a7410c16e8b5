"""Sweeps SLA clocks for what is due, and reckons them anew when calendars change."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk.events import ENGINE, TicketEvent, TicketEventKind, worklog_entry
from sickbay_collector.core.desk.message import OutboxMessage
from sickbay_collector.core.desk.sla import (
    SlaClock,
    SlaState,
    clock_of,
    reckon,
)
from sickbay_collector.core.desk.sla_lines import length_words
from sickbay_collector.core.desk.ticket import Ticket, Visibility, WorklogEntry
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.target_notices import tell_of_targets
from sickbay_collector.services.ticket_writes import CHANNEL, announced

log = logging.getLogger(__name__)

Pause = Callable[[float], bool]
"""Waits that many seconds; returns whether to stop."""

AT_ONCE = 500
"""Clocks of one transaction, so that it never holds the database's write lock for long."""
_PAUSE_S = 0.005


def sweep(open_reads: OpenUnitOfWork, open_uow: OpenUnitOfWork, now: datetime, pause: Pause) -> int:
    """Announce every target that is close to its due time or past it; return how many.

    Each is announced once, however often and by however many collectors this runs: the clock's row
    is held and moves on in the transaction that writes the worklog and the outbox.
    """
    with open_reads() as uow:
        first = uow.sla.next_at()
    if first is None or first >= now:
        return 0
    done = 0
    while True:
        with open_uow() as uow:
            clocks = uow.sla.due(now, limit=AT_ONCE)
            if clocks:
                _announce(uow, clocks, now)
                uow.commit()
        done += len(clocks)
        if len(clocks) < AT_ONCE or pause(_PAUSE_S):
            return done


def recount(open_uow: OpenUnitOfWork, now: datetime, pause: Pause) -> int:
    """Reckon every clock that goes on with the calendars in force; return how many changed.

    To be called when these change: at the start and after files were read again.
    """
    done = 0
    while True:
        with open_uow() as uow:
            clocks = uow.sla.outdated(uow.sla.book.version, limit=AT_ONCE)
            if clocks:
                _reckon_anew(uow, clocks, now)
                uow.commit()
        done += len(clocks)
        if len(clocks) < AT_ONCE or pause(_PAUSE_S):
            break
    if done:
        log.info("sla.recounted clocks=%d", done)
    return done


def _reckon_anew(uow: UnitOfWork, clocks: Sequence[SlaClock], now: datetime) -> None:
    book = uow.sla.book
    ledgers = uow.sla.ledgers([clock.ticket_id for clock in clocks])
    changed = []
    for clock in clocks:
        mine = [one for one in ledgers.get(clock.ticket_id, ()) if one.target is clock.target]
        found = reckon(mine, book.calendars, now=now)
        if found is not None:
            changed.append(clock_of(clock.ticket_id, found, clock, at=now, book=book.version))
    uow.sla.save_all(changed)


def _announce(uow: UnitOfWork, clocks: Sequence[SlaClock], now: datetime) -> None:
    """Move clocks on, and tell of each: one statement a table for all of them."""
    tickets = uow.tickets.many([clock.ticket_id for clock in clocks])
    found = [_announcement(tickets[one.ticket_id], one, now) for one in clocks]
    uow.sla.save_all([one.clock for one in found])
    uow.tickets.log_all([one.entry() for one in found])
    tell_of_targets(uow, [(one.ticket, one.clock) for one in found], at=now)
    uow.outbox.add_all([one.message() for one in found])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Announcement:
    """That a target is close or missed."""

    ticket: Ticket
    clock: SlaClock
    """As it stands then."""
    event: TicketEvent
    text: str

    def entry(self) -> WorklogEntry:
        return worklog_entry(self.event, self.text, Visibility.INTERNAL)

    def message(self) -> OutboxMessage:
        clock, event = self.clock, self.event
        return OutboxMessage(
            key=f"{clock.ticket_id}:{clock.target}-{event.kind}-{event.at.isoformat()}:{CHANNEL}",
            channel=CHANNEL,
            payload={
                **announced(event),
                "target": clock.target.value,
                "due_at": "" if clock.due_at is None else clock.due_at.isoformat(),
                "text": self.text,
            },
            created_at=event.at,
            not_before=event.at,
        )


def _announcement(ticket: Ticket, clock: SlaClock, now: datetime) -> _Announcement:
    name, within = clock.target.capitalize(), length_words(timedelta(seconds=clock.within_s))
    if clock.due_at is not None and clock.due_at < now:
        kind = TicketEventKind.SLA_BREACHED
        moved = replace(clock, state=SlaState.BREACHED, breached_at=now, next_at=None)
        due = f"{clock.due_at:%Y-%m-%d %H:%M} UTC"
        text = f"{name} is late: due {due}, {within} by policy {clock.policy}"
    else:
        kind = TicketEventKind.SLA_WARNED
        moved = replace(clock, warned_at=now, next_at=clock.due_at)
        by = "when it goes on" if clock.due_at is None else f"by {clock.due_at:%Y-%m-%d %H:%M} UTC"
        text = f"{name} is due {by}: 75 % of {within} by policy {clock.policy} are used"
    event = TicketEvent(kind=kind, at=now, actor=ENGINE, before=ticket, after=ticket)
    return _Announcement(ticket=ticket, clock=moved, event=event, text=text)

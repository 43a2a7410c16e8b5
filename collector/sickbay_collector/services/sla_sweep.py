"""Sweeps SLA clocks for what is due, and reckons them anew when calendars change."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk.events import ENGINE, TicketEvent, TicketEventKind, worklog_entry
from sickbay_collector.core.desk.sla import (
    SlaClock,
    SlaState,
    clock_of,
    reckon,
)
from sickbay_collector.core.desk.sla_lines import length_words
from sickbay_collector.core.desk.ticket import Ticket, Visibility
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.requester_notices import tell_of_target
from sickbay_collector.services.ticket_writes import announcement

log = logging.getLogger(__name__)

Pause = Callable[[float], bool]
"""Waits that many seconds; returns whether to stop."""

AT_ONCE = 200
"""Clocks of one transaction, so that it never holds the database's write lock for long."""
_PAUSE_S = 0.01


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
            for clock in clocks:
                _announce(uow, clock, now)
            if clocks:
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
            for clock in clocks:
                _reckon_anew(uow, clock, now)
            if clocks:
                uow.commit()
        done += len(clocks)
        if len(clocks) < AT_ONCE or pause(_PAUSE_S):
            break
    if done:
        log.info("sla.recounted clocks=%d", done)
    return done


def _reckon_anew(uow: UnitOfWork, clock: SlaClock, now: datetime) -> None:
    book = uow.sla.book
    mine = [one for one in uow.sla.events(clock.ticket_id) if one.target is clock.target]
    found = reckon(mine, book.calendars, now=now)
    if found is not None:
        uow.sla.save(clock_of(clock.ticket_id, found, clock, at=now, book=book.version))


def _announce(uow: UnitOfWork, clock: SlaClock, now: datetime) -> None:
    ticket = uow.tickets.get(clock.ticket_id)
    if ticket is None:
        return
    name, within = clock.target.capitalize(), length_words(timedelta(seconds=clock.within_s))
    if clock.due_at is not None and clock.due_at < now:
        late = replace(clock, state=SlaState.BREACHED, breached_at=now, next_at=None)
        uow.sla.save(late)
        due = f"{clock.due_at:%Y-%m-%d %H:%M} UTC"
        text = f"{name} is late: due {due}, {within} by policy {clock.policy}"
        _tell(uow, ticket, TicketEventKind.SLA_BREACHED, late, text, now)
        return
    uow.sla.save(replace(clock, warned_at=now, next_at=clock.due_at))
    when = "when it goes on" if clock.due_at is None else f"by {clock.due_at:%Y-%m-%d %H:%M} UTC"
    text = f"{name} is due {when}: 75 % of {within} by policy {clock.policy} are used"
    _tell(uow, ticket, TicketEventKind.SLA_WARNED, clock, text, now)


def _tell(
    uow: UnitOfWork,
    ticket: Ticket,
    kind: TicketEventKind,
    clock: SlaClock,
    text: str,
    now: datetime,
) -> None:
    event = TicketEvent(kind=kind, at=now, actor=ENGINE, before=ticket, after=ticket)
    uow.tickets.log(worklog_entry(event, text, Visibility.INTERNAL))
    tell_of_target(uow, ticket, clock, at=now)
    message = announcement(event)
    due = "" if clock.due_at is None else clock.due_at.isoformat()
    uow.outbox.add(
        replace(
            message,
            key=f"{ticket.ticket_id}:{clock.target}-{kind}-{now.isoformat()}:{message.channel}",
            payload={**message.payload, "target": clock.target.value, "due_at": due, "text": text},
        )
    )

"""Tells who watches a ticket what happens to it. Never commits."""

import hashlib
from collections.abc import Iterator

from sickbay_collector.core.desk.events import TicketEvent, TicketEventKind
from sickbay_collector.core.desk.notice_template import TextEvent
from sickbay_collector.core.desk.parts import WatcherKind
from sickbay_collector.core.desk.ticket import Visibility
from sickbay_collector.core.ids import PersonId
from sickbay_collector.services.notice_filling import Telling, notice_of
from sickbay_collector.services.notice_readers import (
    Known,
    Reader,
    person_reader,
    read_known,
    technician_reader,
    technicians_watching,
)
from sickbay_collector.services.notices import notify_all
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.requester_notices import requester_event

# What is measured, and whom an escalation told, is no news to who watches.
_NOT_WATCHED = frozenset(
    {
        TicketEventKind.EVIDENCE,
        TicketEventKind.FLAPPING,
        TicketEventKind.SUPPRESSED,
        TicketEventKind.ESCALATION,
    }
)
_PUBLIC = frozenset(
    {
        TicketEventKind.ASSIGNED,
        TicketEventKind.WAITING,
        TicketEventKind.RESOLVED,
        TicketEventKind.REOPENED,
    }
)


def tell_watchers(uow: UnitOfWork, event: TicketEvent, text: str, visibility: Visibility) -> None:
    """Tell who watches a ticket what happened to it, but who did it or is told anyway.

    Persons hear that it is given to somebody, waits, is solved or open again, and what is written
    for everybody; technicians hear everything but measurements and whom an escalation told.

    Args:
        uow: The one that writes the event.
        event: What happened.
        text: What the worklog says of it.
        visibility: Who may read that.
    """
    ticket = event.after
    if event.kind in _NOT_WATCHED or event.before is None:
        return
    if not uow.ticket_parts.watching([ticket.ticket_id]):
        return
    known = read_known(uow, [ticket])
    mark = f"{ticket.ticket_id}:{ticket.version}:{event.kind}:{event.at.isoformat()}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    notify_all(
        uow,
        [
            notice_of(
                known,
                Telling(
                    ticket=ticket,
                    event=TextEvent.WATCHED,
                    reader=reader,
                    key=f"{mark}:{digest}",
                    at=event.at,
                    happened=event.kind.value,
                    note=note,
                ),
            )
            for reader, note in _readers(known, event, text, visibility)
        ],
    )


def _readers(
    known: Known, event: TicketEvent, text: str, visibility: Visibility
) -> Iterator[tuple[Reader, str]]:
    """Yield who is told of an event, and what of its text they may read."""
    ticket = event.after
    logins = {event.actor}
    for login in technicians_watching(known, ticket):
        is_theirs = event.before is not None and event.before.assignee != login == ticket.assignee
        if login != event.actor and not is_theirs:
            yield technician_reader(known.book, login), text
        logins.add(login)
    is_public = visibility is Visibility.PUBLIC
    if event.kind not in _PUBLIC and not (is_public and event.kind is TicketEventKind.NOTE):
        return
    is_told = requester_event(event.before, ticket) is not None
    for one in known.watchers.get(ticket.ticket_id, ()):
        person = known.people.get(PersonId(one.watcher))
        if one.kind is not WatcherKind.PERSON or person is None or person.login in logins:
            continue
        reader = person_reader(known, ticket, person.person_id)
        if reader is not None and not (is_told and person.person_id == ticket.requester):
            yield reader, text if is_public else ""

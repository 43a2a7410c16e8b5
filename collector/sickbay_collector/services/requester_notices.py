"""Tells requesters how their ticket goes on, technicians what is theirs or late, and who watches.

Follows every write of a ticket, inside its transaction; never commits. What somebody is told
hangs on what changed, not on who changed it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.events import TicketEvent, TicketEventKind
from sickbay_collector.core.desk.notice_template import NoticeValues, TextEvent
from sickbay_collector.core.desk.parts import Watcher, WatcherKind
from sickbay_collector.core.desk.sla import SlaClock, SlaTarget
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus, Visibility
from sickbay_collector.core.ids import PersonId, TicketId
from sickbay_collector.core.person import Person
from sickbay_collector.services.book.shipped import shipped_templates
from sickbay_collector.services.fleet_children import open_parent
from sickbay_collector.services.notice_texts import text_for
from sickbay_collector.services.notices import Notice, Recipient, notify_all
from sickbay_collector.services.ports import UnitOfWork

_ASKS = frozenset({TextEvent.ASSIGNED, TextEvent.SLA_WARNED, TextEvent.SLA_BREACHED})
_WAITS = MappingProxyType(
    {
        TicketStatus.PENDING_USER: "user",
        TicketStatus.PENDING_VENDOR: "vendor",
        TicketStatus.PENDING_CHANGE: "change",
    }
)
# Day and month as each language writes them; others read the international form.
_TIMES = MappingProxyType({"de": "%d.%m.%Y, %H:%M Uhr", "en": "%d %b %Y, %H:%M"})
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
_OTHER_TIME = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Who reads a text."""

    to: Recipient
    name: str
    language: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was read for the notices of some tickets."""

    book: DeskBook
    people: Mapping[PersonId, Person]
    watchers: Sequence[Watcher]
    clocks: Mapping[tuple[TicketId, SlaTarget], SlaClock]
    children: frozenset[TicketId]
    """Those that another ticket stands for."""


def tell(uow: UnitOfWork, event: TicketEvent) -> None:
    """Tell who should know of a write of a ticket.

    Args:
        uow: The one that wrote it.
        event: What happened, its ticket as it is stored now and its clocks kept.
    """
    before, ticket = event.before, event.after
    found = _requester_event(before, ticket)
    is_given = ticket.assignee and (before is None or before.assignee != ticket.assignee)
    to_technician = is_given and event.actor != ticket.assignee
    if found is None and not to_technician:
        return
    known = _read(uow, [ticket])
    key = f"{ticket.ticket_id}:{ticket.version}"
    requester = None if found is None else _requester(known, ticket)
    notices = []
    if found is not None and requester is not None:
        notices.append(_notice(known, ticket, found, requester, key=key, at=event.at))
    if to_technician:
        reader = _technician(uow.book, ticket.assignee)
        notices.append(_notice(known, ticket, TextEvent.ASSIGNED, reader, key=key, at=event.at))
    notify_all(uow, notices)


def tell_of_targets(
    uow: UnitOfWork, announced: Sequence[tuple[Ticket, SlaClock]], *, at: datetime
) -> None:
    """Tell who should know that targets are close or missed, as their clocks say.

    Args:
        uow: The one that writes the clocks.
        announced: The clocks as they were announced just now, each with its ticket.
        at: When.
    """
    known = _read(uow, [ticket for ticket, _ in announced])
    notify_all(
        uow,
        [
            _notice(
                known,
                ticket,
                event,
                reader,
                key=f"{ticket.ticket_id}:{clock.target}:{at.isoformat()}",
                at=at,
                clock=clock,
            )
            for ticket, clock in announced
            for event, reader in _readers(known, ticket, clock)
        ],
    )


def _readers(known: _Known, ticket: Ticket, clock: SlaClock) -> Iterator[tuple[TextEvent, _Reader]]:
    """Yield who is told of a target, and what: a requester only that it is missed."""
    reader = _technician(known.book, ticket.assignee) if ticket.assignee else _team(ticket)
    is_late = clock.breached_at is not None
    event = TextEvent.SLA_BREACHED if is_late else TextEvent.SLA_WARNED
    if ticket.ticket_id not in known.children:
        yield event, reader
    for login in _watching(known, ticket):
        if login != ticket.assignee:
            yield event, _technician(known.book, login)
    requester = _requester(known, ticket) if is_late else None
    if requester is not None:
        yield TextEvent.BREACH, requester


def _read(uow: UnitOfWork, tickets: Sequence[Ticket]) -> _Known:
    ids = [ticket.ticket_id for ticket in tickets]
    clocks, watchers = uow.sla.clocks(ids), uow.ticket_parts.watching(ids)
    names = {one.requester for one in tickets if one.requester}
    names |= {one.watcher for one in watchers if one.kind is WatcherKind.PERSON}
    return _Known(
        book=uow.book,
        people=uow.people.many([PersonId(name) for name in sorted(names)]),
        watchers=watchers,
        clocks={(clock.ticket_id, clock.target): clock for clock in clocks},
        children=frozenset(one.ticket_id for one in tickets if open_parent(uow, one) is not None),
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
    known = _read(uow, [ticket])
    mark = f"{ticket.ticket_id}:{ticket.version}:{event.kind}:{event.at.isoformat()}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    notices = []
    for reader, note in _watchers_told(known, event, text, visibility):
        values = replace(_values(known, ticket, reader), event=event.kind.value, note=note)
        made = _filled(known, ticket, TextEvent.WATCHED, reader, values)
        notices.append(replace(made, key=f"{mark}:{digest}:{TextEvent.WATCHED}", at=event.at))
    notify_all(uow, notices)


def _watchers_told(
    known: _Known, event: TicketEvent, text: str, visibility: Visibility
) -> Iterator[tuple[_Reader, str]]:
    """Yield who is told of an event, and what of its text they may read."""
    ticket = event.after
    logins = {event.actor}
    for login in _watching(known, ticket):
        is_theirs = event.before is not None and event.before.assignee != login == ticket.assignee
        if login != event.actor and not is_theirs:
            yield _technician(known.book, login), text
        logins.add(login)
    is_public = visibility is Visibility.PUBLIC
    if event.kind not in _PUBLIC and not (is_public and event.kind is TicketEventKind.NOTE):
        return
    is_told = _requester_event(event.before, ticket) is not None
    for one in known.watchers:
        person = known.people.get(PersonId(one.watcher))
        if one.kind is not WatcherKind.PERSON or person is None or person.login in logins:
            continue
        reader = _person(known, ticket, person.person_id)
        if reader is not None and not (is_told and person.person_id == ticket.requester):
            yield reader, text if is_public else ""


def _watching(known: _Known, ticket: Ticket) -> Iterator[str]:
    """Yield the technicians who watch a ticket."""
    for one in known.watchers:
        if one.ticket_id == ticket.ticket_id and one.kind is WatcherKind.TECHNICIAN:
            yield one.watcher


def _requester_event(before: Ticket | None, after: Ticket) -> TextEvent | None:
    """Return what a requester should know of a write; None for nothing."""
    if before is None:
        return TextEvent.RECEIPT
    if after.status is not before.status:
        if after.status is TicketStatus.RESOLVED:
            return TextEvent.RESOLUTION
        if after.status in _WAITS:
            return TextEvent.WAITING
    if after.assignee and after.assignee != before.assignee:
        return TextEvent.ASSIGNMENT
    return None


def _notice(
    known: _Known,
    ticket: Ticket,
    event: TextEvent,
    reader: _Reader,
    *,
    key: str,
    at: datetime,
    clock: SlaClock | None = None,
) -> Notice:
    values = _values(known, ticket, reader)
    if clock is not None:
        due = _words(clock.due_at, reader)
        values = replace(values, target=clock.target.value, target_due=due)
    return replace(_filled(known, ticket, event, reader, values), key=f"{key}:{event}", at=at)


def _filled(
    known: _Known, ticket: Ticket, event: TextEvent, reader: _Reader, values: NoticeValues
) -> Notice:
    """Return a notice whose key and time are still to be set."""
    templates = known.book.templates.values()
    text = text_for(templates, shipped_templates(), event, reader.language, values)
    return Notice(
        key=event.value,
        to=reader.to,
        event=event.value,
        priority=ticket.priority,
        ticket_id=ticket.ticket_id,
        subject=text.subject,
        body=text.text,
        html=text.html,
        at=ticket.opened_at,
        asks=event in _ASKS,
        template_failed=text.failed,
    )


def _values(known: _Known, ticket: Ticket, reader: _Reader) -> NoticeValues:
    technician = known.book.technicians.get(ticket.assignee)
    return NoticeValues(
        number=str(ticket.number),
        title=ticket.title,
        name=reader.name,
        technician=technician.name if technician else ticket.assignee,
        response_due=_due(known.clocks.get((ticket.ticket_id, SlaTarget.RESPONSE)), reader),
        resolution_due=_due(known.clocks.get((ticket.ticket_id, SlaTarget.RESOLUTION)), reader),
        waits_for=_WAITS.get(ticket.status, ""),
        resolution=ticket.resolution,
        target="",
        target_due="",
        priority=ticket.priority.value,
    )


def _due(clock: SlaClock | None, reader: _Reader) -> str:
    """Return when a target is due; "" where nothing is promised or it is over."""
    if clock is None or clock.stopped_at is not None:
        return ""
    return _words(clock.due_at, reader)


def _words(at: datetime | None, reader: _Reader) -> str:
    if at is None:
        return ""
    shape = _TIMES.get(reader.language.partition("-")[0].lower(), _OTHER_TIME)
    return f"{at.astimezone(ZoneInfo(reader.zone)):{shape}} ({reader.zone})"


def _requester(known: _Known, ticket: Ticket) -> _Reader | None:
    return _person(known, ticket, PersonId(ticket.requester))


def _person(known: _Known, ticket: Ticket, person_id: PersonId) -> _Reader | None:
    person = known.people.get(person_id)
    if person is None or person.deactivated_at is not None:
        return None
    sites = known.book.sites
    site = sites.get(person.site) or sites.get(ticket.site)
    return _Reader(
        to=Recipient.person(person.person_id),
        name=person.name,
        language=person.language,
        zone=site.zone if site else "UTC",
    )


def _technician(book: DeskBook, login: str) -> _Reader:
    technician = book.technicians.get(login)
    return _Reader(
        to=Recipient.technician(login),
        name=technician.name if technician else login,
        language=technician.languages[0] if technician and technician.languages else "",
        zone=technician.zone if technician else "UTC",
    )


def _team(ticket: Ticket) -> _Reader:
    return _Reader(to=Recipient.team(ticket.tier), name=ticket.tier, language="", zone="UTC")

"""Tells requesters how their ticket goes on, and technicians what is theirs or late.

Follows every write of a ticket, inside its transaction; never commits. What somebody is told
hangs on what changed, not on who changed it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.events import TicketEvent
from sickbay_collector.core.desk.notice_template import NoticeText, NoticeValues, TextEvent
from sickbay_collector.core.desk.sla import SlaClock, SlaTarget
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.core.ids import PersonId
from sickbay_collector.services.book.shipped import shipped_templates
from sickbay_collector.services.notice_texts import text_for
from sickbay_collector.services.notices import Notice, Recipient, notify
from sickbay_collector.services.ports import UnitOfWork

_WAITS = MappingProxyType(
    {
        TicketStatus.PENDING_USER: "user",
        TicketStatus.PENDING_VENDOR: "vendor",
        TicketStatus.PENDING_CHANGE: "change",
    }
)
# Day and month as each language writes them; others read the international form.
_TIMES = MappingProxyType({"de": "%d.%m.%Y, %H:%M Uhr", "en": "%d %b %Y, %H:%M"})
_OTHER_TIME = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Who reads a text."""

    to: Recipient
    name: str
    language: str
    zone: str


def tell(uow: UnitOfWork, event: TicketEvent) -> None:
    """Tell who should know of a write of a ticket.

    Args:
        uow: The one that wrote it.
        event: What happened, its ticket as it is stored now and its clocks kept.
    """
    before, ticket = event.before, event.after
    found = _requester_event(before, ticket)
    key = f"{ticket.ticket_id}:{ticket.version}"
    if found is not None:
        requester = _requester(uow, ticket)
        if requester is not None:
            _notify(uow, ticket, found, requester, key=key, at=event.at)
    has_new = ticket.assignee and (before is None or before.assignee != ticket.assignee)
    if has_new and event.actor != ticket.assignee:
        reader = _technician(uow.book, ticket.assignee)
        _notify(uow, ticket, TextEvent.ASSIGNED, reader, key=key, at=event.at)


def tell_of_target(uow: UnitOfWork, ticket: Ticket, clock: SlaClock, *, at: datetime) -> None:
    """Tell who should know that a target is close or missed, as its clock says.

    Args:
        uow: The one that writes the clock.
        ticket: Whose it is.
        clock: As it was announced just now.
        at: When.
    """
    is_late = clock.breached_at is not None
    key = f"{ticket.ticket_id}:{clock.target}:{at.isoformat()}"
    reader = _technician(uow.book, ticket.assignee) if ticket.assignee else _team(ticket)
    told = TextEvent.SLA_BREACHED if is_late else TextEvent.SLA_WARNED
    _notify(uow, ticket, told, reader, key=key, at=at, clock=clock)
    requester = _requester(uow, ticket) if is_late else None
    if requester is not None:
        _notify(uow, ticket, TextEvent.BREACH, requester, key=key, at=at, clock=clock)


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


def _notify(
    uow: UnitOfWork,
    ticket: Ticket,
    event: TextEvent,
    reader: _Reader,
    *,
    key: str,
    at: datetime,
    clock: SlaClock | None = None,
) -> None:
    values = _values(uow, ticket, reader)
    if clock is not None:
        due = _words(clock.due_at, reader)
        values = replace(values, target=clock.target.value, target_due=due)
    shipped = shipped_templates()
    text = text_for(uow.book.templates.values(), shipped, event, reader.language, values)
    notify(uow, _notice(ticket, event, reader, text, key=key, at=at))


def _notice(
    ticket: Ticket, event: TextEvent, reader: _Reader, text: NoticeText, *, key: str, at: datetime
) -> Notice:
    return Notice(
        key=f"{key}:{event}",
        to=reader.to,
        event=event.value,
        priority=ticket.priority,
        ticket_id=ticket.ticket_id,
        subject=text.subject,
        body=text.text,
        html=text.html,
        at=at,
        template_failed=text.failed,
    )


def _values(uow: UnitOfWork, ticket: Ticket, reader: _Reader) -> NoticeValues:
    clocks = {one.target: one for one in uow.sla.clocks([ticket.ticket_id])}
    technician = uow.book.technicians.get(ticket.assignee)
    return NoticeValues(
        number=str(ticket.number),
        title=ticket.title,
        name=reader.name,
        technician=technician.name if technician else ticket.assignee,
        response_due=_due(clocks.get(SlaTarget.RESPONSE), reader),
        resolution_due=_due(clocks.get(SlaTarget.RESOLUTION), reader),
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


def _requester(uow: UnitOfWork, ticket: Ticket) -> _Reader | None:
    person = uow.people.get(PersonId(ticket.requester)) if ticket.requester else None
    if person is None or person.deactivated_at is not None:
        return None
    sites = uow.book.sites
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

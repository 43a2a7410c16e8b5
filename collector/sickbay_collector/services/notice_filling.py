"""Fills in what a notice of a ticket says, for one reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sickbay_collector.core.desk.notice_template import NoticeValues, TextEvent
from sickbay_collector.core.desk.sla import SlaClock, SlaTarget
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.services.book.shipped import shipped_templates
from sickbay_collector.services.notice_readers import Known, Reader
from sickbay_collector.services.notice_texts import text_for
from sickbay_collector.services.notices import Notice

WAITS: Mapping[TicketStatus, str] = MappingProxyType(
    {
        TicketStatus.PENDING_USER: "user",
        TicketStatus.PENDING_VENDOR: "vendor",
        TicketStatus.PENDING_CHANGE: "change",
    }
)
"""What a ticket waits for, by its status."""
_ASKS = frozenset({TextEvent.ASSIGNED, TextEvent.SLA_WARNED, TextEvent.SLA_BREACHED})
# Day and month as each language writes them; others read the international form.
_TIMES = MappingProxyType({"de": "%d.%m.%Y, %H:%M Uhr", "en": "%d %b %Y, %H:%M"})
_OTHER_TIME = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What one reader is told of a ticket."""

    ticket: Ticket
    """As it is stored."""
    event: TextEvent
    reader: Reader
    key: str
    """Of what happened, unique."""
    at: datetime
    """When it happened."""
    clock: SlaClock | None = None
    """Of the target that is close or missed; None where it is about something else."""
    happened: str = ""
    """What happened, to who watches."""
    note: str = ""
    """What was written about it, as far as the reader may read it."""


def notice_of(known: Known, told: Telling) -> Notice:
    """Return the notice, in the reader's language and zone."""
    templates, values = known.book.templates.values(), _values(known, told)
    text = text_for(templates, shipped_templates(), told.event, told.reader.language, values)
    return Notice(
        key=f"{told.key}:{told.event}",
        to=told.reader.to,
        event=told.event.value,
        priority=told.ticket.priority,
        ticket_id=told.ticket.ticket_id,
        subject=text.subject,
        body=text.text,
        html=text.html,
        at=told.at,
        asks=told.event in _ASKS,
        template_failed=text.failed,
    )


def _values(known: Known, told: Telling) -> NoticeValues:
    ticket, clock, reader = told.ticket, told.clock, told.reader
    technician = known.book.technicians.get(ticket.assignee)
    return NoticeValues(
        number=str(ticket.number),
        title=ticket.title,
        name=reader.name,
        technician=technician.name if technician else ticket.assignee,
        response_due=_due(known.clocks.get((ticket.ticket_id, SlaTarget.RESPONSE)), reader),
        resolution_due=_due(known.clocks.get((ticket.ticket_id, SlaTarget.RESOLUTION)), reader),
        waits_for=WAITS.get(ticket.status, ""),
        resolution=ticket.resolution,
        target="" if clock is None else clock.target.value,
        target_due="" if clock is None else _words(clock.due_at, reader),
        priority=ticket.priority.value,
        event=told.happened,
        note=told.note,
    )


def _due(clock: SlaClock | None, reader: Reader) -> str:
    """Return when a target is due; "" where nothing is promised or it is over."""
    if clock is None or clock.stopped_at is not None:
        return ""
    return _words(clock.due_at, reader)


def _words(at: datetime | None, reader: Reader) -> str:
    if at is None:
        return ""
    shape = _TIMES.get(reader.language.partition("-")[0].lower(), _OTHER_TIME)
    return f"{at.astimezone(ZoneInfo(reader.zone)):{shape}} ({reader.zone})"

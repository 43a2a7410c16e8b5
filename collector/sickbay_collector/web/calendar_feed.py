"""Duties and shifts as a calendar that phones and mail programs read.

Source: RFC 5545; RFC 7986 for the name and the refresh interval.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from sickbay_collector.core.desk.attendance import worked_spans
from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.rota import Duty
from sickbay_collector.core.desk.rota_plan import Rota
from sickbay_collector.services.coverage_lookups import rota_duties

MEDIA_TYPE = "text/calendar; charset=utf-8"
BACK = timedelta(weeks=1)
"""How much of the past a feed shows."""
AHEAD = timedelta(weeks=10)
"""How much of the future."""
_REFRESH = "PT1H"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One event of a calendar."""

    begin: datetime
    end: datetime
    title: str
    text: str


def rota_feed(book: DeskBook, rota: Rota, now: datetime) -> bytes:
    """Return everybody's duties in a rota."""
    since, until = now - BACK, now + AHEAD
    entries = (
        _duty_entry(duty, f"{_name(book, duty.login)} on call: {rota.name}")
        for duty in rota_duties(book, rota, since, until)
    )
    return _calendar(f"On call: {rota.name}", entries, now)


def technician_feed(book: DeskBook, login: str, now: datetime) -> bytes:
    """Return one technician's duties and shifts."""
    since, until = now - BACK, now + AHEAD
    return _calendar(f"Desk: {_name(book, login)}", _own(book, login, since, until), now)


def _own(book: DeskBook, login: str, since: datetime, until: datetime) -> Iterator[_Entry]:
    for rota in book.rotas.values():
        for duty in rota_duties(book, rota, since, until):
            if duty.login == login:
                yield _duty_entry(duty, f"On call: {rota.name}")
    for who, span in worked_spans(book, since, until):
        if who == login:
            yield _Entry(begin=span.begin, end=span.end, title="Shift", text="")


def _duty_entry(duty: Duty, title: str) -> _Entry:
    text = f"{duty.reason} (rota {duty.rota})"
    return _Entry(begin=duty.begin, end=duty.end, title=title, text=text)


def _calendar(name: str, entries: Iterable[_Entry], now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Sickbay//rota//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-published-ttl", _REFRESH)
    for entry in sorted(entries, key=lambda one: (one.begin, one.title)):
        calendar.add_component(_event(entry, now))
    return bytes(calendar.to_ical())


def _event(entry: _Entry, now: datetime) -> Event:
    event = Event()
    # The same duty keeps its id, so that programs change it and add no second one.
    said = f"{entry.begin.isoformat()} {entry.title}"
    event.add("uid", f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@sickbay")
    event.add("dtstamp", now)
    event.add("dtstart", entry.begin)
    event.add("dtend", entry.end)
    event.add("summary", entry.title)
    if entry.text:
        event.add("description", entry.text)
    # Being on call keeps nobody from meetings.
    event.add("transp", "TRANSPARENT")
    return event


def _name(book: DeskBook, login: str) -> str:
    technician = book.technicians.get(login)
    return login if technician is None else technician.name

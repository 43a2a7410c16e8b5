"""Who reads what is told of tickets, in which language and zone, read for many tickets at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.parts import Watcher, WatcherKind
from sickbay_collector.core.desk.sla import SlaClock, SlaTarget
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.ids import PersonId, TicketId
from sickbay_collector.core.person import Person
from sickbay_collector.services.fleet_children import open_parent
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.recipients import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads a text."""

    to: Recipient
    name: str
    language: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was read for the notices of some tickets."""

    book: DeskBook
    people: Mapping[PersonId, Person]
    watchers: Mapping[TicketId, Sequence[Watcher]]
    clocks: Mapping[tuple[TicketId, SlaTarget], SlaClock]
    children: frozenset[TicketId]
    """Those that another ticket stands for."""


def read_known(uow: UnitOfWork, tickets: Sequence[Ticket]) -> Known:
    """Return what the notices of these tickets say, and to whom."""
    ids = [ticket.ticket_id for ticket in tickets]
    watchers: dict[TicketId, list[Watcher]] = {}
    for one in uow.ticket_parts.watching(ids):
        watchers.setdefault(one.ticket_id, []).append(one)
    names = {one.requester for one in tickets if one.requester}
    all_watchers = (one for some in watchers.values() for one in some)
    names |= {one.watcher for one in all_watchers if one.kind is WatcherKind.PERSON}
    return Known(
        book=uow.book,
        people=uow.people.many([PersonId(name) for name in sorted(names)]),
        watchers=watchers,
        clocks={(one.ticket_id, one.target): one for one in uow.sla.clocks(ids)},
        children=frozenset(one.ticket_id for one in tickets if open_parent(uow, one) is not None),
    )


def technicians_watching(known: Known, ticket: Ticket) -> Iterator[str]:
    """Yield the technicians who watch a ticket."""
    for one in known.watchers.get(ticket.ticket_id, ()):
        if one.kind is WatcherKind.TECHNICIAN:
            yield one.watcher


def requester_reader(known: Known, ticket: Ticket) -> Reader | None:
    """Return who asked for a ticket; None where nobody is known who can be told."""
    return person_reader(known, ticket, PersonId(ticket.requester)) if ticket.requester else None


def person_reader(known: Known, ticket: Ticket, person_id: PersonId) -> Reader | None:
    """Return a person; None for one who is unknown or was deactivated."""
    person = known.people.get(person_id)
    if person is None or person.deactivated_at is not None:
        return None
    sites = known.book.sites
    site = sites.get(person.site) or sites.get(ticket.site)
    return Reader(
        to=Recipient.person(person.person_id),
        name=person.name,
        language=person.language,
        zone=site.zone if site else "UTC",
    )


def technician_reader(book: DeskBook, login: str) -> Reader:
    """Return a technician."""
    technician = book.technicians.get(login)
    return Reader(
        to=Recipient.technician(login),
        name=technician.name if technician else login,
        language=technician.languages[0] if technician and technician.languages else "",
        zone=technician.zone if technician else "UTC",
    )


def team_reader(ticket: Ticket) -> Reader:
    """Return all who work where a ticket waits."""
    return Reader(to=Recipient.team(ticket.tier), name=ticket.tier, language="", zone="UTC")

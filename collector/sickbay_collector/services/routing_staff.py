"""What routing knows of a ticket and of those who could have it, read where it is needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sickbay_collector.core.desk.attendance import absence_at
from sickbay_collector.core.desk.routing import (
    ROUTING_RULES,
    RouteDecision,
    RouteRequest,
    route,
)
from sickbay_collector.core.desk.shifts_now import shifts_now
from sickbay_collector.core.desk.sla import SlaTarget, reckon
from sickbay_collector.core.desk.technician import Technician
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.worker import NO_PAST, Need, PastWork, Worker
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.person import Person
from sickbay_collector.services.ports import UnitOfWork

PAST_LIMIT = 200
"""Tickets of a fingerprint that tell of past success: the newest, so that reading stays short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where a ticket should go unless a routing rule knows better."""

    tier: str
    queue: str
    rule_id: str = ""
    """Of the alert; "" where there is none."""


@dataclass(slots=True, kw_only=True)
class Staff:
    """The technicians at one moment; nothing is read before somebody is asked for."""

    uow: UnitOfWork
    ticket: Ticket
    now: datetime
    barred: Mapping[str, str] = field(default_factory=dict)
    """Who is not asked again, and why."""
    _loads: Mapping[str, int] | None = None
    _past: Mapping[str, PastWork] = field(default_factory=dict)
    _shifts: Mapping[str, bool] = field(default_factory=dict)

    def of_tier(self, tier: str) -> tuple[Worker, ...]:
        """Return the technicians of a tier."""
        members = [one for one in self.uow.book.technicians.values() if tier in one.tiers]
        return tuple(self._worker(one) for one in members)

    def _worker(self, technician: Technician) -> Worker:
        if self._loads is None:
            self._read()
        loads = self._loads or {}
        login = technician.login
        return Worker(
            login=login,
            skills=technician.skills,
            sites=technician.sites,
            languages=technician.languages,
            capacity=technician.capacity,
            open_tickets=loads.get(login, 0),
            on_shift=self._shifts.get(login),
            absence=self._absence(login) if technician.absences else "",
            past=self._past.get(login, NO_PAST),
            barred=self.barred.get(login, ""),
        )

    def _read(self) -> None:
        ticket = self.ticket
        loads = dict(self.uow.routing.open_loads())
        if ticket.assignee in loads:
            # What somebody has already is no reason against keeping it.
            loads[ticket.assignee] -= 1
        self._loads = loads
        self._past = self.uow.routing.past_work(ticket.family, ticket.category, limit=PAST_LIMIT)
        self._shifts = shifts_now(self.uow.book, self.now)

    def _absence(self, login: str) -> str:
        absence = absence_at(self.uow.book, login, self.now)
        if absence is None:
            return ""
        return f"{absence.reason or 'away'} until {absence.until:%Y-%m-%d %H:%M} UTC"


def requester_of(uow: UnitOfWork, ticket: Ticket) -> Person | None:
    """Return who asked; None for alerts and where nobody is known."""
    return uow.people.get(PersonId(ticket.requester)) if ticket.requester else None


def decide_route(
    uow: UnitOfWork, ticket: Ticket, person: Person | None, asked: Asked | None
) -> RouteDecision:
    """Return where a ticket is to go by the routing rules in force.

    Raises:
        InvalidError: Its category is unknown.
    """
    asked = asked or _service_asks(uow, ticket)
    device = uow.devices.get(ticket.device_id) if ticket.device_id is not None else None
    request = RouteRequest(
        source=ticket.source,
        category=ticket.category,
        kind=ticket.kind,
        subcategory=ticket.subcategory,
        service=ticket.service,
        family=ticket.family or "",
        rule_id=asked.rule_id if asked else "",
        text=f"{ticket.title}\n{ticket.description}",
        product=ticket.product,
        site=_site(ticket, person),
        device_class=device.device_class if device else "",
        priority=ticket.priority,
        vip=person is not None and person.vip,
        tier=asked.tier if asked else None,
        queue=asked.queue if asked else "",
    )
    return route(request, rules=uow.book.routing or ROUTING_RULES, categories=uow.book.categories)


def need_of(
    uow: UnitOfWork,
    ticket: Ticket,
    person: Person | None,
    skills: Mapping[str, int],
    now: datetime,
) -> Need:
    """Return what a ticket asks of whoever gets it."""
    named = {ticket.category, ticket.subcategory, ticket.product.casefold()}
    return Need(
        skills=skills,
        useful=frozenset(named & uow.book.skills.keys()),
        site=_site(ticket, person),
        # Persons say "pt-BR", technicians "pt".
        language=person.language.split("-")[0].lower() if person else "",
        slack=_slack(uow, ticket, now),
    )


def _site(ticket: Ticket, person: Person | None) -> str:
    return ticket.site or (person.site if person else "")


def _service_asks(uow: UnitOfWork, ticket: Ticket) -> Asked | None:
    service = uow.book.services.get(ticket.service)
    if service is None:
        return None
    return Asked(tier=service.tier, queue=service.queue or uow.book.tiers[service.tier].queue)


def _slack(uow: UnitOfWork, ticket: Ticket, now: datetime) -> float | None:
    """Return the part of the resolution's time that is left; None where nothing is promised."""
    book, target = uow.book.sla, SlaTarget.RESOLUTION
    if ticket.number == 0:  # a draft: nothing is used yet
        return None if book.select(ticket, target) is None else 1.0
    events = [one for one in uow.sla.events(ticket.ticket_id) if one.target is target]
    found = reckon(events, book.calendars, now=now)
    return None if found is None else 1.0 - found.used / found.within

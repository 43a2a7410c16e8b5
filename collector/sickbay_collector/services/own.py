"""What a requester sees and does: own tickets, what is said in public on them, own devices."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.access.principal import Principal
from sickbay_collector.core.desk.contact import Contact
from sickbay_collector.core.desk.ticket import Ticket, TicketSource, Visibility, WorklogEntry
from sickbay_collector.core.desk.ticket_search import TicketFilter, TicketOrder
from sickbay_collector.core.device import Device
from sickbay_collector.core.errors import DeniedError, NotFoundError
from sickbay_collector.core.ids import PersonId
from sickbay_collector.services import desk
from sickbay_collector.services.contacts import Intake, open_contact
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_lookups import find_ticket
from sickbay_collector.services.ticket_parts_ports import RequestKey

SHOWN = 100
"""Tickets that are listed, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTicket:
    """A ticket as who asked sees it."""

    ticket: Ticket
    worklog: tuple[WorklogEntry, ...]
    """What is public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a requester asks for."""

    title: str
    description: str
    device: str
    """Id or host name of an own device; "" for none."""
    key: RequestKey | None
    """So that a form that is sent twice opens one ticket."""


def person_of(principal: Principal) -> PersonId:
    """Return whose own things somebody sees.

    Raises:
        DeniedError: The login belongs to no person.
    """
    person_id = principal.scope.person_id
    if person_id is None:
        raise DeniedError("your login belongs to no person; sign in by a link")
    return person_id


def own_tickets(uow: UnitOfWork, person_id: PersonId) -> tuple[Ticket, ...]:
    """Return what a person asked for, the newest first."""
    mine = TicketFilter(requester=person_id)
    found = uow.tickets.search(mine, TicketOrder.OPENED, limit=SHOWN)
    return tuple(one.ticket for one in found)


def own_devices(uow: UnitOfWork, person_id: PersonId, *, now: datetime) -> tuple[Device, ...]:
    """Return the devices that a person owns, by host name."""
    found = uow.devices.load(uow.assets.owned_by(person_id, now=now))
    return tuple(sorted(found, key=lambda one: (one.hostname, one.device_id)))


def own_ticket(uow: UnitOfWork, person_id: PersonId, name: str) -> OwnTicket:
    """Return one ticket that a person asked for.

    Raises:
        NotFoundError: There is none, or it is somebody else's.
    """
    ticket = find_ticket(uow, name)
    if ticket.requester != person_id:
        raise NotFoundError("no ticket has the number or id %(name)s", name=name)
    entries = uow.tickets.worklog(ticket.ticket_id)
    public = tuple(one for one in entries if one.visibility is Visibility.PUBLIC)
    return OwnTicket(ticket=ticket, worklog=public)


def comment(
    open_uow: OpenUnitOfWork, principal: Principal, ticket: Ticket, text: str, *, now: datetime
) -> None:
    """Add what a requester says to an own ticket.

    Raises:
        InvalidError: The text is empty or over 4,000 characters.
    """
    desk.note(
        open_uow,
        ticket.ticket_id,
        user=principal.user,
        text=text,
        now=now,
        visibility=Visibility.PUBLIC,
    )


def ask(
    open_uow: OpenUnitOfWork,
    principal: Principal,
    wish: Wish,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Ticket:
    """Open a ticket for who asks.

    Raises:
        InvalidError: A field is wrong, or the device is not an own one.
    """
    contact = Contact(
        source=TicketSource.PORTAL,
        title=wish.title,
        description=wish.description,
        requester=person_of(principal),
    )
    intake = Intake(contact=contact, device=wish.device, solution=None, key=wish.key)
    return open_contact(open_uow, intake, user=principal.user, now=now, new_id=new_id).ticket

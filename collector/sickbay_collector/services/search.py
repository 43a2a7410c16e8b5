"""Finding tickets, devices, people, problems and sites by one line of text."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sickbay_collector.core.access.principal import Principal
from sickbay_collector.core.access.right import Right
from sickbay_collector.core.asset import AssetField, settle
from sickbay_collector.core.desk.problem import Problem
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.ticket_search import number_in
from sickbay_collector.core.device import Device
from sickbay_collector.core.ids import PersonId
from sickbay_collector.core.line import folded
from sickbay_collector.core.person import Person, PersonFilter
from sickbay_collector.core.search import Hit, HitKind, search_text
from sickbay_collector.services.asset_ports import StoredAsset
from sickbay_collector.services.ports import UnitOfWork

# Of so many persons of that name the devices are found too.
_OWNERS = 5


def search(
    uow: UnitOfWork, text: str, principal: Principal, *, limit: int, now: datetime
) -> Sequence[Hit]:
    """Return what is called so, of each kind that who asks may see; kinds behind each other.

    Args:
        uow: Where to read.
        text: What is searched for; nothing finds nothing.
        principal: Who asks.
        limit: At most so many of each kind.
        now: The present time.
    """
    wanted = search_text(text)
    return list(_hits(uow, wanted, principal, limit, now)) if wanted else []


def _hits(
    uow: UnitOfWork, text: str, principal: Principal, limit: int, now: datetime
) -> Iterator[Hit]:
    people: Sequence[Person] = ()
    if principal.may(Right.PEOPLE_READ):
        people = uow.people.list(PersonFilter(text=text), limit=limit)
    # Titles name their devices; a number is meant to be a ticket's.
    may_tickets, is_number = principal.may(Right.TICKETS_READ), number_in(text) is not None
    if may_tickets and is_number:
        yield from map(_ticket, uow.search.tickets(text, limit=limit))
    if principal.may(Right.DEVICES_READ):
        owners = [one.person_id for one in people[:_OWNERS]]
        yield from _devices(uow, uow.search.devices(text, owners=owners, limit=limit), now)
    if may_tickets and not is_number:
        yield from map(_ticket, uow.search.tickets(text, limit=limit))
    yield from map(_person, people)
    if may_tickets:
        yield from map(_problem, uow.search.problems(text, limit=limit))
    if principal.may(Right.DEVICES_READ) and principal.scope.is_everything:
        yield from _sites(uow, folded(text), limit)


def _ticket(ticket: Ticket) -> Hit:
    detail = f"{ticket.status.replace('_', ' ')}, {ticket.assignee or 'nobody'}"
    return Hit(
        kind=HitKind.TICKET,
        key=str(ticket.number),
        title=f"#{ticket.number} {ticket.title}",
        detail=detail,
    )


def _devices(uow: UnitOfWork, devices: Sequence[Device], now: datetime) -> Iterator[Hit]:
    """Yield devices with whose they are and where."""
    records = uow.assets.load([one.device_id for one in devices]) if devices else {}
    owners = {
        device_id: PersonId(value)
        for device_id, record in records.items()
        if (value := _said(record, AssetField.OWNER, now))
    }
    names = uow.people.many(set(owners.values())) if owners else {}
    for device in devices:
        record = records.get(device.device_id, StoredAsset())
        owner = names.get(owners.get(device.device_id, PersonId("")))
        said = (
            owner.name if owner else "",
            _said(record, AssetField.SITE, now),
            _said(record, AssetField.LOCATION, now),
            device.evidence.system_serial,
        )
        yield Hit(
            kind=HitKind.DEVICE,
            key=device.device_id,
            title=device.hostname or device.device_id,
            detail=", ".join(one for one in said if one),
        )


def _said(record: StoredAsset, field: AssetField, now: datetime) -> str:
    settled = settle(field, record.claims, now)
    return "" if settled is None else settled.value


def _person(person: Person) -> Hit:
    said = (person.email, person.phone, person.department)
    return Hit(
        kind=HitKind.PERSON,
        key=person.person_id,
        title=person.name,
        detail=", ".join(one for one in said if one),
    )


def _problem(problem: Problem) -> Hit:
    return Hit(
        kind=HitKind.PROBLEM,
        key=str(problem.number),
        title=f"Problem {problem.number}: {problem.title}",
        detail=problem.state.replace("_", " "),
    )


def _sites(uow: UnitOfWork, wanted: str, limit: int) -> Iterator[Hit]:
    found = [
        one
        for one in uow.book.sites.values()
        if wanted in folded(f"{one.id} {one.name} {one.location}")
    ]
    for one in sorted(found, key=lambda site: site.name)[:limit]:
        detail = ", ".join(part for part in (one.location, one.country) if part)
        yield Hit(kind=HitKind.SITE, key=one.id, title=one.name or one.id, detail=detail)

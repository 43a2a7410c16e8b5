"""Declaring a major incident, telling people how it goes, and watching that somebody does."""

from dataclasses import dataclass, replace
from datetime import datetime

from sickbay_collector.core.desk import major
from sickbay_collector.core.desk.events import ENGINE, TicketEventKind
from sickbay_collector.core.desk.major import MAX_UPDATE_S, MIN_UPDATE_S, MajorIncident
from sickbay_collector.core.desk.text import checked_login, checked_text
from sickbay_collector.core.desk.ticket import Priority, Ticket, Visibility
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.core.errors import ConflictError, InvalidError, NotFoundError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.acts import Act, Said, record, seen
from sickbay_collector.services.fleet_children import open_parent
from sickbay_collector.services.major_incidents import (
    keep_update_time,
    owner_of,
    tell,
    tell_subscribers,
)
from sickbay_collector.services.notices import Recipient, RecipientKind
from sickbay_collector.services.people import find_person
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_attention import active_ticket
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket

MAX_SUBSCRIBERS = 200
"""Of one incident: more is a mailing list, which can be one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What somebody says of a ticket: that it is a major incident, or none."""

    major: bool = True
    reason: str
    """Why, up to 4,000 characters."""
    owner: str = ""
    """Login; "" for who declares it, or whoever it is by now."""
    update_every_s: float | None = None
    """None for the policy's, or what it is by now."""


def declare(open_uow: OpenUnitOfWork, act: Act, said: Declaration) -> Ticket:
    """Make a ticket a major incident, or none; one that it is may get another owner or interval.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It is over, or somebody wrote it since that version.
        InvalidError: The reason is empty or over 4,000 characters, a login is malformed, or the
            interval is not one minute to seven days.
    """
    words = checked_text("reason", said.reason)
    owner = checked_login("owner", said.owner) if said.owner else ""
    _check_interval(said.update_every_s)
    what = "A major incident" if said.major else "No major incident any more"
    entry = Said(kind=TicketEventKind.MAJOR, text=f"{what}: {words}")
    with open_uow() as uow:
        before = seen(uow, act)
        if said.major and before.status not in ACTIVE:
            raise ConflictError(
                "ticket %(number)s is %(status)s; it cannot be major",
                number=before.number,
                status=before.status,
            )
        after = record(uow, before, replace(before, major=said.major), act, entry).after
        if said.major:
            _lead(uow, after, owner, said.update_every_s, act)
        uow.commit()
    return after


def update(
    open_uow: OpenUnitOfWork, ticket_id: TicketId, *, user: str, text: str, now: datetime
) -> None:
    """Tell everybody how a major incident goes, which sets its clock back.

    Raises:
        NotFoundError: There is no such ticket.
        ConflictError: It is over or no major incident.
        InvalidError: The text is empty or over 4,000 characters, or the login malformed.
    """
    login, words = checked_login("user", user), checked_text("update", text)
    with open_uow() as uow:
        ticket = active_ticket(uow, ticket_id, "updated")
        incident = major.updated(_live(uow, ticket), now)
        keep_update_time(uow, incident)
        log_on_ticket(
            uow,
            ticket,
            kind=TicketEventKind.UPDATE,
            actor=login,
            text=words,
            at=now,
            visibility=Visibility.PUBLIC,
        )
        tell_subscribers(
            uow,
            ticket,
            what=f"{incident.declared_at.isoformat()}:update-{incident.updates}",
            subject=f"Update on major incident {ticket.number}: {ticket.title}",
            body=words,
            now=now,
        )
        uow.commit()


def subscribe(
    open_uow: OpenUnitOfWork, ticket_id: TicketId, *, who: str, wanted: bool = True
) -> None:
    """Let somebody hear of a major incident, or hear no more.

    Args:
        open_uow: Opens the unit of work.
        ticket_id: Which.
        who: "technician:LOGIN", or "person:" and an id, e-mail address, login or name.
        wanted: Whether they want to hear of it.

    Raises:
        NotFoundError: There is no such ticket or person.
        ConflictError: The ticket is over or no major incident, or has 200 subscribers.
        InvalidError: It names nobody.
    """
    with open_uow() as uow:
        ticket = active_ticket(uow, ticket_id, "subscribed to")
        _live(uow, ticket)
        recipient = str(_recipient(uow, who))
        if not wanted:
            uow.majors.unsubscribe(ticket_id, recipient)
        else:
            known = uow.majors.subscribers(ticket_id)
            if recipient not in known and len(known) >= MAX_SUBSCRIBERS:
                raise ConflictError(
                    "ticket %(number)s has %(known)s subscribers; at most %(most)s are allowed",
                    number=ticket.number,
                    known=len(known),
                    most=MAX_SUBSCRIBERS,
                )
            uow.majors.subscribe(ticket_id, recipient)
        uow.commit()


def declare_urgent(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
    """Make a ticket that became Urgent a major incident: the handler of its timer."""
    del due_at
    ticket = uow.tickets.get(TicketId(key))
    if ticket is None or ticket.major or ticket.status not in ACTIVE:
        return
    if ticket.priority is Priority.URGENT and open_parent(uow, ticket) is None:
        _made_major(uow, ticket, ENGINE, now)


def miss_update(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
    """Remind of an update that is late, first the owner, then the manager: handles its timer."""
    del due_at
    ticket = uow.tickets.hold([TicketId(key)]).get(TicketId(key))
    incident = uow.majors.hold(TicketId(key))
    if ticket is None or incident is None or incident.due_at is None or incident.due_at > now:
        return
    told = [owner_of(incident, ticket)]
    boss = uow.book.technicians.get(incident.owner)
    if incident.missed and boss is not None and boss.manager:
        told.append(Recipient.technician(boss.manager))
    after = major.missed(incident, now)
    text = f"An update is late: people last heard of it at {incident.updated_at:%H:%M} UTC"
    for one in told:
        tell(
            uow,
            ticket,
            one,
            what=f"{incident.updated_at.isoformat()}:missed-{after.missed}",
            subject=f"Major incident {ticket.number} needs an update: {ticket.title}",
            body=f"{text}.\nsickbay ticket update {ticket.number} -m TEXT\n",
            now=now,
        )
    keep_update_time(uow, after)
    names = ", ".join(str(one) for one in told)
    _log(uow, ticket, TicketEventKind.MAJOR, ENGINE, f"{text}; told {names}", now)


def _lead(
    uow: UnitOfWork, ticket: Ticket, owner: str, update_every_s: float | None, act: Act
) -> None:
    """Give a major incident the owner and interval that are asked for, and tell a new owner."""
    before = _live(uow, ticket)
    after = major.led(before, owner=owner, update_every_s=update_every_s)
    if after == before:
        return
    keep_update_time(uow, after)
    text = f"{after.owner} owns the major incident, updates every {after.update_every_s:g}s"
    _log(uow, ticket, TicketEventKind.MAJOR, act.user, text, act.now)
    if after.owner != before.owner:
        tell(
            uow,
            ticket,
            owner_of(after, ticket),
            what=f"{act.now.isoformat()}:owner",
            subject=f"Major incident {ticket.number}: {ticket.title}",
            body=text,
            now=act.now,
        )


def _check_interval(every_s: float | None) -> None:
    if every_s is not None and not MIN_UPDATE_S <= every_s <= MAX_UPDATE_S:
        raise InvalidError(
            "update_every_s: must be from %(least)s to %(most)s, not %(every_s)s",
            least=f"{MIN_UPDATE_S:g}",
            most=f"{MAX_UPDATE_S:g}",
            every_s=f"{every_s:g}",
        )


def _made_major(uow: UnitOfWork, ticket: Ticket, by: str, now: datetime) -> Ticket:
    why = "it is Urgent" if by == ENGINE else f"declared by {by}"
    return write_ticket(
        uow,
        ticket,
        replace(ticket, major=True),
        kind=TicketEventKind.MAJOR,
        actor=by,
        text=f"A major incident: {why}",
        at=now,
    ).after


def _live(uow: UnitOfWork, ticket: Ticket) -> MajorIncident:
    incident = uow.majors.hold(ticket.ticket_id)
    if incident is None or incident.ended_at is not None:
        raise ConflictError(
            "ticket %(number)s is no major incident; declare it first", number=ticket.number
        )
    return incident


def _recipient(uow: UnitOfWork, who: str) -> Recipient:
    kind, _, name = who.partition(":")
    if kind == RecipientKind.PERSON and name:
        return Recipient.person(find_person(uow, name).person_id)
    if kind == RecipientKind.TECHNICIAN and name:
        login = checked_login("technician", name)
        if login not in uow.book.technicians:
            raise NotFoundError("there is no technician %(login)r", login=login)
        return Recipient.technician(login)
    raise InvalidError("who: must be person:NAME or technician:LOGIN, not %(who)r", who=who[:64])


def _log(
    uow: UnitOfWork, ticket: Ticket, kind: TicketEventKind, actor: str, text: str, now: datetime
) -> None:
    log_on_ticket(uow, ticket, kind=kind, actor=actor, text=text, at=now)

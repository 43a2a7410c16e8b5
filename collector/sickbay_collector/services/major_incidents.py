"""A major incident follows its ticket, inside the transaction that writes it. Never commits.

A ticket that becomes Urgent is declared by a timer that is due at once; by hand `declare` does it.
"""

from datetime import datetime

from sickbay_collector.core.desk import major
from sickbay_collector.core.desk.escalation import DEFAULT_UPDATE_S, pick
from sickbay_collector.core.desk.events import ENGINE, TicketEvent
from sickbay_collector.core.desk.major import MajorIncident
from sickbay_collector.core.desk.rota import on_call
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.services.notices import Notice, Recipient, RecipientKind, notify
from sickbay_collector.services.ports import UnitOfWork

MAJOR_DECLARE = "major_declare"
"""The timer that makes an Urgent ticket a major incident; its key is the ticket's id."""
MAJOR_UPDATE = "major_update"
"""The timer of the next update of a major incident; its key is the ticket's id."""

_LEADS = ("L2", "L3")
"""The tiers whose people on call own what nobody declared by hand, in this order."""


def follow_major(uow: UnitOfWork, event: TicketEvent) -> None:
    """Let a major incident begin or end with what was just written."""
    before, after = event.before, event.after
    if major.is_to_be_declared(before, after):
        uow.timers.set(MAJOR_DECLARE, after.ticket_id, event.at)
    was_major = before is not None and before.major and before.status in ACTIVE
    is_major = after.major and after.status in ACTIVE
    if is_major and not was_major:
        _begin(uow, after, by=event.actor, now=event.at)
    elif was_major and not is_major:
        _end(uow, after, now=event.at)


def keep_update_time(uow: UnitOfWork, incident: MajorIncident) -> None:
    """Write an incident and set the timer of its next update, or take it away."""
    uow.majors.save(incident)
    if incident.due_at is None:
        uow.timers.cancel(MAJOR_UPDATE, incident.ticket_id)
    else:
        uow.timers.set(MAJOR_UPDATE, incident.ticket_id, incident.due_at)


def tell_subscribers(
    uow: UnitOfWork, ticket: Ticket, *, what: str, subject: str, body: str, now: datetime
) -> None:
    """Tell everybody who wants to hear of a major incident.

    Args:
        uow: The caller's.
        ticket: Which.
        what: Names the message; the same one is told once.
        subject: One line.
        body: What they read.
        now: The present time.
    """
    for who in uow.majors.subscribers(ticket.ticket_id):
        kind, _, name = who.partition(":")
        tell(
            uow,
            ticket,
            Recipient(kind=RecipientKind(kind), name=name),
            what=what,
            subject=subject,
            body=body,
            now=now,
        )


def tell(
    uow: UnitOfWork,
    ticket: Ticket,
    to: Recipient,
    *,
    what: str,
    subject: str,
    body: str,
    now: datetime,
) -> None:
    """Tell somebody of a major incident."""
    notify(
        uow,
        Notice(
            key=f"major:{ticket.ticket_id}:{what}",
            to=to,
            event="major",
            priority=ticket.priority,
            ticket_id=ticket.ticket_id,
            subject=subject,
            body=body,
            at=now,
        ),
    )


def owner_of(incident: MajorIncident, ticket: Ticket) -> Recipient:
    """Return whom an incident's reminders go to: its owner, else the team of its tier."""
    if incident.owner:
        return Recipient.technician(incident.owner)
    return Recipient.team(ticket.tier)


def _begin(uow: UnitOfWork, ticket: Ticket, *, by: str, now: datetime) -> None:
    policy = pick(uow.book.escalations.values(), ticket)
    incident = major.declared(
        ticket,
        owner=_lead(uow, now) or ticket.assignee if by == ENGINE else by,
        update_every_s=DEFAULT_UPDATE_S if policy is None else policy.update_every_s,
        by=by,
        at=now,
    )
    keep_update_time(uow, incident)
    if ticket.requester:
        uow.majors.subscribe(ticket.ticket_id, str(Recipient.person(ticket.requester)))
    stamp = now.isoformat()
    title = f"Major incident {ticket.number}: {ticket.title}"
    tell(
        uow,
        ticket,
        owner_of(incident, ticket),
        what=f"{stamp}:owner",
        subject=title,
        body=f"You see to it that it ends and people hear of it.\n{_every(incident)}",
        now=now,
    )
    tell_subscribers(
        uow, ticket, what=f"{stamp}:declared", subject=title, body=_every(incident), now=now
    )


def _end(uow: UnitOfWork, ticket: Ticket, *, now: datetime) -> None:
    incident = uow.majors.hold(ticket.ticket_id)
    if incident is None or incident.ended_at is not None:
        return
    keep_update_time(uow, major.over(incident, now))
    tell_subscribers(
        uow,
        ticket,
        what=f"{now.isoformat()}:over",
        subject=f"Major incident {ticket.number} is over: {ticket.title}",
        body=ticket.resolution or f"The ticket is {ticket.status}.",
        now=now,
    )


def _lead(uow: UnitOfWork, now: datetime) -> str:
    """Return who leads what nobody declared by hand; "" where nobody is on call."""
    found = (one.login for tier in _LEADS for one in on_call(uow.book, tier, now))
    return next(found, "")


def _every(incident: MajorIncident) -> str:
    return f"There will be an update at least every {incident.update_every_s / 60:g} minutes."

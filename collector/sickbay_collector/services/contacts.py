"""Somebody contacts the desk, from any side: one contact is one ticket, however often it is sent.

A key makes a request one: what is sent again gets the ticket that the first one opened.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.contact import Contact, Solution, draft_contact
from sickbay_collector.core.desk.events import TicketEvent, TicketEventKind
from sickbay_collector.core.desk.text import checked_login, checked_text
from sickbay_collector.core.desk.ticket import Ticket, Visibility
from sickbay_collector.core.errors import ConflictError, InvalidError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.acts import known
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.repeated import done_before
from sickbay_collector.services.routing import open_ticket, place
from sickbay_collector.services.subjects import check_service, device_of, with_requester
from sickbay_collector.services.ticket_parts_ports import RequestKey
from sickbay_collector.services.ticket_writes import insert_ticket, write_ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What somebody takes in, and for whom."""

    contact: Contact
    device: str = ""
    """Id or host name of what is concerned."""
    solution: Solution | None = None
    """What solved it at once; None where it goes on."""
    key: RequestKey | None = None
    """None where a repeated request is another contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What became of an intake."""

    ticket: Ticket
    events: tuple[TicketEvent, ...]
    """What happened; nothing where the same was done before."""

    @property
    def is_repeated(self) -> bool:
        """Whether this is the ticket of the same request, sent before."""
        return not self.events


def open_contact(
    open_uow: OpenUnitOfWork,
    intake: Intake,
    *,
    user: str,
    now: datetime,
    new_id: Callable[[], str],
) -> Opened:
    """Open a ticket for a contact, solved at once or not.

    Args:
        open_uow: Opens the unit of work.
        intake: What is asked for.
        user: Login name of who takes it in.
        now: The collector's time.
        new_id: Makes ids.

    Raises:
        InvalidError: A field is wrong, something is unknown, or the key was used for something
            else.
        ConflictError: The name of a person or device fits several.
    """
    login = checked_login("user", user)
    ticket_id = TicketId(new_id())
    with open_uow() as uow:
        if intake.key is not None:
            before = done_before(uow, intake.key, ticket_id, now)
            if before is not None:
                return Opened(ticket=known(uow, TicketId(before)), events=())
        contact = with_requester(uow, intake.contact)
        check_service(uow, contact.service)
        draft = draft_contact(
            contact,
            device_of(uow, intake.device),
            uow.book,
            ticket_id=ticket_id,
            user=login,
            now=now,
        )
        events = _write(uow, draft, intake.solution, login, now)
        if uow.seen.tickets.get(ticket_id) is None:
            raise InvalidError("site: name one of yours, or a device; you would not see the ticket")
        uow.commit()
    return Opened(ticket=events[-1].after, events=events)


def _write(
    uow: UnitOfWork, draft: Ticket, solution: Solution | None, user: str, now: datetime
) -> tuple[TicketEvent, ...]:
    text = draft.description or draft.title
    if solution is None:
        return open_ticket(uow, draft, actor=user, text=text, visibility=Visibility.PUBLIC)
    # Who solves it has it: nobody else is asked.
    placed = place(uow, draft, now).ticket
    opened = insert_ticket(uow, placed, actor=user, text=text, visibility=Visibility.PUBLIC)
    if opened is None:
        raise ConflictError("a ticket from a contact joins no other; this one did")
    words = checked_text("resolution", solution.text)
    after = changes.resolved(
        changes.taken(opened.after, user=user, at=now),
        resolution=words,
        at=now,
        user=user,
        codes=solution.codes,
    )
    solved = write_ticket(
        uow,
        opened.after,
        after,
        kind=TicketEventKind.RESOLVED,
        actor=user,
        text=words,
        at=now,
        visibility=Visibility.PUBLIC,
    )
    return opened, solved

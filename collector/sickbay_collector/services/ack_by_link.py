"""Acknowledging a ticket by the link of a message: the link itself is the proof."""

from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.ack_token import AckToken, read_token
from sickbay_collector.core.desk.escalation_run import LIVE
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.errors import DeniedError, SickbayError
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_attention import active_ticket, checked_active, take_care

_DONE = "acknowledged"


class LinkOverError(SickbayError):
    """A link was used after its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedTicket:
    """What a link leads to."""

    ticket: Ticket
    login: str
    """Whom the link was sent to."""
    is_waiting: bool
    """Whether somebody still has to acknowledge it."""


def look_at_link(uow: UnitOfWork, text: str, *, now: datetime) -> LinkedTicket:
    """Return what a link leads to; nothing changes, so that mail scanners may look too.

    Raises:
        DeniedError: It was altered, or who got it is no technician any more.
        LinkOverError: It is too old.
        NotFoundError: There is no such ticket.
        ConflictError: The ticket needs nobody any more.
    """
    token = _checked(uow, text, now)
    ticket = checked_active(uow.tickets.get(token.ticket_id), token.ticket_id, _DONE)
    return _linked(uow, ticket, token)


def use_link(open_uow: OpenUnitOfWork, text: str, *, now: datetime) -> LinkedTicket:
    """Acknowledge the ticket of a link as who got it, unless somebody did that already.

    Raises:
        DeniedError: It was altered, or who got it is no technician any more.
        LinkOverError: It is too old.
        NotFoundError: There is no such ticket.
        ConflictError: The ticket needs nobody any more, or somebody writes it at this moment.
    """
    with open_uow() as uow:
        token = _checked(uow, text, now)
        # Held, so that of two who press the button at once the second sees what the first did.
        found = _linked(uow, active_ticket(uow, token.ticket_id, _DONE), token)
        if not found.is_waiting:
            return found
        ticket = take_care(uow, found.ticket.ticket_id, user=found.login, now=now)
        uow.commit()
    return LinkedTicket(ticket=ticket, login=found.login, is_waiting=False)


def _linked(uow: UnitOfWork, ticket: Ticket, token: AckToken) -> LinkedTicket:
    run = uow.escalations.current(ticket.ticket_id)
    is_paging = run is not None and run.state in LIVE
    return LinkedTicket(
        ticket=ticket,
        login=token.login,
        is_waiting=ticket.acknowledged_at is None or is_paging,
    )


def _checked(uow: UnitOfWork, text: str, now: datetime) -> AckToken:
    key = uow.ack_links.key()
    if key is None:
        raise DeniedError("this desk has not sent any link yet")
    token = read_token(text, key)
    if token.is_over(now):
        raise LinkOverError(
            f"the link was good until {token.expires_at:%Y-%m-%d %H:%M} UTC;"
            " sign in to take care of the ticket"
        )
    account = uow.accounts.get(token.login)
    is_gone = account is not None and account.disabled_at is not None
    if is_gone or token.login not in uow.book.technicians:
        raise DeniedError("%(login)s is no technician any more", login=token.login)
    return token

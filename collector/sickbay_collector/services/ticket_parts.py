"""What changes of a ticket's parts share: who does it, and the worklog entry of each."""

from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.events import PartChange, TicketEventKind
from sickbay_collector.core.desk.text import checked_login
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.ticket_writes import log_on_ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does something to which ticket, and when."""

    ticket_id: TicketId
    user: str
    """Login name."""
    now: datetime


def log_part(
    uow: UnitOfWork, ticket: Ticket, by: By, kind: TicketEventKind, text: str, part: PartChange
) -> None:
    """Say in the worklog what became of a part."""
    login = checked_login("user", by.user)
    log_on_ticket(uow, ticket, kind=kind, actor=login, text=text, at=by.now, part=part)

"""Tells requesters how their ticket goes on, and technicians what is theirs.

Follows every write of a ticket, inside its transaction; never commits. What somebody is told
hangs on what changed, not on who changed it.
"""

from sickbay_collector.core.desk.events import TicketEvent
from sickbay_collector.core.desk.notice_template import TextEvent
from sickbay_collector.core.desk.ticket import Ticket, TicketStatus
from sickbay_collector.services.notice_filling import WAITS, Telling, notice_of
from sickbay_collector.services.notice_readers import (
    read_known,
    requester_reader,
    technician_reader,
)
from sickbay_collector.services.notices import notify_all
from sickbay_collector.services.ports import UnitOfWork


def tell(uow: UnitOfWork, event: TicketEvent) -> None:
    """Tell who should know of a write of a ticket.

    Args:
        uow: The one that wrote it.
        event: What happened, its ticket as it is stored now and its clocks kept.
    """
    before, ticket = event.before, event.after
    found = requester_event(before, ticket)
    is_given = ticket.assignee and (before is None or before.assignee != ticket.assignee)
    to_technician = is_given and event.actor != ticket.assignee
    if found is None and not to_technician:
        return
    known = read_known(uow, [ticket])
    told = []
    requester = None if found is None else requester_reader(known, ticket)
    if found is not None and requester is not None:
        told.append((found, requester))
    if to_technician:
        told.append((TextEvent.ASSIGNED, technician_reader(uow.book, ticket.assignee)))
    key = f"{ticket.ticket_id}:{ticket.version}"
    notify_all(
        uow,
        [
            notice_of(
                known,
                Telling(ticket=ticket, event=about, reader=reader, key=key, at=event.at),
            )
            for about, reader in told
        ],
    )


def requester_event(before: Ticket | None, after: Ticket) -> TextEvent | None:
    """Return what a requester should know of a write; None for nothing."""
    if before is None:
        return TextEvent.RECEIPT
    if after.status is not before.status:
        if after.status is TicketStatus.RESOLVED:
            return TextEvent.RESOLUTION
        if after.status in WAITS:
            return TextEvent.WAITING
    if after.assignee and after.assignee != before.assignee:
        return TextEvent.ASSIGNMENT
    return None

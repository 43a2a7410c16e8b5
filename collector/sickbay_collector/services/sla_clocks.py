"""SLA clocks follow their ticket, inside the transaction that writes it. Never commits."""

from datetime import datetime

from sickbay_collector.core.desk.sla import SlaTarget, clock_of, reckon
from sickbay_collector.core.desk.sla_ledger import additions
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.services.ports import UnitOfWork


def keep_clocks(uow: UnitOfWork, before: Ticket | None, after: Ticket, *, at: datetime) -> None:
    """Let a ticket's clocks start, pause, go on or stop with what was just written.

    Args:
        uow: The one that wrote the ticket.
        before: The ticket as it was; None for a new one.
        after: The ticket as it is stored now.
        at: When it was written.
    """
    book = uow.sla.book
    # In this order: what is held cannot be written between the two reads.
    held = () if before is None else uow.sla.hold(after.ticket_id)
    ledger = () if before is None else uow.sla.events(after.ticket_id)
    clocks = {clock.target: clock for clock in held}
    for target in SlaTarget:
        mine = [event for event in ledger if event.target is target]
        added = additions(mine, before, after, target, book, at=at)
        for event in added:
            uow.sla.append(event)
        found = reckon([*mine, *added], book.calendars, now=at) if added else None
        if found is not None:
            clock = clocks.get(target)
            uow.sla.save(clock_of(after.ticket_id, found, clock, at=at, book=book.version))

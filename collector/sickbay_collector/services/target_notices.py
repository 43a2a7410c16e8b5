"""Tells who should know that SLA targets are close or missed. Never commits."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sickbay_collector.core.desk.notice_template import TextEvent
from sickbay_collector.core.desk.sla import SlaClock
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.services.notice_filling import Telling, notice_of
from sickbay_collector.services.notice_readers import (
    Known,
    Reader,
    read_known,
    requester_reader,
    team_reader,
    technician_reader,
    technicians_watching,
)
from sickbay_collector.services.notices import notify_all
from sickbay_collector.services.ports import UnitOfWork


def tell_of_targets(
    uow: UnitOfWork, announced: Sequence[tuple[Ticket, SlaClock]], *, at: datetime
) -> None:
    """Tell who should know that targets are close or missed, as their clocks say.

    Args:
        uow: The one that writes the clocks.
        announced: The clocks as they were announced just now, each with its ticket.
        at: When.
    """
    known = read_known(uow, [ticket for ticket, _ in announced])
    when = at.isoformat()
    notify_all(
        uow,
        [
            notice_of(
                known,
                Telling(
                    ticket=ticket,
                    event=event,
                    reader=reader,
                    key=f"{ticket.ticket_id}:{clock.target}:{when}",
                    at=at,
                    clock=clock,
                ),
            )
            for ticket, clock in announced
            for event, reader in _readers(known, ticket, clock)
        ],
    )


def _readers(known: Known, ticket: Ticket, clock: SlaClock) -> Iterator[tuple[TextEvent, Reader]]:
    """Yield who is told of a target, and what: a requester only that it is missed."""
    assignee = ticket.assignee
    reader = technician_reader(known.book, assignee) if assignee else team_reader(ticket)
    is_late = clock.breached_at is not None
    event = TextEvent.SLA_BREACHED if is_late else TextEvent.SLA_WARNED
    if ticket.ticket_id not in known.children:
        yield event, reader
    for login in technicians_watching(known, ticket):
        if login != assignee:
            yield event, technician_reader(known.book, login)
    requester = requester_reader(known, ticket) if is_late else None
    if requester is not None:
        yield TextEvent.BREACH, requester

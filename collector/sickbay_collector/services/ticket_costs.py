"""What a ticket took: time and parts.

Each change is one transaction with one worklog entry; the ticket's own row stays as it is.
"""

from dataclasses import replace

from sickbay_collector.core.desk.events import PartChange, TicketEventKind
from sickbay_collector.core.desk.parts import (
    Cost,
    CostKind,
    checked_cost,
    cost_fields,
)
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.services.acts import known
from sickbay_collector.services.ports import OpenUnitOfWork, UnitOfWork
from sickbay_collector.services.ticket_parts import By, log_part

COSTS_LIMIT = 1000


def book(open_uow: OpenUnitOfWork, by: By, draft: Cost) -> Cost:
    """Book time or a part on a ticket, in any status.

    Args:
        open_uow: Opens the unit of work.
        by: Who and when.
        draft: What it took; ticket, time and user are set here.

    Raises:
        NotFoundError: There is no such ticket.
        InvalidError: A number, the currency or the text is out of range.
        ConflictError: The ticket has too many entries.
    """
    cost = checked_cost(replace(draft, ticket_id=by.ticket_id, at=by.now, by=by.user))
    with open_uow() as uow:
        ticket = known(uow, by.ticket_id)
        if len(uow.ticket_parts.costs(by.ticket_id)) >= COSTS_LIMIT:
            raise ConflictError(
                "ticket %(number)s has %(limit)s costs, the most",
                number=ticket.number,
                limit=COSTS_LIMIT,
            )
        uow.ticket_parts.add_cost(cost)
        part = PartChange(after=cost_fields(cost))
        log_part(uow, ticket, by, TicketEventKind.COST, f"Booked {_words(cost)}", part)
        uow.commit()
    return cost


def hourly_rate_cents(uow: UnitOfWork, user: str) -> int:
    """Return what an hour of a technician costs by the configuration; 0 where it does not say."""
    technician = uow.book.technicians.get(user)
    return 0 if technician is None else round(technician.hourly_cost * 100)


def take_off(open_uow: OpenUnitOfWork, by: By, cost_id: str) -> None:
    """Take a cost off a ticket; the worklog keeps what it was.

    Raises:
        NotFoundError: There is no such ticket, or no such cost on it.
    """
    with open_uow() as uow:
        ticket = known(uow, by.ticket_id)
        cost = uow.ticket_parts.drop_cost(by.ticket_id, cost_id)
        if cost is None:
            raise NotFoundError(
                "ticket %(number)s has no cost %(cost_id)r",
                number=ticket.number,
                cost_id=cost_id[:64],
            )
        part = PartChange(before=cost_fields(cost))
        log_part(uow, ticket, by, TicketEventKind.COST, f"Took off {_words(cost)}", part)
        uow.commit()


def _words(cost: Cost) -> str:
    amount = f"{cost.amount_cents / 100:.2f} {cost.currency}"
    if cost.kind is CostKind.TIME:
        return f"{cost.quantity} min of {cost.by} ({amount}): {cost.text}"
    return f"{cost.quantity} x {cost.text} ({amount})"

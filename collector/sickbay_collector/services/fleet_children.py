"""Tickets that are children of a problem of the fleet: their parent speaks for them.

Nobody is paged about a child while its parent waits for somebody. Never commits.
"""

from sickbay_collector.core.desk.events import TicketEvent
from sickbay_collector.core.desk.problem import Problem
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import ACTIVE
from sickbay_collector.services.ports import UnitOfWork

FLEET_OVER_TIMER = "fleet_over"
"""Kind of the timer that looks whether all children are over; its key is the problem's id."""


def open_parent(uow: UnitOfWork, ticket: Ticket) -> Ticket | None:
    """Return the ticket that speaks for a child; None where none does."""
    if not ticket.problem_id or ticket.device_id is None:
        return None
    problem = uow.problems.by_number(int(ticket.problem_id))
    return None if problem is None else parent_of(uow, problem)


def parent_of(uow: UnitOfWork, problem: Problem) -> Ticket | None:
    """Return the ticket that stands for those of a problem, while it waits for somebody."""
    parent = uow.tickets.get(problem.parent_id) if problem.parent_id is not None else None
    return parent if parent is not None and parent.status in ACTIVE else None


def follow_children(uow: UnitOfWork, event: TicketEvent) -> None:
    """Let the parent be looked at when one of its children is over."""
    before, after = event.before, event.after
    was_active = before is not None and before.status in ACTIVE
    if was_active and after.status not in ACTIVE and after.problem_id and after.device_id:
        uow.timers.set(FLEET_OVER_TIMER, after.problem_id, event.at)

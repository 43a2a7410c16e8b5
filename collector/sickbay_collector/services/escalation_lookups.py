"""Looking at the escalation of a ticket: what was done, and what is to come when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sickbay_collector.core.desk.escalation import Step
from sickbay_collector.core.desk.escalation_run import EscalationRun, forecast, resumed
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.services.escalation_ports import StepDone
from sickbay_collector.services.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A step that is to come if nobody does anything."""

    position: int
    step: Step
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationDetail:
    """The escalation of a ticket."""

    run: EscalationRun | None
    """The last one; None where the ticket never had any."""
    done: Sequence[StepDone]
    """Of all runs, in order."""
    to_come: Sequence[Coming]


def escalation_detail(uow: UnitOfWork, ticket: Ticket) -> EscalationDetail:
    """Return what was done for a ticket that nobody acknowledged, and what is to come.

    The times of a snoozed one are those that follow the end of the snooze.
    """
    run = uow.escalations.current(ticket.ticket_id)
    done = uow.escalations.steps(ticket.ticket_id)
    return EscalationDetail(run=run, done=done, to_come=_to_come(uow, ticket, run))


def escalation_coming(uow: UnitOfWork, ticket: Ticket) -> Sequence[Coming]:
    """Return only what is to come, in order."""
    return _to_come(uow, ticket, uow.escalations.current(ticket.ticket_id))


def _to_come(uow: UnitOfWork, ticket: Ticket, run: EscalationRun | None) -> Sequence[Coming]:
    if run is None:
        return ()
    calendars = uow.book.sla.calendars
    if ticket.snoozed_until is not None:
        run_later = resumed(run, ticket.snoozed_until, calendars)
    else:
        run_later = run
    return tuple(
        Coming(position=position, step=run.steps[position], at=at)
        for position, at in forecast(run_later, calendars)
    )

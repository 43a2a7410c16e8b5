"""Does the steps of escalations when they are due: the handler of their timer. Never commits.

Each step leaves a record whose key lets it exist once, in the transaction that tells people and
sets the next timer. So none is left out or done twice, whatever dies in between.
"""

from datetime import datetime

from sickbay_collector.core.desk import changes
from sickbay_collector.core.desk.escalation import Step, StepKind
from sickbay_collector.core.desk.escalation_aim import Aim, aim
from sickbay_collector.core.desk.escalation_run import EscalationRun, after_step
from sickbay_collector.core.desk.events import ENGINE, TicketEventKind
from sickbay_collector.core.desk.ranking import Missing
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.desk.transitions import ActorKind
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.escalation_ports import StepDone
from sickbay_collector.services.escalations import keep_time, page_key
from sickbay_collector.services.notices import Notice, Recipient, notify
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.routing import escalate
from sickbay_collector.services.ticket_writes import log_on_ticket, write_ticket


def run_steps(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
    """Do what is due of a ticket's run, and set the timer of what comes next.

    Nothing is done where somebody acknowledged, snoozed or resolved the ticket in the meantime.
    """
    del due_at
    # In the order in which whoever acknowledges holds them.
    ticket = uow.tickets.hold([TicketId(key)]).get(TicketId(key))
    run = uow.escalations.hold(TicketId(key))
    if run is None or ticket is None:
        return
    while run.is_due(now):
        step = run.next_step
        if step is None:
            _say(uow, ticket, f"Escalation {run.policy} is over and nobody acknowledged", now)
        else:
            ticket = _do(uow, ticket, run, step, now)
        run = after_step(run, now, uow.book.sla.calendars)
    uow.escalations.save(run)
    keep_time(uow, run)


def _do(uow: UnitOfWork, ticket: Ticket, run: EscalationRun, step: Step, now: datetime) -> Ticket:
    """Do one step and record it; return the ticket as it is then."""
    if step.kind is StepKind.RAISE_TIER:
        after, told, text = _raise_tier(uow, ticket, run, now)
    else:
        found = aim(step, ticket, uow.book, now)
        if step.kind is StepKind.ASSIGN:
            after, told, text = _assign(uow, ticket, run, found, now)
        else:
            after, told, text = ticket, *_tell(uow, ticket, run, step, found, now)
    _record(uow, run, step, told, text, now)
    if after == ticket:
        _say(uow, ticket, f"Escalation {run.policy}, step {_place(run)}: {text}", now)
    return after


def _tell(
    uow: UnitOfWork, ticket: Ticket, run: EscalationRun, step: Step, found: Aim, now: datetime
) -> tuple[tuple[str, ...], str]:
    told = [Recipient.technician(login) for login in found.logins]
    if found.team:
        told.append(Recipient.team(found.team))
    if not told:
        return (), f"told nobody: {found.reason}"
    for recipient in told:
        notify(
            uow,
            Notice(
                key=f"{page_key(run)}{run.run}:{run.position}",
                to=recipient,
                channel=step.channel,
                event="escalation",
                priority=ticket.priority,
                ticket_id=ticket.ticket_id,
                subject=f"Ticket {ticket.number} ({ticket.priority}): {ticket.title}",
                body=_words(ticket, run),
                at=now,
                asks=True,
            ),
        )
    names = ", ".join(one.words() for one in told)
    return tuple(str(one) for one in told), f"told {names} ({found.reason})"


def _words(ticket: Ticket, run: EscalationRun) -> str:
    waits = f"since {ticket.opened_at:%Y-%m-%d %H:%M} UTC"
    return (
        f"Ticket {ticket.number} waits {waits} and nobody acknowledged it.\n"
        f"{ticket.title}\n{ticket.priority_reason}\n"
        f"Tier {ticket.tier}, queue {ticket.queue},"
        f" assigned to {ticket.assignee or 'nobody'}.\n"
        f"Escalation {run.policy}, step {_place(run)}.\n"
        f"Stop it: sickbay ticket ack {ticket.number}\n"
    )


def _assign(
    uow: UnitOfWork, ticket: Ticket, run: EscalationRun, found: Aim, now: datetime
) -> tuple[Ticket, tuple[str, ...], str]:
    if not found.logins:
        return ticket, (), f"assigned to nobody: {found.reason}"
    login = found.logins[0]
    if login == ticket.assignee:
        return ticket, (), f"{login} has it already"
    text = f"Assigned to {login} by escalation {run.policy}, step {_place(run)}"
    event = write_ticket(
        uow,
        ticket,
        changes.assigned(ticket, assignee=login, at=now, actor=ActorKind.ENGINE),
        kind=TicketEventKind.ASSIGNED,
        actor=ENGINE,
        text=text,
        at=now,
    )
    return event.after, (), text


def _raise_tier(
    uow: UnitOfWork, ticket: Ticket, run: EscalationRun, now: datetime
) -> tuple[Ticket, tuple[str, ...], str]:
    tiers = uow.book.tiers
    following = tiers[ticket.tier].next if ticket.tier in tiers else ""
    if not following:
        return ticket, (), f"no tier is above {ticket.tier}"
    reason = f"Nobody acknowledged it in time; escalation {run.policy}, step {_place(run)}"
    events = escalate(uow, ticket, Missing.TIME, ENGINE, reason, now)
    after = events[-1].after
    return after, (), f"Raised from {ticket.tier} to {after.tier}: nobody acknowledged it in time"


def _record(
    uow: UnitOfWork,
    run: EscalationRun,
    step: Step,
    told: tuple[str, ...],
    text: str,
    now: datetime,
) -> None:
    uow.escalations.log(
        StepDone(
            ticket_id=run.ticket_id,
            run=run.run,
            position=run.position,
            kind=step.kind,
            due_at=run.due_at or now,
            at=now,
            told=told,
            text=text,
        )
    )


def _say(uow: UnitOfWork, ticket: Ticket, text: str, now: datetime) -> None:
    log_on_ticket(uow, ticket, kind=TicketEventKind.ESCALATION, actor=ENGINE, text=text, at=now)


def _place(run: EscalationRun) -> str:
    """Return which of the steps it is, waits counted as the policy lists them."""
    return f"{run.position + 1} of {len(run.steps)}"

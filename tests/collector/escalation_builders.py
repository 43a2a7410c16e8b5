"""A run on the clinic's ticket: told once, and more to come."""

from datetime import timedelta

from sickbay_collector.core.desk.escalation import Audience, EscalationPolicy, Step, StepKind
from sickbay_collector.core.desk.escalation_run import after_step, started
from sickbay_collector.services.escalation_ports import StepDone
from sickbay_collector.services.escalations import keep_time
from sickbay_collector.services.ports import OpenUnitOfWork
from tests.collector.clinic import NOW, TICKET

POLICY = EscalationPolicy(
    id="urgent",
    steps=(
        Step(kind=StepKind.NOTIFY, audience=Audience.ON_CALL),
        Step(kind=StepKind.WAIT, wait_s=300),
        Step(kind=StepKind.TELL_MANAGER),
        Step(kind=StepKind.WAIT, wait_s=600),
        Step(kind=StepKind.RAISE_TIER),
    ),
)


def add_run(open_writes: OpenUnitOfWork) -> None:
    """Put a run onto the ticket, a minute old."""
    began = NOW - timedelta(minutes=1)
    run = started(POLICY, TICKET, run=1, now=began, calendars={})
    with open_writes() as uow:
        uow.escalations.add(run)
        uow.escalations.log(
            StepDone(
                ticket_id=TICKET,
                run=1,
                position=0,
                kind=StepKind.NOTIFY,
                due_at=began,
                at=began,
                told=("technician:ann",),
                text="told technician:ann (ann on call)",
            )
        )
        later = after_step(run, began, {})
        uow.escalations.save(later)
        keep_time(uow, later)
        uow.commit()

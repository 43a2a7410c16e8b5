"""Runs are written over, the last one counts, and no step is done twice."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine

from sickbay_collector.core.desk.escalation import Audience, Step, StepKind
from sickbay_collector.core.desk.escalation_run import EscalationRun, RunState
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.escalation_ports import StepDone
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, a_ticket, add_devices

SOON = timedelta(minutes=5)
STEPS = (
    Step(kind=StepKind.NOTIFY, audience=Audience.ON_CALL, name="L2", channel="log"),
    Step(kind=StepKind.WAIT, wait_s=90.5, calendar="office"),
    Step(kind=StepKind.TELL_MANAGER),
)


def a_ticket_in(stores: Stores) -> Ticket:
    add_devices(stores, ONE)
    with stores.open() as uow:
        ticket = uow.tickets.insert_open(a_ticket("001"))
        uow.commit()
    assert ticket is not None
    return ticket


def a_run(ticket: Ticket, run: int = 1, **fields: object) -> EscalationRun:
    plain: dict[str, object] = {
        "ticket_id": ticket.ticket_id,
        "run": run,
        "policy": "urgent",
        "steps": STEPS,
        "state": RunState.WAITING,
        "position": 0,
        "due_at": NOW,
        "left_s": None,
        "started_at": NOW,
        **fields,
    }
    return EscalationRun(**plain)  # type: ignore[arg-type]


def a_step(ticket: Ticket, position: int = 0, *, run: int = 1) -> StepDone:
    return StepDone(
        ticket_id=ticket.ticket_id,
        run=run,
        position=position,
        kind=STEPS[position].kind,
        due_at=NOW,
        at=NOW + SOON,
        told=("technician:änn", "team:L1"),
        text="told änn",
    )


def test_last_run_is_the_current_one_and_is_written_over(stores: Stores) -> None:
    ticket = a_ticket_in(stores)
    with stores.open() as uow:
        assert uow.escalations.current(ticket.ticket_id) is None
        uow.escalations.add(a_run(ticket))
        uow.escalations.add(a_run(ticket, 2))
        uow.commit()
    over = a_run(
        ticket,
        2,
        state=RunState.ENDED,
        position=2,
        due_at=None,
        left_s=1.5,
        acked_at=NOW,
        acked_by="ann",
        ended_at=NOW + SOON,
        end_reason="resolved",
    )
    with stores.open() as uow:
        assert uow.escalations.hold(ticket.ticket_id) == a_run(ticket, 2)
        uow.escalations.save(over)
        uow.commit()

    with stores.read() as uow:
        assert uow.escalations.current(ticket.ticket_id) == over
        assert uow.escalations.run_count() == 2


def test_steps_come_back_in_order_and_are_counted(stores: Stores) -> None:
    ticket = a_ticket_in(stores)
    steps = [a_step(ticket), a_step(ticket, 2), a_step(ticket, run=2)]
    with stores.open() as uow:
        uow.escalations.add(a_run(ticket))
        uow.escalations.add(a_run(ticket, 2))
        for step in reversed(steps):
            uow.escalations.log(step)
        uow.commit()

    with stores.read() as uow:
        assert uow.escalations.steps(ticket.ticket_id) == steps
        counts = uow.escalations.step_counts()
        assert counts == {StepKind.NOTIFY: 2, StepKind.TELL_MANAGER: 1}


def test_step_cannot_be_done_twice(stores: Stores) -> None:
    ticket = a_ticket_in(stores)
    with stores.open() as uow:
        uow.escalations.add(a_run(ticket))
        uow.escalations.log(a_step(ticket))
        uow.commit()

    again = replace(a_step(ticket), text="again")
    with pytest.raises(ConflictError), stores.open() as uow:
        uow.escalations.log(again)


def test_run_must_be_there_for_its_steps(stores: Stores) -> None:
    ticket = a_ticket_in(stores)

    with pytest.raises(ConflictError), stores.open() as uow:
        uow.escalations.log(a_step(ticket))


def test_whoever_acknowledges_waits_for_the_step_that_is_being_done(postgresql: Engine) -> None:
    """So a page is told before the acknowledgement or not at all."""
    stores = Stores(open_unit_of_work(postgresql), open_read_only(postgresql))
    with stores.open() as uow:
        found = uow.tickets.insert_open(replace(a_ticket("077", family=None), device_id=None))
        assert found is not None
        uow.escalations.add(a_run(found))
        uow.commit()
    seen: list[EscalationRun | None] = []

    def acknowledge() -> None:
        with stores.open() as other:
            seen.append(other.escalations.hold(found.ticket_id))

    with stores.open() as uow:
        held = uow.escalations.hold(found.ticket_id)
        assert held is not None
        worker = Thread(target=acknowledge)
        worker.start()
        uow.escalations.save(replace(held, position=2, state=RunState.NOTIFIED))
        uow.commit()
    worker.join(timeout=30)

    assert [one and one.position for one in seen] == [2]

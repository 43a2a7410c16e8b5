"""Whoever acknowledges a ticket and what pages for it take its rows in one order."""

from datetime import timedelta
from threading import Barrier, Thread

from sqlalchemy import Engine

from sickbay_collector.core.desk.book import DeskBook
from sickbay_collector.core.desk.escalation import Audience, EscalationPolicy, Step, StepKind
from sickbay_collector.core.desk.escalation_run import RunState
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.escalation_steps import run_steps
from sickbay_collector.services.escalations import ESCALATION
from sickbay_collector.services.ticket_attention import acknowledge
from sickbay_collector.services.ticket_writes import insert_ticket
from sickbay_collector.services.timers import Ran, run_due
from tests.collector.roster_builders import a_technician
from tests.contract.conftest import Stores
from tests.contract.records import NOW, a_ticket

TICKETS = 40
BOOK = DeskBook(
    technicians={"ben": a_technician("ben")},
    escalations={
        "all": EscalationPolicy(
            id="all",
            steps=(
                Step(kind=StepKind.WAIT, wait_s=60),
                Step(kind=StepKind.ASSIGN, audience=Audience.TECHNICIAN, name="ben"),
                Step(kind=StepKind.WAIT, wait_s=60),
            ),
        )
    },
)


def _open_tickets(stores: Stores) -> list[Ticket]:
    opened = []
    with stores.open() as uow:
        for number in range(TICKETS):
            ticket = a_ticket(f"{number:03}", device_id=None, family=None, opened_at=NOW)
            event = insert_ticket(uow, ticket, actor="x", text="y")
            assert event is not None
            opened.append(event.after)
        uow.commit()
    return opened


def test_to_acknowledge_while_steps_run_fails_neither(engine: Engine) -> None:
    """Neither waits for the other in a circle, and nobody is paged after an acknowledgement."""
    stores = Stores(
        open_unit_of_work(engine, book=lambda: BOOK), open_read_only(engine, book=lambda: BOOK)
    )
    tickets, together = _open_tickets(stores), Barrier(2)
    later, told, failed = NOW + timedelta(seconds=61), list[Ran](), list[Exception]()

    def page() -> None:
        together.wait(timeout=30)
        for _ in range(20):
            run_due(
                stores.read,
                stores.open,
                {ESCALATION: run_steps},
                later,
                lambda _: False,
                told=told.append,
            )

    def take() -> None:
        together.wait(timeout=30)
        for ticket in reversed(tickets):
            try:
                acknowledge(stores.open, ticket.ticket_id, user="ann", now=later)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test says it
                failed.append(error)

    threads = [Thread(target=page), Thread(target=take)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    run_due(
        stores.read, stores.open, {ESCALATION: run_steps}, later, lambda _: False, told=told.append
    )

    with stores.read() as uow:
        runs = [uow.escalations.current(one.ticket_id) for one in tickets]
        timers = [uow.timers.get(ESCALATION, one.ticket_id) for one in tickets]
    assert failed == []
    assert all(one.ok for one in told)
    assert {run and run.state for run in runs} == {RunState.ACKED}
    assert timers == [None] * TICKETS

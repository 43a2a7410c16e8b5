"""What makes the marks of open pages move, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert

from sickbay_collector.core.audit import AuditEvent
from sickbay_collector.core.live import Topic, changed
from sickbay_collector.db.live import read_marks
from sickbay_collector.db.records import values
from sickbay_collector.db.ticket_tables import worklog
from sickbay_collector.db.uow import open_unit_of_work
from sickbay_collector.services.ports import UnitOfWork
from tests.contract.records import NOW, ONE, a_device, a_ticket, an_alert, an_entry
from tests.contract.test_problems import PROBLEM


def _ticket(uow: UnitOfWork) -> None:
    ticket = uow.tickets.insert_open(a_ticket("bbb", family="other"))
    assert ticket is not None
    uow.tickets.log(an_entry(ticket))


def _alert_opens(uow: UnitOfWork) -> None:
    uow.alerts.add(an_alert("a002", opened_at=NOW + timedelta(seconds=1), ticket_id=None))


def _alert_closes(uow: UnitOfWork) -> None:
    alert = uow.alerts.open_of(ONE)[0]
    uow.alerts.save(replace(alert, status="closed", closed_at=NOW))


def _problem(uow: UnitOfWork) -> None:
    uow.problems.add(PROBLEM)


def _audit(uow: UnitOfWork) -> None:
    uow.audit.add(
        AuditEvent(
            at=NOW,
            actor="ada",
            action="changed",
            object_kind="problem",
            object_id="1",
            before={},
            after={},
        )
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda _: None, (), id="nothing"),
        pytest.param(_ticket, (Topic.TICKETS,), id="a ticket"),
        pytest.param(_alert_opens, (Topic.ALERTS,), id="an alert opens"),
        pytest.param(_alert_closes, (Topic.ALERTS,), id="an alert closes"),
        pytest.param(_problem, (Topic.PROBLEMS,), id="a problem"),
        pytest.param(_audit, (Topic.PROBLEMS,), id="something is done about one"),
    ],
)
def test_what_is_written_moves_its_mark(
    engine: Engine, change: Callable[[UnitOfWork], None], expected: tuple[Topic, ...]
) -> None:
    open_uow = open_unit_of_work(engine)
    with open_uow() as uow:
        uow.devices.add(a_device(ONE))
        uow.alerts.record_rule("v1", "r", "text", at=NOW)
        uow.alerts.add(an_alert(ticket_id=None))
        uow.commit()
    before = read_marks(engine)
    with open_uow() as uow:
        change(uow)
        uow.commit()

    assert changed(before, read_marks(engine)) == expected


def test_what_is_committed_late_moves_the_mark_too(engine: Engine) -> None:
    """A number may be given out before another, and be seen after it."""
    with open_unit_of_work(engine)() as uow:
        uow.devices.add(a_device(ONE))
        ticket = uow.tickets.insert_open(a_ticket())
        assert ticket is not None
        uow.commit()
    marks = []
    for entry in (1, 3, 2):
        with engine.begin() as connection:
            row = values(an_entry(ticket)) | {"entry": entry}
            connection.execute(insert(worklog).values(row))
        marks.append(read_marks(engine)[Topic.TICKETS])

    assert len(set(marks)) == 3

"""The database itself refuses to change what happened."""

import pytest
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import IntegrityError

from sickbay_collector.db.tables import metadata
from sickbay_collector.db.uow import open_unit_of_work
from sickbay_collector.services.ticket_writes import insert_ticket
from tests.contract.records import a_ticket
from tests.contract.test_config import EVENT


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_line_of_the_worklog_stays(engine: Engine, change: str) -> None:
    with open_unit_of_work(engine)() as uow:
        ticket = a_ticket("001", device_id=None, family=None)
        assert insert_ticket(uow, ticket, actor="ada", text="opened") is not None
        uow.commit()
    table = metadata.tables["worklog"]
    statement = update(table).values(text="x") if change == "update" else delete(table)
    with (
        pytest.raises(IntegrityError, match="worklog is append-only"),
        engine.begin() as connection,
    ):
        connection.execute(statement)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_an_event_of_the_audit_stays(engine: Engine, change: str) -> None:
    with open_unit_of_work(engine)() as uow:
        uow.audit.add(EVENT)
        uow.commit()
    table = metadata.tables["audit_event"]
    statement = update(table).values(actor="x") if change == "update" else delete(table)
    with (
        pytest.raises(IntegrityError, match="audit_event is append-only"),
        engine.begin() as connection,
    ):
        connection.execute(statement)

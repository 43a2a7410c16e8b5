"""Major incidents are written over; who hears of them is kept once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from sickbay_collector.core.desk.major import MajorIncident, declared
from sickbay_collector.core.desk.ticket import Ticket
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.uow import open_unit_of_work
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, a_ticket, add_devices


def an_incident(ticket: Ticket) -> MajorIncident:
    return declared(ticket, owner="ann", update_every_s=90.5, by="mia", at=NOW)


def a_ticket_in(stores: Stores) -> Ticket:
    add_devices(stores, ONE)
    with stores.open() as uow:
        ticket = uow.tickets.insert_open(a_ticket("001"))
        uow.commit()
    assert ticket is not None
    return ticket


def test_incident_is_written_over(stores: Stores) -> None:
    ticket = a_ticket_in(stores)
    first = an_incident(ticket)
    over = replace(first, owner="", due_at=None, updates=3, missed=1, ended_at=NOW)
    with stores.open() as uow:
        assert uow.majors.get(ticket.ticket_id) is None
        uow.majors.save(first)
        assert uow.majors.hold(ticket.ticket_id) == first
        uow.majors.save(over)
        uow.commit()

    with stores.read() as uow:
        assert uow.majors.get(ticket.ticket_id) == over
    assert first.due_at == NOW + timedelta(seconds=90.5)


def test_who_hears_of_it_is_there_once_and_sorted(stores: Stores) -> None:
    ticket = a_ticket_in(stores)
    with stores.open() as uow:
        for who in ("technician:zoe", "person:1", "technician:zoe"):
            uow.majors.subscribe(ticket.ticket_id, who)
        uow.commit()
    with stores.open() as uow:
        assert uow.majors.subscribers(ticket.ticket_id) == ["person:1", "technician:zoe"]
        uow.majors.unsubscribe(ticket.ticket_id, "person:1")
        uow.majors.unsubscribe(ticket.ticket_id, "person:nobody")
        uow.commit()

    with stores.read() as uow:
        assert uow.majors.subscribers(ticket.ticket_id) == ["technician:zoe"]
        assert uow.majors.subscribers(TicketId("other")) == []


def test_incident_needs_its_ticket(engine: Engine) -> None:
    lost = replace(an_incident(a_ticket("001")), ticket_id=TicketId("lost"))

    with pytest.raises(ConflictError), open_unit_of_work(engine)() as uow:
        uow.majors.save(lost)


def test_subscriber_needs_a_ticket(engine: Engine) -> None:
    with pytest.raises(ConflictError), open_unit_of_work(engine)() as uow:
        uow.majors.subscribe(TicketId("lost"), "person:1")

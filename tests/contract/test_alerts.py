"""Alerts come back by device and by ticket."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from sickbay_collector.core.alerts.change import AlertReading
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.db.rule_tables import rule_version
from sickbay_collector.db.uow import open_unit_of_work
from sickbay_collector.services.alert_ports import AlertFilter
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_ticket, add_devices, an_alert


def test_alerts_are_read_by_device(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    first = an_alert("a001", status="clearing")
    closed = an_alert(
        "a002", status="closed", opened_at=NOW + timedelta(hours=1), closed_at=NOW + timedelta(1)
    )
    newest = an_alert("a003", opened_at=NOW + timedelta(hours=2))
    with stores.open() as uow:
        for alert in (newest, closed, first, an_alert("a004", device_id=TWO)):
            uow.alerts.add(alert)
        uow.commit()

    with stores.read() as uow:
        assert list(uow.alerts.open_of(ONE)) == [first, newest]
        assert list(uow.alerts.of_device(ONE, limit=10)) == [newest, closed, first]
        assert list(uow.alerts.of_device(ONE, limit=1)) == [newest]


def test_alerts_join_a_ticket(stores: Stores) -> None:
    add_devices(stores, ONE)
    ticket = a_ticket()
    with stores.open() as uow:
        uow.alerts.add(an_alert("a001"))
        uow.tickets.insert_open(ticket)
        joined = an_alert("a001", ticket_id=ticket.ticket_id, status="suppressed")
        uow.alerts.save(joined)
        uow.alerts.add(an_alert("a002"))
        uow.commit()

    with stores.read() as uow:
        assert list(uow.alerts.of_ticket(ticket.ticket_id)) == [joined]
        assert [one.alert_id for one in uow.alerts.open_of(ONE)] == [an_alert("a002").alert_id]


def test_an_unknown_alert_cannot_be_saved(stores: Stores) -> None:
    with stores.open() as uow, pytest.raises(NotFoundError, match="a001"):
        uow.alerts.save(an_alert("a001"))


def test_an_alert_needs_its_device(stores: Stores) -> None:
    with pytest.raises(ConflictError), stores.open() as uow:
        uow.alerts.add(an_alert())


def test_a_rule_version_is_kept_as_it_was_first(engine: Engine) -> None:
    """An alert points to the version that fired it, which must not change behind it."""
    open_ = open_unit_of_work(engine)
    for text in ("id: disk.full", "id: changed"):
        with open_() as uow:
            uow.alerts.record_rule("sha-1", "disk.full", text, at=NOW)
            uow.commit()

    with engine.connect() as connection:
        assert connection.execute(select(rule_version.c.text)).scalars().all() == ["id: disk.full"]


def test_what_was_measured_comes_back_with_the_alert(stores: Stores) -> None:
    add_devices(stores, ONE)
    reading = AlertReading(
        metric="volume.free_ratio", label="frei", unit="ratio", value=0.03, threshold="below 5 %"
    )
    measured = an_alert("a001", urgency=1, measured_at=NOW, readings=(reading,), history="3 to 9 %")
    plain = an_alert("a002")
    with stores.open() as uow:
        uow.alerts.add(measured)
        uow.alerts.add(plain)
        uow.alerts.record_rule("sha-1", "disk.full", "{}", at=NOW)
        uow.commit()

    with stores.read() as uow:
        assert uow.alerts.get(measured.alert_id) == measured
        assert uow.alerts.get(plain.alert_id) == plain
        urgent = AlertFilter(urgencies=frozenset({1}))
        assert list(uow.alerts.list(urgent, limit=9)) == [measured]
        assert (uow.alerts.rule_text("sha-1"), uow.alerts.rule_text("sha-2")) == ("{}", "")

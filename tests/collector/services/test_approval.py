"""Devices that wait are let in or shut out once, by whoever may."""

from datetime import UTC, datetime

import pytest

from sickbay_collector.core.device import Device, DeviceStatus
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.approval import approve, pending_devices, refuse
from sickbay_collector.services.audit_ports import AuditFilter
from tests.contract.records import ONE, TWO, a_device
from tests.fakes import FakeDatabase

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
BY = By(at=NOW, user="ada")


@pytest.fixture
def database() -> FakeDatabase:
    """One device that waits, and one that is in."""
    made = FakeDatabase()
    with made.open() as uow:
        uow.devices.add(a_device(ONE, hostname="ws-1", status=DeviceStatus.PENDING))
        uow.devices.add(a_device(TWO, hostname="ws-2"))
        uow.commit()
    return made


def waiting(database: FakeDatabase) -> list[Device]:
    with database.read() as uow:
        return [one.device for one in pending_devices(uow, limit=9)]


def audited(database: FakeDatabase) -> list[tuple[str, str, str]]:
    with database.read() as uow:
        found = uow.audit.walk(AuditFilter(object_kind="certificate"), limit=9)
    return [(one.event.actor, one.event.action, one.event.object_id) for one in found]


def test_a_device_that_is_approved_waits_no_more(database: FakeDatabase) -> None:
    assert [one.device_id for one in waiting(database)] == [ONE]

    assert approve("WS-1", database.open, by=BY).status == DeviceStatus.ACTIVE
    assert waiting(database) == []
    assert database.data.devices[ONE].status == DeviceStatus.ACTIVE
    assert audited(database) == [("ada", "approved", ONE)]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param("not\nours", "not ours", id="a reason"),
        pytest.param(" ", "not approved", id="-"),
    ],
)
def test_a_device_that_is_refused_is_shut_out(database: FakeDatabase, said: str, kept: str) -> None:
    device = refuse(ONE, said, database.open, by=BY)

    assert device == database.data.devices[ONE]
    assert (device.status, device.revoked_at) == (DeviceStatus.RETIRED, NOW)
    assert device.revoke_reason == kept
    assert waiting(database) == []
    assert audited(database) == [("ada", "refused", ONE)]


def test_only_a_device_that_waits_is_settled_and_only_once(database: FakeDatabase) -> None:
    for name in ("ws-2", TWO):
        with pytest.raises(ConflictError, match="ws-2 does not wait"):
            approve(name, database.open, by=BY)
        with pytest.raises(ConflictError, match="ws-2 does not wait"):
            refuse(name, "", database.open, by=BY)
    refuse(ONE, "", database.open, by=BY)
    with pytest.raises(ConflictError, match="does not wait"):
        approve(ONE, database.open, by=BY)
    assert len(audited(database)) == 1


def test_the_beginning_of_a_name_settles_nothing(database: FakeDatabase) -> None:
    database.data.devices.pop(TWO)
    with pytest.raises(ConflictError, match="did you mean ws-1"):
        approve("ws", database.open, by=BY)
    with pytest.raises(NotFoundError):
        refuse("nobody", "", database.open, by=BY)
    assert [one.device_id for one in waiting(database)] == [ONE]

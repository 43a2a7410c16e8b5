"""Devices come back as they were stored."""

from datetime import timedelta

import pytest

from sickbay_collector.core.device import DeviceStatus, Evidence
from sickbay_collector.core.errors import ConflictError, NotFoundError
from sickbay_collector.core.ids import DeviceId
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_device, add_devices


def test_a_device_comes_back_as_it_was_stored(stores: Stores) -> None:
    full = a_device(
        TWO,
        evidence=Evidence(system_serial="Ä-1", permanent_macs=()),
        revoked_at=NOW,
        possible_duplicate_of=ONE,
    )
    add_devices(stores, ONE)
    with stores.open() as uow:
        uow.devices.add(full)
        uow.commit()

    with stores.read() as uow:
        assert full == uow.devices.get(TWO)
        assert [a_device(ONE), full] == uow.devices.all()
        assert [full] == uow.devices.load([TWO, DeviceId("nobody")])
        assert uow.devices.load([]) == []


def test_devices_are_found_by_nonce_and_instance(stores: Stores) -> None:
    """An empty nonce names nobody; of one instance's devices the last enrolled counts."""
    with stores.open() as uow:
        uow.devices.add(a_device(ONE, enroll_nonce="n-1"))
        uow.devices.add(a_device(TWO, enrolled_at=NOW + timedelta(seconds=1)))
        uow.commit()

    with stores.read() as uow:
        assert uow.devices.by_nonce("") is None
        assert uow.devices.by_nonce("n-2") is None
        assert a_device(ONE, enroll_nonce="n-1") == uow.devices.by_nonce("n-1")
        by_instance = uow.devices.by_instance("agent-1")
        assert by_instance is not None
        assert by_instance.device_id == TWO


def test_a_nonce_enrolls_one_device(stores: Stores) -> None:
    with stores.open() as uow:
        uow.devices.add(a_device(ONE, enroll_nonce="n-1"))
        uow.commit()

    with pytest.raises(ConflictError), stores.open() as uow:
        uow.devices.add(a_device(TWO, enroll_nonce="n-1"))
    with stores.read() as uow:
        assert [one.device_id for one in uow.devices.all()] == [ONE]


def test_a_saved_device_replaces_the_stored_one(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    changed = a_device(ONE, hostname="ws-18", status=DeviceStatus.RETIRED)
    with stores.open() as uow:
        uow.devices.save(changed)
        uow.commit()

    with stores.read() as uow:
        assert [changed, a_device(TWO)] == uow.devices.all()


def test_an_unknown_device_cannot_be_saved(stores: Stores) -> None:
    with stores.open() as uow, pytest.raises(NotFoundError, match=ONE):
        uow.devices.save(a_device(ONE))


THREE = DeviceId("0195a000-0000-7000-8000-000000000003")


def test_devices_that_wait_are_listed_the_oldest_first_until_they_are_let_in(
    stores: Stores,
) -> None:
    """Not those that are shut out; nobody is let in twice."""
    pending = {"status": DeviceStatus.PENDING}
    later = NOW + timedelta(hours=1)
    with stores.open() as uow:
        uow.devices.add(a_device(ONE, enrolled_at=later, enroll_nonce="n-1", **pending))
        uow.devices.add(a_device(TWO, enroll_nonce="n-2", **pending))
        uow.devices.add(a_device(THREE, enroll_nonce="n-3", revoked_at=NOW, **pending))
        uow.commit()
    with stores.open() as uow:
        assert [one.device_id for one in uow.devices.pending(limit=9)] == [TWO, ONE]
        assert [one.device_id for one in uow.devices.pending(limit=1)] == [TWO]
        assert uow.devices.activate(TWO)
        assert not uow.devices.activate(TWO)
        assert not uow.devices.activate(THREE)
        assert not uow.devices.activate(DeviceId("nobody"))
        uow.commit()

    with stores.read() as uow:
        assert [one.device_id for one in uow.devices.pending(limit=9)] == [ONE]
        device = uow.devices.get(TWO)
        assert device is not None
        assert device.status == DeviceStatus.ACTIVE


def test_a_device_that_is_held_is_there(stores: Stores) -> None:
    add_devices(stores, ONE)
    with stores.open() as uow:
        assert uow.devices.get(ONE, hold=True) == a_device(ONE)
        assert uow.devices.get(TWO, hold=True) is None


def test_devices_in_service_that_may_be_known_ones_are_listed_the_last_first(
    stores: Stores,
) -> None:
    twin = {"possible_duplicate_of": ONE}
    later = NOW + timedelta(hours=1)
    ids = [DeviceId(f"0195a000-0000-7000-8000-00000000001{number}") for number in range(4)]
    add_devices(stores, ONE)
    with stores.open() as uow:
        uow.devices.add(a_device(ids[0], enroll_nonce="n-0", **twin))
        uow.devices.add(a_device(ids[1], enroll_nonce="n-1", enrolled_at=later, **twin))
        uow.devices.add(a_device(ids[2], enroll_nonce="n-2", revoked_at=NOW, **twin))
        retired = DeviceStatus.RETIRED
        uow.devices.add(a_device(ids[3], enroll_nonce="n-3", status=retired, **twin))
        uow.commit()

    with stores.read() as uow:
        assert [one.device_id for one in uow.devices.twins(limit=9)] == [ids[1], ids[0]]
        assert len(uow.devices.twins(limit=1)) == 1

"""A unit of work is all or nothing, and readers see what was committed."""

import pytest

from sickbay_collector.core.errors import StoreError
from tests.contract.conftest import Stores
from tests.contract.records import ONE, TWO, a_device, add_devices


def test_leaving_without_commit_rolls_back(stores: Stores) -> None:
    with stores.open() as uow:
        uow.devices.add(a_device(ONE))
        uow.commit()
        uow.devices.add(a_device(TWO))

    with stores.read() as uow:
        assert [one.device_id for one in uow.devices.all()] == [ONE]


def test_an_error_rolls_back(stores: Stores) -> None:
    def fail() -> None:
        with stores.open() as uow:
            uow.devices.add(a_device(ONE))
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fail()
    with stores.read() as uow:
        assert uow.devices.all() == []


def test_a_reader_is_not_held_up_by_a_writer(stores: Stores) -> None:
    """It sees what was committed when it began."""
    add_devices(stores, ONE)
    with stores.open() as writer:
        writer.devices.add(a_device(TWO))
        with stores.read() as reader:
            assert len(reader.devices.all()) == 1
            writer.commit()
            assert len(reader.devices.all()) == 1
        with stores.read() as reader:
            assert len(reader.devices.all()) == 2


def test_a_reader_cannot_commit(stores: Stores) -> None:
    with stores.read() as uow, pytest.raises(StoreError, match="reading"):
        uow.commit()

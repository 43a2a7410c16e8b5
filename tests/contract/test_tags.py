"""Tags are there as long as a device has them."""

import pytest

from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.tag import TagCount
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, add_devices


def add(stores: Stores, tags: list[str], *devices: DeviceId) -> None:
    with stores.open() as uow:
        uow.tags.add(tags, devices, at=NOW, by="bo")
        uow.commit()


def test_tags_are_counted_and_found(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    add(stores, ["lab", "b\u00fcro"], ONE)
    add(stores, ["lab"], ONE, TWO)

    with stores.read() as uow:
        assert uow.tags.of([ONE, TWO]) == {ONE: ("b\u00fcro", "lab"), TWO: ("lab",)}
        assert list(uow.tags.tagged(["lab", "none"])) == [ONE, TWO]
        assert list(uow.tags.tagged(["b\u00fcro"])) == [ONE]
        counts = [TagCount(tag="b\u00fcro", devices=1), TagCount(tag="lab", devices=2)]
        assert counts == list(uow.tags.counts(limit=2))
        assert counts[:1] == list(uow.tags.counts(limit=1))


def test_tags_are_taken_away_from_those_who_have_them(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    add(stores, ["lab", "old"], ONE)
    with stores.open() as uow:
        uow.tags.remove(["lab", "none"], [ONE, TWO])
        uow.commit()

    with stores.read() as uow:
        assert uow.tags.of([ONE, TWO]) == {ONE: ("old",)}


def test_only_devices_have_tags(stores: Stores) -> None:
    with pytest.raises(ConflictError):
        add(stores, ["lab"], ONE)

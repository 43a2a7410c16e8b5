"""What people decided about devices that look alike is kept, and found from either of the two."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.device_pair import Apart
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.identity_clues import Clue, ClueKind
from sickbay_collector.core.ids import DeviceId
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, add_devices

THREE = DeviceId("0195a000-0000-7000-8000-000000000003")
SERIAL = Clue(ClueKind.SERIAL, "pf-3xk1p2")
BOARD = Clue(ClueKind.BOARD, "pf-3xk1p2")
MAC = Clue(ClueKind.MAC, "9c:eb:e8:12:34:56")
APART = Apart(one=ONE, other=TWO, at=NOW, by="ann", reason="one batch, eine Seriennummer")


def test_a_decision_is_found_in_either_order_and_replaced(stores: Stores) -> None:
    add_devices(stores, ONE, TWO, THREE)
    later = replace(APART, at=NOW + timedelta(days=1), by="bo", reason="looked again")
    with stores.open() as uow:
        assert uow.pairs.apart(ONE, TWO) is None
        uow.pairs.put_apart(APART)
        assert uow.pairs.apart(TWO, ONE) == APART
        uow.pairs.put_apart(later)
        uow.commit()

    with stores.read() as uow:
        assert uow.pairs.apart(ONE, TWO) == uow.pairs.apart(TWO, ONE) == later
        assert uow.pairs.apart(ONE, THREE) is None


def test_what_both_of_a_pair_have_tells_nothing(stores: Stores) -> None:
    """By value and kind; not what one of them has alone, nor others."""
    add_devices(stores, ONE, TWO, THREE)
    with stores.open() as uow:
        uow.identity.put_clues(ONE, [SERIAL, MAC])
        uow.identity.put_clues(TWO, [SERIAL, BOARD])
        uow.identity.put_clues(THREE, [MAC, BOARD])
        uow.pairs.put_apart(APART)
        uow.commit()

    with stores.read() as uow:
        assert set(uow.identity.shared([SERIAL, MAC, BOARD], by=2, since=NOW)) == {SERIAL}
        assert set(uow.identity.shared([MAC], by=2, since=NOW)) == set()


def test_a_decision_is_about_devices_that_there_are(stores: Stores) -> None:
    add_devices(stores, ONE)

    with pytest.raises(ConflictError):
        _keep(stores)


def _keep(stores: Stores) -> None:
    with stores.open() as uow:
        uow.pairs.put_apart(APART)
        uow.commit()

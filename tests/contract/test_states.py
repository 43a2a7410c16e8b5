"""A state row is written only by who read the version before."""

from dataclasses import replace

import pytest

from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.services.device_ports import StoredState
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, TWO, a_state, add_devices


def _save(stores: Stores, *states: StoredState) -> list[DeviceId]:
    with stores.open() as uow:
        stale = list(uow.states.save(states))
        uow.commit()
    return stale


def _load(stores: Stores) -> dict[DeviceId, StoredState]:
    with stores.read() as uow:
        return dict(uow.states.load([ONE, TWO]))


def test_a_state_comes_back_as_it_was_stored(stores: Stores) -> None:
    add_devices(stores, ONE, TWO)
    full = a_state(TWO, observed_at=NOW, score=88.125, goodbye="asleep", frames=b"\xff\x00")

    assert _save(stores, a_state(ONE), full) == []
    assert _load(stores) == {ONE: a_state(ONE), TWO: full}


def test_rows_of_the_next_version_are_written(stores: Stores) -> None:
    """One call may hold first and later versions."""
    add_devices(stores, ONE, TWO)
    _save(stores, a_state(ONE))
    second = replace(a_state(ONE), version=2, open_alerts=5)

    assert _save(stores, second, a_state(TWO)) == []
    assert _load(stores) == {ONE: second, TWO: a_state(TWO)}


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(1, id="somebody else was first"),
        pytest.param(2, id="somebody else was second"),
        pytest.param(4, id="a version was skipped"),
    ],
)
def test_a_stale_row_is_named_and_the_others_are_written(stores: Stores, version: int) -> None:
    add_devices(stores, ONE, TWO)
    _save(stores, a_state(ONE))
    _save(stores, a_state(ONE, version=2))

    stale = _save(stores, a_state(ONE, version=version, open_alerts=9), a_state(TWO))

    assert stale == [ONE]
    assert _load(stores) == {ONE: a_state(ONE, version=2), TWO: a_state(TWO)}


def test_a_later_version_without_a_row_is_stale(stores: Stores) -> None:
    add_devices(stores, ONE)

    assert _save(stores, a_state(ONE, version=2)) == [ONE]
    assert _load(stores) == {}


def test_a_state_needs_its_device(stores: Stores) -> None:
    with pytest.raises(ConflictError), stores.open() as uow:
        uow.states.save([a_state(ONE)])


def test_nothing_to_save_and_nothing_to_load(stores: Stores) -> None:
    with stores.open() as uow:
        assert list(uow.states.save([])) == []
        assert dict(uow.states.load([])) == {}

"""Two collectors that write the same devices at once: each version has one writer."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from tests.contract.conftest import Stores
from tests.contract.records import a_state, add_devices

DEVICES = [DeviceId(f"0195a000-0000-7000-8000-{number:012d}") for number in range(20)]
ROUNDS = 40


def _write(stores: Stores, ids: list[DeviceId], both: threading.Barrier) -> int:
    """Write all devices again and again, each time one version on; return how often it took."""
    written = 0
    for _ in range(ROUNDS):
        with stores.read() as uow:
            known = uow.states.load(ids)
        both.wait(30)
        with stores.open() as uow:
            states = [
                a_state(one, version=known[one].version + 1 if one in known else 1) for one in ids
            ]
            written += len(ids) - len(uow.states.save(states))
            uow.commit()
    return written


def test_each_version_is_written_by_one(engine: Engine) -> None:
    """They name the devices in opposite orders, which without an order of locks would deadlock."""
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    add_devices(stores, *DEVICES)
    both = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        orders = (DEVICES, DEVICES[::-1])
        counts = list(pool.map(lambda ids: _write(stores, list(ids), both), orders))
    with stores.read() as uow:
        stored = uow.states.load(DEVICES)

    assert sum(one.version for one in stored.values()) == sum(counts)
    assert ROUNDS * len(DEVICES) <= sum(counts) < 2 * ROUNDS * len(DEVICES)

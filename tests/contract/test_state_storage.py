"""PostgreSQL: rows that each report rewrites do not make their table grow."""

import random

from sqlalchemy import Engine, text

from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from tests.contract.conftest import Stores
from tests.contract.records import a_state, add_devices

DEVICES = [DeviceId(f"0195a000-0000-7000-8000-{number:012d}") for number in range(50)]
VERSIONS = 20
STATE = random.Random(1).randbytes(3_000)  # noqa: S311 - not for secrets
"""What does not shrink by compression: some thousand bytes, as a state of many alerts has."""


def _bytes(engine: Engine) -> int:
    with engine.connect() as connection:
        query = text("SELECT pg_total_relation_size('device_state')")
        return int(connection.execute(query).scalar_one())


def test_a_state_row_is_rewritten_in_its_place(postgresql: Engine) -> None:
    """An old version's room is free again as soon as nobody reads it, without a vacuum."""
    with postgresql.begin() as connection:
        connection.execute(text("TRUNCATE device_state, device CASCADE"))
    stores = Stores(open_unit_of_work(postgresql), open_read_only(postgresql))
    add_devices(stores, *DEVICES)
    sizes = []
    for version in range(1, VERSIONS + 1):
        with stores.open() as uow:
            uow.states.save([a_state(one, version=version, state=STATE) for one in DEVICES])
            uow.commit()
        sizes.append(_bytes(postgresql))

    assert sizes[-1] <= 2 * sizes[0]

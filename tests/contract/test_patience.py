"""PostgreSQL: nothing waits for a slow, locked or frozen database longer than it may."""

import math
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from sickbay_collector.core.errors import BusyError, StoreError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.db.engine import limit, open_engine
from sickbay_collector.db.migrate import upgrade
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.ports import UnitOfWork
from tests.contract.records import ONE, a_device
from tests.kit.postgres import Cluster

SOON_S = 0.2
_SLEEP_S = 60
LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


@pytest.fixture
def own(postgresql_url: str) -> Iterator[Engine]:
    """A database that nobody else uses, with the schema."""
    engine = open_engine(postgresql_url)
    upgrade(engine)
    yield engine
    engine.dispose()


def _slow(uow: UnitOfWork) -> None:
    uow._connection.execute(text(f"SELECT pg_sleep({_SLEEP_S})"))  # type: ignore[attr-defined]


def _write(uow: UnitOfWork) -> None:
    uow.devices.add(a_device(ONE))


def _seconds(run: Callable[[], object]) -> float:
    began = time.monotonic()
    run()
    return time.monotonic() - began


def test_a_slow_statement_ends_with_its_unit_of_work(postgresql: Engine) -> None:
    """The database itself ends it, and the connection lives on."""

    def run() -> None:
        with pytest.raises(BusyError, match="statement timeout"):  # noqa: SIM117 - raised at its end
            with open_unit_of_work(postgresql)(within_s=SOON_S) as uow:
                _slow(uow)

    assert SOON_S <= _seconds(run) < _SLEEP_S
    # Other tests share the database, so what matters is that it answers at all.
    with open_read_only(postgresql)() as uow:
        assert uow.devices.get(DeviceId("nobody")) is None


def test_a_slow_read_ends_too(postgresql: Engine) -> None:
    with pytest.raises(BusyError), open_read_only(postgresql)(within_s=SOON_S) as uow:
        _slow(uow)


def test_a_table_that_somebody_locks_is_waited_for_no_longer(
    cluster: Cluster, own: Engine, postgresql_url: str
) -> None:
    with cluster.session(postgresql_url) as other, other.transaction():
        other.execute("LOCK TABLE device IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(BusyError, match="timeout"):  # noqa: SIM117 - raised at its end
            with open_unit_of_work(own)(within_s=SOON_S) as uow:
                _write(uow)
    with open_unit_of_work(own)() as uow:
        _write(uow)


def test_a_frozen_server_costs_its_connection(
    cluster: Cluster, own: Engine, postgresql_url: str
) -> None:
    """It cannot end the statement itself; the next unit of work gets a new connection."""

    def write() -> None:
        with open_unit_of_work(own)(within_s=SOON_S) as uow:
            driver = uow._connection.connection.driver_connection  # type: ignore[attr-defined]
            with cluster.frozen(postgresql_url, only=driver.info.backend_pid):
                _write(uow)

    def run() -> None:
        with pytest.raises(StoreError, match="no answer in time"):
            write()

    assert _seconds(run) < _SLEEP_S
    with open_unit_of_work(own)() as uow:
        _write(uow)
        uow.commit()


def test_frozen_idle_connections_are_replaced(
    cluster: Cluster, own: Engine, postgresql_url: str
) -> None:
    """The pool asks before it hands one out, and does not wait for ever for that answer."""
    with cluster.frozen(postgresql_url), open_read_only(own)() as uow:
        assert uow.devices.get(ONE) is None


def test_a_migration_has_no_limit(postgresql: Engine) -> None:
    with postgresql.connect() as connection:
        limit(connection, math.inf)
        limits = [connection.execute(text(f"SHOW {name}")).scalar() for name in LIMITS]

    assert limits == ["0", "0", "0"]


def test_long_work_may_pause_as_long(postgresql: Engine) -> None:
    with postgresql.connect() as connection:
        limit(connection, 600.0)
        limits = [connection.execute(text(f"SHOW {name}")).scalar() for name in LIMITS]

    assert limits == ["10min", "5s", "10min"]


def test_who_names_no_limit_has_the_usual_one_for_each_answer(postgresql: Engine) -> None:
    """Not the short one of the pool's own question."""
    with postgresql.connect() as connection:
        assert connection.execute(text("SELECT 1 FROM pg_sleep(3.5)")).scalar() == 1


def test_the_usual_limits_are_those_of_the_session(postgresql: Engine) -> None:
    """So that a usual transaction pays no statement for them."""
    with postgresql.connect() as connection:
        limit(connection, None)
        limits = [connection.execute(text(f"SHOW {name}")).scalar() for name in LIMITS]

    assert limits == ["10s", "5s", "15s"]

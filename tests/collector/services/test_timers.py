from datetime import UTC, datetime

import pytest

from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.timer_handlers import HANDLERS
from sickbay_collector.services.timers import RUN_AT_MOST, TOGETHER, Ran, retry_after_s, run_due
from tests.fakes import FakeDatabase

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "wait_s"),
    [
        pytest.param(0, 1.0, id="first failure"),
        pytest.param(1, 2.0, id="second"),
        pytest.param(8, 256.0, id="ninth"),
        pytest.param(9, 300.0, id="tenth, the most"),
        pytest.param(10**6, 300.0, id="for ever"),
    ],
)
def test_wait_doubles_up_to_five_minutes(attempts: int, wait_s: float) -> None:
    assert retry_after_s(attempts) == wait_s


def test_handler_that_is_always_due_ends_with_the_run() -> None:
    database, told = FakeDatabase(), list[Ran]()
    with database.open() as uow:
        uow.timers.set("a", "1", NOW)
        uow.commit()

    def always(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        del now
        uow.timers.set("a", key, due_at)

    handlers = {"a": always}
    ran = run_due(database.read, database.open, handlers, NOW, lambda _: False, told=told.append)

    assert (ran, len(told)) == (RUN_AT_MOST, RUN_AT_MOST)


def test_stop_ends_a_long_run() -> None:
    database = FakeDatabase()
    with database.open() as uow:
        for number in range(300):
            uow.timers.set("a", str(number), NOW)
        uow.commit()

    handlers = {"a": lambda *_: None}
    ran = run_due(database.read, database.open, handlers, NOW, lambda _: True, told=lambda _: None)

    assert ran == TOGETHER


def test_each_kind_is_a_word_of_the_code() -> None:
    """Kinds are labels of metrics and keys in the database."""
    assert all(kind.isidentifier() and kind.islower() for kind in HANDLERS)

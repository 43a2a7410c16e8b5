"""Timers are set once, taken once, and what fails is tried again later."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, event

from sickbay_collector.core.access.scope import Reach
from sickbay_collector.core.desk.message import OutboxMessage
from sickbay_collector.core.errors import BusyError, ConflictError
from sickbay_collector.db.uow import open_read_only, open_unit_of_work
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.timer_ports import Timer
from sickbay_collector.services.timers import TOGETHER, Ran, TimerHandler, run_due
from tests.contract.conftest import Stores
from tests.contract.records import NOW, ONE, a_ticket, add_devices
from tests.fakes import FakeDatabase, FakeUnitOfWork

SOON = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


def set_timers(stores: Stores, *timers: tuple[str, str, datetime]) -> None:
    with stores.open() as uow:
        for kind, key, due_at in timers:
            uow.timers.set(kind, key, due_at)
        uow.commit()


def tell(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
    """Leave a trace in the database that shows each run."""
    del now
    count = len(uow.outbox.claim(limit=1000, now=due_at, until=due_at))
    uow.outbox.add(
        OutboxMessage(
            key=f"{key}:{count}",
            channel="log",
            payload={},
            created_at=due_at,
            not_before=due_at,
        )
    )


def run(
    stores: Stores, handlers: Mapping[str, TimerHandler], now: datetime
) -> tuple[int, list[Ran]]:
    told: list[Ran] = []
    count = run_due(stores.read, stores.open, handlers, now, lambda _: False, told=told.append)
    return count, told


def traces(stores: Stores) -> list[str]:
    with stores.read() as uow, stores.open() as writer:
        del uow
        return [one.message.key for one in writer.outbox.claim(limit=10_000, now=NOW, until=NOW)]


def test_timer_is_set_replaced_and_cancelled(stores: Stores) -> None:
    set_timers(stores, ("snooze", "a", NOW), ("snooze", "a", NOW + SOON), ("other", "a", NOW))
    with stores.open() as uow:
        assert uow.timers.get("snooze", "a") == Timer(
            kind="snooze", key="a", due_at=NOW + SOON, next_at=NOW + SOON, attempts=0
        )
        assert uow.timers.cancel("snooze", "a")
        assert not uow.timers.cancel("snooze", "a")
        assert uow.timers.get("snooze", "a") is None
        assert uow.timers.next_at(["snooze"]) is None
        assert uow.timers.next_at(["snooze", "other"]) == NOW
        assert uow.timers.next_at([]) is None


def test_due_timers_are_taken_once_in_order(stores: Stores) -> None:
    """A timer is due at its time, not a microsecond before it."""
    set_timers(
        stores,
        ("b", "2", NOW),
        ("b", "1", NOW),
        ("a", "3", NOW - TICK),
        ("b", "late", NOW + TICK),
        ("unknown", "1", NOW),
    )
    with stores.open() as uow:
        taken = uow.timers.due(["a", "b"], NOW, limit=4)
        first = uow.timers.due(["a", "b"], NOW, limit=1)
        removed = [uow.timers.remove(one) for one in (*taken, *taken)]
        uow.commit()

    assert [one.key for one in taken] == ["3", "1", "2"]
    assert first == taken[:1]
    assert removed == [True] * 3 + [False] * 3
    with stores.read() as uow:
        assert uow.timers.get("b", "1") is None
        assert uow.timers.get("b", "late") is not None
        assert uow.timers.get("unknown", "1") is not None


def test_what_is_taken_and_not_committed_is_there_again(stores: Stores) -> None:
    set_timers(stores, ("a", "1", NOW))
    with stores.open() as uow:
        assert [uow.timers.remove(one) for one in uow.timers.due(["a"], NOW, limit=1)] == [True]

    with stores.read() as uow:
        assert uow.timers.get("a", "1") is not None


def test_put_off_counts_only_a_timer_that_is_as_it_was(stores: Stores) -> None:
    set_timers(stores, ("a", "1", NOW), ("a", "2", NOW))
    with stores.open() as uow:
        one, two = uow.timers.get("a", "1"), uow.timers.get("a", "2")
        assert one is not None
        assert two is not None
        uow.timers.set("a", "2", NOW + SOON)
        uow.timers.put_off(one, NOW + SOON)
        uow.timers.put_off(two, NOW + 2 * SOON)
        first, second = uow.timers.get("a", "1"), uow.timers.get("a", "2")
        uow.commit()

    assert first is not None
    assert (first.due_at, first.next_at, first.attempts) == (NOW, NOW + SOON, 1)
    assert second is not None
    assert (second.next_at, second.attempts) == (NOW + SOON, 0)


def test_due_event_and_its_record_are_one(stores: Stores) -> None:
    set_timers(stores, ("a", "1", NOW), ("a", "2", NOW + SOON))

    assert run(stores, {"a": tell}, NOW - TICK) == (0, [])
    count, told = run(stores, {"a": tell}, NOW)
    assert (count, [one.ok for one in told]) == (1, [True])
    assert run(stores, {"a": tell}, NOW) == (0, [])
    assert traces(stores) == ["1:0"]


def test_one_that_fails_is_tried_again_and_holds_up_no_other(stores: Stores) -> None:
    """What it wrote before it failed is not there."""
    set_timers(stores, ("bad", "1", NOW - SOON), ("good", "2", NOW), ("bad", "3", NOW))

    def fail(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        tell(uow, key, due_at, now)
        raise ConflictError("not yet") if key == "1" else ZeroDivisionError

    handlers = {"bad": fail, "good": tell}
    _, first = run(stores, handlers, NOW)
    _, at_once = run(stores, handlers, NOW)
    _, second = run(stores, handlers, NOW + timedelta(seconds=1))

    assert [(one.timer.key, one.ok) for one in first] == [("1", False), ("3", False), ("2", True)]
    assert at_once == []
    assert [(one.timer.key, one.timer.attempts) for one in second] == [("1", 1), ("3", 1)]
    assert traces(stores) == ["2:0"]
    with stores.read() as uow:
        left = uow.timers.get("bad", "1")
    assert left is not None
    assert (left.attempts, left.due_at) == (2, NOW - SOON)
    assert left.next_at == NOW + timedelta(seconds=3)


def test_killed_before_the_commit_it_runs_once_after_the_restart(stores: Stores) -> None:
    set_timers(stores, ("a", "1", NOW))

    def die(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        tell(uow, key, due_at, now)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(stores, {"a": die}, NOW)
    assert traces(stores) == []

    run(stores, {"a": tell}, NOW + SOON)
    run(stores, {"a": tell}, NOW + SOON)
    assert traces(stores) == ["1:0"]


def test_handler_may_set_its_timer_again(stores: Stores) -> None:
    set_timers(stores, ("a", "1", NOW))

    def again(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        tell(uow, key, due_at, now)
        uow.timers.set("a", key, due_at + SOON)

    for minute in range(3):
        run(stores, {"a": again}, NOW + minute * SOON)

    with stores.read() as uow:
        left = uow.timers.get("a", "1")
    assert left is not None
    assert left.due_at == NOW + 3 * SOON


def test_two_workers_never_run_one_timer_twice(engine: Engine) -> None:
    stores = Stores(open_unit_of_work(engine), open_read_only(engine))
    set_timers(stores, *(("a", f"{number:03}", NOW) for number in range(60)))
    together, told = Barrier(2), list[Ran]()

    def work() -> None:
        together.wait(timeout=30)
        mine = Stores(open_unit_of_work(engine), open_read_only(engine))
        told.extend(run(mine, {"a": _trace}, NOW)[1])

    workers = [Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(timeout=60)

    assert sorted(one.timer.key for one in told) == [f"{number:03}" for number in range(60)]
    assert all(one.ok for one in told)


def _trace(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
    del now
    uow.outbox.add(
        OutboxMessage(key=key, channel="log", payload={}, created_at=due_at, not_before=due_at)
    )


def test_what_another_worker_takes_now_is_passed_over(postgresql: Engine) -> None:
    """Neither waits for the other: SKIP LOCKED."""
    stores = Stores(open_unit_of_work(postgresql), open_unit_of_work(postgresql))
    set_timers(stores, ("pair", "1", NOW), ("pair", "2", NOW))

    with stores.open() as one, stores.open() as other:
        (mine,) = one.timers.due(["pair"], NOW, limit=1)
        (theirs,) = other.timers.due(["pair"], NOW, limit=1)
        nothing = one.timers.due(["pair"], NOW, limit=2)[1:]

    assert (mine.key, theirs.key, nothing) == ("1", "2", [])


def test_one_that_is_due_is_found_by_an_index(engine: Engine) -> None:
    """However many wait, nothing is sorted."""
    seen: list[tuple[str, object]] = []
    set_timers(Stores(open_unit_of_work(engine), open_read_only(engine)), ("a", "1", NOW))

    def note(_c: object, _cursor: object, sql: str, parameters: object, *_rest: object) -> None:
        seen.append((sql, parameters))

    event.listen(engine, "before_cursor_execute", note)
    with open_unit_of_work(engine)() as uow:
        uow.timers.due(["a", "b"], NOW, limit=50)
    event.remove(engine, "before_cursor_execute", note)
    sql, parameters = next(one for one in seen if "FROM timer" in one[0])
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if not is_sqlite:
            for way in ("seqscan", "bitmapscan"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        rows = connection.exec_driver_sql(f"{explain} {sql}", parameters)  # type: ignore[arg-type]
        plan = "\n".join(str(row) for row in rows)

    assert "ix_timer_next_at_kind_key" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_a_ticket_that_is_being_written_holds_up_no_timer_and_waits_for_none(
    postgresql: Engine,
) -> None:
    """Whoever writes a ticket holds it before its timers; who runs them must not wait for it."""
    stores = Stores(open_unit_of_work(postgresql), open_read_only(postgresql))
    add_devices(stores, ONE)
    with stores.open() as uow:
        busy = uow.tickets.insert_open(a_ticket("901"))
        uow.commit()
    assert busy is not None
    set_timers(stores, ("mine", busy.ticket_id, NOW - TICK), ("mine", "free", NOW))

    with stores.open() as writer:
        writer.tickets.hold([busy.ticket_id])
        with stores.open() as runner:
            passed = runner.timers.due(["mine"], NOW, limit=50)
    with stores.open() as runner:
        later = runner.timers.due(["mine"], NOW, limit=50)
        with pytest.raises(BusyError), stores.open(within_s=0.5) as writer:
            writer.tickets.hold([busy.ticket_id])

    assert [one.key for one in passed] == ["free"]
    assert [one.key for one in later] == [busy.ticket_id, "free"]


def test_what_fails_beside_others_is_put_off_alone(stores: Stores) -> None:
    """The others ran in the same second, each once, although they began together."""
    set_timers(stores, *(("all", f"{number:02}", NOW) for number in range(2 * TOGETHER)))

    def pick(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        tell(uow, key, due_at, now)
        if int(key) % 30 == 7:
            raise ConflictError(key)

    count, told = run(stores, {"all": pick}, NOW)

    assert count == 2 * TOGETHER
    assert [one.timer.key for one in told if not one.ok] == ["07", "37", "67", "97"]
    assert len({one.timer.key for one in told}) == 2 * TOGETHER
    ok = sorted(one.timer.key for one in told if one.ok)
    assert sorted(one.partition(":")[0] for one in traces(stores)) == ok


def test_one_may_take_away_or_put_off_another_of_its_transaction(stores: Stores) -> None:
    set_timers(stores, ("a", "1", NOW), ("a", "2", NOW), ("a", "3", NOW), ("a", "4", NOW))

    def meddle(uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        tell(uow, key, due_at, now)
        uow.timers.cancel("a", "2")
        uow.timers.set("a", "3", NOW + SOON)

    _, told = run(stores, {"a": meddle}, NOW)
    _, later = run(stores, {"a": tell}, NOW + SOON)

    assert [one.timer.key for one in told] == ["1", "4"]
    assert [one.timer.key for one in later] == ["3"]


def test_what_only_fails_together_is_run_alone() -> None:
    """A commit that is refused tells of no timer in particular."""
    database, told, refused = FakeDatabase(), list[Ran](), list[int]()
    with database.open() as uow:
        for key in ("1", "2", "3"):
            uow.timers.set("a", key, NOW)
        uow.commit()

    class Narrow(FakeUnitOfWork):
        def commit(self) -> None:
            left = sum(self.timers.get("a", key) is not None for key in ("1", "2", "3"))
            if len(database.data.timers) - left > 1:
                refused.append(left)
                raise BusyError("too much at once", retry_after_s=1.0)
            super().commit()

    @contextmanager
    def narrow(
        *, within_s: float | None = None, reach: Reach | None = None
    ) -> Iterator[UnitOfWork]:
        del within_s, reach
        yield Narrow(database, writes=True)

    run_due(database.read, narrow, {"a": tell}, NOW, lambda _: False, told=told.append)

    assert [(one.timer.key, one.ok) for one in told] == [("1", True), ("2", True), ("3", True)]
    assert refused == [0, 0]

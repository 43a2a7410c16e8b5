"""Accounts, sessions and attempts are kept alike by every store."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

from sqlalchemy import Engine

from sickbay_collector.core.account import Account, Session
from sickbay_collector.db.uow import open_unit_of_work
from tests.contract.conftest import Stores
from tests.contract.records import NOW

MINUTE = timedelta(minutes=1)
ADA = Account(login="ada", name="Ada Byron", role="technician", password_hash="h", created_at=NOW)


def a_session(number: int, **fields: object) -> Session:
    session = Session(
        secret_hash=f"hash-{number}",
        login="ada",
        created_at=NOW,
        seen_at=NOW,
        address="10.0.0.1",
        agent="Browser",
    )
    return replace(session, **fields)  # type: ignore[arg-type]


def test_accounts_are_put_over_what_is_there(stores: Stores) -> None:
    ben = replace(ADA, login="ben", disabled_at=NOW)
    with stores.open() as uow:
        for one in (ben, replace(ADA, name="old"), ADA):
            uow.accounts.put(one)
        uow.commit()

    with stores.read() as uow:
        assert list(uow.accounts.all()) == [ADA, ben]
        assert uow.accounts.get("ada") == ADA
        assert uow.accounts.get("Ada") is None


def test_sessions_are_found_noted_and_ended(stores: Stores) -> None:
    with stores.open() as uow:
        uow.accounts.put(ADA)
        uow.accounts.open_session(a_session(1))
        uow.accounts.open_session(a_session(2, created_at=NOW + MINUTE))
        uow.accounts.touch("hash-1", at=NOW + MINUTE)
        uow.commit()

    with stores.open() as uow:
        assert [one.secret_hash for one in uow.accounts.sessions("ada")] == ["hash-2", "hash-1"]
        assert uow.accounts.signed_in("hash-1") == (a_session(1, seen_at=NOW + MINUTE), ADA)
        uow.accounts.end_session("hash-1")
        uow.accounts.end_session("hash-1")
        assert uow.accounts.signed_in("hash-1") is None
        assert uow.accounts.end_sessions("ada") == 1
        assert uow.accounts.end_sessions("ada") == 0


def test_sessions_that_are_over_are_dropped(stores: Stores) -> None:
    """Old ones, and those that nobody used."""
    with stores.open() as uow:
        uow.accounts.put(ADA)
        uow.accounts.open_session(a_session(1, created_at=NOW - MINUTE))
        uow.accounts.open_session(a_session(2, seen_at=NOW - MINUTE))
        uow.accounts.open_session(a_session(3))

        dropped = uow.accounts.drop_sessions(created_before=NOW - MINUTE, seen_before=NOW - MINUTE)

        assert dropped == 2
        assert [one.secret_hash for one in uow.accounts.sessions("ada")] == ["hash-3"]


def test_tries_are_counted_by_stretches(stores: Stores) -> None:
    with stores.open() as uow:

        def tried(at_min: int) -> int:
            now = NOW + at_min * MINUTE
            return uow.accounts.count_try("k", now=now, since=now - 15 * MINUTE)

        assert [tried(0), tried(14), tried(15), tried(20)] == [1, 2, 1, 2]
        uow.accounts.forget_tries("k")
        assert tried(21) == 1


def test_tries_at_the_same_time_all_count(engine: Engine) -> None:
    open_uow = open_unit_of_work(engine)
    barrier = Barrier(4)
    counts: list[int] = []

    def tries() -> None:
        barrier.wait()
        for _ in range(10):
            with open_uow() as uow:
                counts.append(uow.accounts.count_try("k", now=NOW, since=NOW - MINUTE))
                uow.commit()

    threads = [Thread(target=tries) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(counts) == list(range(1, 41))


def test_accounts_are_found_by_subject_and_sessions_are_counted(stores: Stores) -> None:
    ben = replace(ADA, login="ben", password_hash="", subject="https://id.example.org 0815")
    with stores.open() as uow:
        uow.accounts.put(ADA)
        uow.accounts.put(ben)
        for number in range(3):
            uow.accounts.open_session(a_session(number, login="ben" if number else "ada"))
        uow.commit()
    with stores.read() as uow:
        assert uow.accounts.by_subject("https://id.example.org 0815") == ben
        assert uow.accounts.by_subject("https://id.example.org 0816") is None
        assert uow.accounts.count_sessions() == {"ada": 1, "ben": 2}

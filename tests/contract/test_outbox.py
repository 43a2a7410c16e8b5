"""A message is stored once, and waits until somebody claims and sends it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from sickbay_collector.db.uow import open_unit_of_work
from sickbay_collector.services.ports import OutboxMessage
from tests.contract.conftest import Stores
from tests.contract.records import NOW

FIRST = OutboxMessage(key="t:opened:log", kind="opened", payload={"title": "ü"}, created_at=NOW)
SECOND = replace(FIRST, key="t:closed:log", created_at=NOW + timedelta(seconds=1))
MINUTE = timedelta(minutes=1)


def _add(stores: Stores, *messages: OutboxMessage) -> None:
    with stores.open() as uow:
        for message in messages:
            uow.outbox.add(message)
        uow.commit()


def _claim(
    stores: Stores, *, limit: int = 10, after: timedelta = timedelta()
) -> Sequence[OutboxMessage]:
    with stores.open() as uow:
        claimed = uow.outbox.claim(limit=limit, now=NOW + after, until=NOW + after + MINUTE)
        uow.commit()
    return list(claimed)


def test_a_key_is_stored_once_and_claimed_once_oldest_first(stores: Stores) -> None:
    _add(stores, SECOND, FIRST, replace(FIRST, kind="again"))

    assert _claim(stores, limit=1) == [FIRST]
    assert _claim(stores) == [SECOND]
    assert _claim(stores) == []


def test_a_claim_ends_by_time_or_by_its_worker(stores: Stores) -> None:
    """Whoever died with a message leaves it to the others."""
    _add(stores, FIRST, SECOND)
    _claim(stores)
    with stores.open() as uow:
        uow.outbox.release(SECOND.key)
        uow.outbox.release("unknown")
        uow.commit()

    assert _claim(stores, after=MINUTE - timedelta(microseconds=1)) == [SECOND]
    assert _claim(stores, after=MINUTE) == [FIRST]


def test_what_was_sent_does_not_wait_and_is_not_stored_again(stores: Stores) -> None:
    with stores.open() as uow:
        uow.outbox.add(FIRST)
        uow.outbox.mark_sent(FIRST.key, at=NOW)
        uow.outbox.mark_sent("unknown", at=NOW)
        uow.outbox.add(FIRST)

        assert list(uow.outbox.claim(limit=10, now=NOW, until=NOW + MINUTE)) == []


def test_what_another_worker_claims_now_is_passed_over(postgresql: Engine) -> None:
    """Neither waits for the other: SKIP LOCKED."""
    stores = Stores(open_unit_of_work(postgresql), open_unit_of_work(postgresql))
    with stores.open() as uow:
        uow.outbox.claim(limit=1_000, now=NOW + 99 * MINUTE, until=NOW + 99 * MINUTE)
        uow.commit()
    _add(stores, replace(FIRST, key="one"), replace(SECOND, key="two"))
    with stores.open() as uow:
        mine = uow.outbox.claim(limit=1, now=NOW, until=NOW + MINUTE)
        theirs = _claim(stores)
        uow.commit()

    assert [one.key for one in mine] == ["one"]
    assert [one.key for one in theirs] == ["two"]

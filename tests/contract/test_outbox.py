"""A message is stored once, and waits until it was sent."""

from dataclasses import replace
from datetime import timedelta

from sickbay_collector.services.ports import OutboxMessage
from tests.contract.conftest import Stores
from tests.contract.records import NOW

FIRST = OutboxMessage(key="t:opened:log", kind="opened", payload={"title": "ü"}, created_at=NOW)
SECOND = replace(FIRST, key="t:closed:log", created_at=NOW + timedelta(seconds=1))


def test_a_key_is_stored_once_and_waits_oldest_first(stores: Stores) -> None:
    with stores.open() as uow:
        for message in (SECOND, FIRST, replace(FIRST, kind="again")):
            uow.outbox.add(message)
        uow.commit()

    with stores.read() as uow:
        assert list(uow.outbox.pending(limit=10)) == [FIRST, SECOND]
        assert list(uow.outbox.pending(limit=1)) == [FIRST]


def test_what_was_sent_does_not_wait_and_is_not_stored_again(stores: Stores) -> None:
    with stores.open() as uow:
        uow.outbox.add(FIRST)
        uow.outbox.mark_sent(FIRST.key, at=NOW)
        uow.outbox.mark_sent("unknown", at=NOW)
        uow.outbox.add(FIRST)

        assert list(uow.outbox.pending(limit=10)) == []

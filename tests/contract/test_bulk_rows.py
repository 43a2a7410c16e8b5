"""Many rows at once arrive as they would one by one, whatever stands in them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.message import OutboxMessage
from tests.contract.conftest import Stores
from tests.contract.records import NOW

ODD = (
    "",
    "null",
    'say "yes", \\ and %s; -- {}',
    "line\nand\ttab",
    "\x01\x1f\x7f",
    "größer ≥ \U0001f489 \u202e",
    "'); DROP TABLE outbox; --",
)


@pytest.mark.parametrize("text", ODD)
def test_text_stays_as_it_is(stores: Stores, text: str) -> None:
    one = OutboxMessage(
        key=f"key {text}",
        channel=text,
        payload={text: text},
        created_at=NOW,
        not_before=NOW + timedelta(microseconds=1),
        last_error=text,
        fallbacks=(text, "log"),
    )
    with stores.open() as uow:
        uow.outbox.add_all([one, replace(one, key="other", ticket_id=None, turn_at=NOW)])
        uow.commit()

    with stores.read() as uow:
        assert uow.outbox.get(one.key) == one
        assert uow.outbox.get("other") == replace(one, key="other", turn_at=NOW)

"""What was sent long ago is dropped, except where its ticket is not over."""

from dataclasses import replace
from datetime import timedelta

from sickbay_collector.core.desk.message import DeliveryRecord, MessageState, OutboxMessage
from sickbay_collector.core.desk.ticket import TicketStatus
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.notice_upkeep import (
    KEEP_GIVEN_UP,
    KEEP_GROUPS,
    KEEP_RECORDS,
    KEEP_SENT,
    drop_told,
)
from tests.contract.conftest import Stores
from tests.contract.records import NOW, a_ticket

TICK = timedelta(microseconds=1)
ONE = OutboxMessage(key="one", channel="log", payload={}, created_at=NOW, not_before=NOW)


def _fill(stores: Stores) -> None:
    with stores.open() as uow:
        open_, over = (
            uow.tickets.insert_open(a_ticket(name, device_id=None, family=None))
            for name in ("901", "902")
        )
        assert open_ is not None
        assert over is not None
        closed = replace(over, status=TicketStatus.CLOSED, closed_at=NOW, version=2)
        assert uow.tickets.save(closed, expected_version=1)
        for key, ticket_id in _KEYS.items():
            uow.outbox.add(replace(ONE, key=key, ticket_id=ticket_id))
            uow.deliveries.add(_record(key, ticket_id))
        until = NOW + timedelta(minutes=1)
        for claim in uow.outbox.claim(limit=9, now=NOW, until=until):
            sent = replace(claim.message, state=MessageState.SENT)
            assert uow.outbox.settle(sent, at=NOW, claimed_until=until)
        uow.outbox.add(replace(ONE, key="waits"))
        uow.accounts.count_try("login:ann", now=NOW, since=NOW - timedelta(minutes=15))
        uow.commit()


_KEYS = {
    "open": TicketId(a_ticket("901").ticket_id),
    "over": TicketId(a_ticket("902").ticket_id),
    "none": None,
}


def _record(key: str, ticket_id: TicketId | None) -> DeliveryRecord:
    return DeliveryRecord(
        key=key,
        ticket_id=ticket_id,
        channel="log",
        recipient=key,
        at=NOW,
        state=MessageState.SENT,
        reason="",
        sent_as=key,
    )


def _left(stores: Stores) -> tuple[list[str], list[str]]:
    """The keys of messages and of records that are there."""
    with stores.read() as uow:
        messages = [key for key in (*_KEYS, "waits") if uow.outbox.get(key)]
        records = uow.deliveries.sent_to(list(_KEYS), since=NOW - TICK)
    return messages, sorted(records)


def test_nothing_goes_before_its_time(stores: Stores) -> None:
    _fill(stores)
    drop_told(stores.open, NOW + KEEP_SENT, lambda _: False)

    assert _left(stores) == (["open", "over", "none", "waits"], ["none", "open", "over"])


def test_messages_go_first_and_what_belongs_to_an_open_ticket_stays(stores: Stores) -> None:
    """So does what was never sent; records are kept longer."""
    _fill(stores)
    drop_told(stores.open, NOW + KEEP_SENT + TICK, lambda _: False)

    assert _left(stores) == (["open", "waits"], ["none", "open", "over"])

    drop_told(stores.open, NOW + KEEP_RECORDS + TICK, lambda _: False)

    assert _left(stores) == (["open", "waits"], ["open"])
    assert drop_told(stores.open, NOW + KEEP_RECORDS + TICK, lambda _: False) == 0


def test_each_step_takes_no_more_than_it_may(stores: Stores) -> None:
    _fill(stores)
    later = NOW + KEEP_RECORDS + TICK
    with stores.open() as uow:
        dropped = [uow.outbox.drop_sent(later, limit=1) for _ in range(3)]
        records = [uow.deliveries.drop(later, limit=1) for _ in range(3)]
        tries = [uow.accounts.drop_tries(later, limit=1) for _ in range(2)]

    assert dropped == [1, 1, 0]
    assert records == [1, 1, 0]
    assert tries == [1, 0]


def test_what_nobody_got_goes_later_and_never_from_an_open_ticket(stores: Stores) -> None:
    _fill(stores)
    with stores.open() as uow:
        for state in (MessageState.DEAD, MessageState.WITHDRAWN):
            for key, ticket_id in _KEYS.items():
                uow.outbox.add(replace(ONE, key=f"{state}-{key}", ticket_id=ticket_id, state=state))
        uow.commit()

    def left(at: timedelta) -> list[str]:
        drop_told(stores.open, NOW + at, lambda _: False)
        keys = [f"{state}-{key}" for state in ("dead", "withdrawn") for key in _KEYS]
        with stores.read() as uow:
            return [key for key in keys if uow.outbox.get(key)]

    assert len(left(KEEP_GIVEN_UP)) == 6
    assert left(KEEP_GIVEN_UP + TICK) == ["dead-open", "withdrawn-open"]


def test_groups_that_nothing_is_heard_of_go_with_their_ticket(stores: Stores) -> None:
    _fill(stores)
    with stores.open() as uow:
        for key, ticket_id in _KEYS.items():
            uow.once.group(key, ticket_id or TicketId("never written"), now=NOW)
        uow.commit()
    drop_told(stores.open, NOW + KEEP_GROUPS, lambda _: False)
    with stores.open() as uow:
        uow.once.group("over", TicketId("other"), now=NOW + TICK)
        uow.commit()

    drop_told(stores.open, NOW + KEEP_GROUPS + TICK, lambda _: False)

    with stores.read() as uow:
        groups = [uow.once.groups_of(one) for one in (_KEYS["open"], _KEYS["over"]) if one]
        assert [[one.key for one in some] for some in groups] == [["open"], ["over"]]
        assert uow.once.groups_of(TicketId("never written")) == []
    with stores.open() as uow:
        assert uow.once.drop_groups(NOW + 2 * KEEP_GROUPS, limit=0) == 0
        assert uow.once.drop_groups(NOW + 2 * KEEP_GROUPS, limit=1) == 1

"""A message is stored once, waits until somebody claims it, and stands as its worker says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from sickbay_collector.core.desk.message import (
    URGENT_RANK,
    DeliveryRecord,
    MessageState,
    OutboxMessage,
)
from sickbay_collector.core.ids import TicketId
from sickbay_collector.db.uow import open_unit_of_work
from sickbay_collector.services.notice_ports import MOST_ALONG, MOST_CLAIMED_ALONG, Claim, Waiting
from tests.contract.conftest import Stores
from tests.contract.records import NOW

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
ONE = OutboxMessage(
    key="t:opened:log", channel="log", payload={"title": "ü"}, created_at=NOW, not_before=NOW
)
TWO = replace(ONE, key="t:closed:log", not_before=NOW + SECOND)
TO_ANN = replace(
    ONE,
    key="t:assigned",
    channel="mail",
    recipient="technician:ann",
    address="ann@example.org",
    ticket_id=TicketId("t"),
    bundle="technician:ann",
    fallbacks=("chat", "log"),
    turn_at=NOW,
    last_error="was away",
    repeats=1,
)


def _add(stores: Stores, *messages: OutboxMessage) -> None:
    with stores.open() as uow:
        for message in messages:
            uow.outbox.add(message)
        uow.commit()


def test_of_many_messages_those_that_are_there_stay_as_they_are(stores: Stores) -> None:
    _add(stores, ONE)
    with stores.open() as uow:
        again = replace(ONE, channel="other")
        uow.outbox.add_all([again, replace(ONE, key="new")])
        uow.outbox.add_all([])
        uow.commit()

    with stores.read() as uow:
        assert uow.outbox.get(ONE.key) == ONE
        assert uow.outbox.get("new") == replace(ONE, key="new")


def _claim(
    stores: Stores, *, limit: int = 10, after: timedelta = 2 * SECOND
) -> Sequence[OutboxMessage]:
    return [claim.message for claim in _claims(stores, limit=limit, after=after)]


def _claims(stores: Stores, *, limit: int = 10, after: timedelta = 2 * SECOND) -> Sequence[Claim]:
    with stores.open() as uow:
        claimed = uow.outbox.claim(limit=limit, now=NOW + after, until=NOW + after + MINUTE)
        uow.commit()
    return list(claimed)


def _settle(stores: Stores, message: OutboxMessage, *, after: timedelta = 2 * SECOND) -> bool:
    with stores.open() as uow:
        done = uow.outbox.settle(message, at=NOW, claimed_until=NOW + after + MINUTE)
        uow.commit()
    return done


def test_a_key_is_stored_once_and_claimed_once_by_time(stores: Stores) -> None:
    _add(stores, TWO, ONE, replace(ONE, channel="again"), TO_ANN)

    assert _claim(stores, limit=1) == [TO_ANN]
    assert _claim(stores, after=SECOND - timedelta(microseconds=1)) == [ONE]
    assert _claim(stores) == [TWO]
    assert _claim(stores) == []
    with stores.open() as uow:
        assert [uow.outbox.add(ONE), uow.outbox.add(replace(ONE, key="new"))] == [False, True]
        assert uow.outbox.get(ONE.key) == ONE
        assert uow.outbox.get("unknown") is None


def test_urgent_messages_go_first(stores: Stores) -> None:
    urgent = replace(TWO, key="urgent", rank=URGENT_RANK)
    _add(stores, ONE, urgent)

    assert _claim(stores) == [urgent, ONE]


def test_a_claim_that_ran_out_is_counted_as_a_possible_repetition(stores: Stores) -> None:
    """Whoever died with a message leaves it to the others, who know that it may have gone out."""
    _add(stores, ONE)
    first = _claims(stores)
    early = _claims(stores, after=2 * SECOND + MINUTE - timedelta(microseconds=1))
    late = _claims(stores, after=2 * SECOND + MINUTE)

    assert first == [Claim(message=ONE, interrupted=False)]
    assert early == []
    assert late == [Claim(message=replace(ONE, repeats=1), interrupted=True)]


def test_only_who_holds_the_claim_says_how_a_message_stands(stores: Stores) -> None:
    """A worker that comes back late does not undo what the next one did."""
    _add(stores, ONE)
    _claim(stores)
    _claim(stores, after=3 * MINUTE)
    sent = replace(ONE, state=MessageState.SENT)

    assert not _settle(stores, replace(ONE, state=MessageState.RETRIED))
    assert _settle(stores, sent, after=3 * MINUTE)
    assert not _settle(stores, sent, after=3 * MINUTE)
    assert _claim(stores, after=99 * MINUTE) == []


def test_a_message_that_is_tried_again_waits_for_its_time(stores: Stores) -> None:
    _add(stores, ONE)
    _claim(stores)
    later = replace(
        ONE, state=MessageState.RETRIED, attempts=1, turn_at=NOW, not_before=NOW + MINUTE
    )
    _settle(stores, later)

    assert _claim(stores, after=MINUTE - SECOND) == []
    assert _claims(stores, after=MINUTE) == [Claim(message=later, interrupted=False)]


def test_what_waits_under_a_bundle_goes_along_with_what_is_due(stores: Stores) -> None:
    """Not what another channel carries, what was tried already, or what somebody else has."""
    later = NOW + timedelta(hours=1)
    along = replace(TO_ANN, key="along", not_before=later)
    _add(
        stores,
        TO_ANN,
        along,
        replace(along, key="by-chat", channel="chat"),
        replace(along, key="tried", attempts=1, state=MessageState.RETRIED),
        replace(along, key="other", bundle="technician:bob"),
        replace(along, key="alone", bundle=""),
    )

    assert _claim(stores) == [TO_ANN, along]


def test_of_a_bundle_goes_along_what_one_message_can_list(stores: Stores) -> None:
    later = replace(TO_ANN, not_before=NOW + timedelta(hours=1))
    along = _many(later, MOST_ALONG + 1)
    _add_all(stores, [TO_ANN, *along])

    assert _claim(stores) == [TO_ANN, *along[:MOST_ALONG]]


def test_bundles_without_room_wait_whole_for_the_next_claim(stores: Stores) -> None:
    """Or each recipient of a storm would get many small messages."""
    sizes = {"ann": MOST_CLAIMED_ALONG // 2, "bob": MOST_CLAIMED_ALONG // 2, "cid": 1}
    heads = [replace(TO_ANN, key=name, bundle=name) for name in sizes]
    for head in heads:
        later = replace(head, not_before=NOW + timedelta(hours=1))
        _add_all(stores, [head, *_many(later, sizes[head.key] - 1)])
    _add(stores, replace(TO_ANN, key="z", bundle=""))
    first, second = _claim(stores), _claim(stores)

    assert Counter(one.bundle for one in first) == {"ann": 500, "bob": 500, "": 1}
    assert [one.bundle for one in second] == ["cid"]


def _many(message: OutboxMessage, count: int) -> Sequence[OutboxMessage]:
    return [replace(message, key=f"{message.bundle}-{number:04}") for number in range(count)]


def _add_all(stores: Stores, messages: Sequence[OutboxMessage]) -> None:
    with stores.open() as uow:
        uow.outbox.add_all(messages)
        uow.commit()


def test_dead_messages_are_listed_and_revived(stores: Stores) -> None:
    dead = replace(TO_ANN, state=MessageState.DEAD, attempts=7)
    _add(stores, ONE, dead, replace(dead, key="z"))
    with stores.open() as uow:
        first = list(uow.outbox.standing(states={MessageState.DEAD}, limit=1))
        second = list(uow.outbox.standing(states={MessageState.DEAD}, limit=9, after=dead.key))
        waiting = list(uow.outbox.standing(states={MessageState.QUEUED}, limit=9))
        revived = [uow.outbox.revive(key, now=NOW + MINUTE) for key in (dead.key, ONE.key, "none")]
        uow.commit()

    assert (first, second, waiting) == ([dead], [replace(dead, key="z")], [])
    assert revived == [True, False, False]
    assert _claim(stores, after=MINUTE) == [
        ONE,
        replace(
            dead,
            state=MessageState.QUEUED,
            created_at=NOW + MINUTE,
            not_before=NOW + MINUTE,
            attempts=0,
            turn_at=None,
        ),
    ]


def test_what_waits_is_taken_back_by_the_begin_of_its_key(stores: Stores) -> None:
    """Whoever is sending one at this moment has lost its claim."""
    waits, sent = replace(TO_ANN, key="a:1"), replace(TO_ANN, key="a:2", state=MessageState.SENT)
    other = replace(TO_ANN, key="ab:1")
    _add(stores, waits, sent, other)
    _claim(stores)
    with stores.open() as uow:
        taken = list(uow.outbox.withdraw("a:"))
        again = list(uow.outbox.withdraw("a:"))
        kept = uow.outbox.settle(waits, at=NOW, claimed_until=NOW + 2 * SECOND + MINUTE)
        uow.commit()

    assert taken == [replace(waits, state=MessageState.WITHDRAWN)]
    assert (again, kept) == ([], False)
    with stores.read() as uow:
        assert uow.outbox.get("a:2") == sent
        assert uow.outbox.get("ab:1") == other


def test_the_queue_is_counted_with_its_oldest(stores: Stores) -> None:
    with stores.read() as uow:
        assert uow.outbox.waiting() == Waiting(count=0, oldest_due_at=None)
    _add(
        stores, TWO, ONE, replace(ONE, key="dead", state=MessageState.DEAD, not_before=NOW - MINUTE)
    )
    with stores.read() as uow:
        assert uow.outbox.waiting() == Waiting(count=2, oldest_due_at=NOW)


def test_records_come_back_by_ticket_and_are_counted(stores: Stores) -> None:
    """A bundle counts once, for its recipient and its channel."""
    ticket = TicketId("t")
    record = DeliveryRecord(
        key="k1",
        ticket_id=ticket,
        channel="mail",
        recipient="technician:ann",
        at=NOW,
        state=MessageState.SENT,
        reason="",
        sent_as="bundle:1",
    )
    written = [
        record,
        replace(record, key="k2"),
        replace(record, key="k3", state=MessageState.RETRIED, reason="away", sent_as="k3"),
        replace(record, key="k3", state=MessageState.DELIVERED, sent_as="k3", channel="chat"),
    ]
    with stores.open() as uow:
        for one in (*written, replace(record, ticket_id=None, recipient="person:p")):
            uow.deliveries.add(one)
        uow.commit()
    since = NOW - SECOND
    with stores.read() as uow:
        assert uow.deliveries.of_ticket(ticket) == written
        assert uow.deliveries.sent_to(["technician:ann", "x"], since=since) == {"technician:ann": 2}
        assert uow.deliveries.sent_to(["technician:ann"], since=NOW) == {}
        assert uow.deliveries.sent_by(["mail", "chat"], since=since) == {"mail": 1, "chat": 1}
        assert uow.deliveries.sent_by([], since=since) == {}


def test_what_another_worker_claims_now_is_passed_over(postgresql: Engine) -> None:
    """Neither waits for the other: SKIP LOCKED."""
    stores = Stores(open_unit_of_work(postgresql), open_unit_of_work(postgresql))
    with stores.open() as uow:
        uow.outbox.claim(limit=1_000, now=NOW + 99 * MINUTE, until=NOW + 999 * MINUTE)
        uow.commit()
    _add(stores, replace(ONE, key="one"), replace(TWO, key="two"))
    with stores.open() as uow:
        mine = uow.outbox.claim(limit=1, now=NOW + MINUTE, until=NOW + 2 * MINUTE)
        theirs = _claim(stores)
        uow.commit()

    assert [one.message.key for one in mine] == ["one"]
    assert [one.key for one in theirs] == ["two"]

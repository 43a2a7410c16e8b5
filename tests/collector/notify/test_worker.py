import logging
from datetime import timedelta

import pytest

from sickbay_collector.notify.channel import Delivery, Outcome
from sickbay_collector.notify.log import LogChannel
from sickbay_collector.notify.worker import BATCH, DeliveryTally, deliver_pending
from sickbay_collector.services.ports import OutboxMessage
from tests.collector.desk_builders import NOW
from tests.collector.desk_fakes import FakeDesk


class FakeChannel:
    """Answers what it was told to, by key; everything else is sent."""

    name = "fake"

    def __init__(self, **answers: Outcome) -> None:
        self.answers = answers
        self.seen: list[str] = []

    def send(self, message: OutboxMessage) -> Delivery:
        self.seen.append(message.key)
        return Delivery(outcome=self.answers.get(message.key, Outcome.OK), reason="told so")


class BrokenChannel:
    name = "fake"

    def send(self, message: OutboxMessage) -> Delivery:
        raise RuntimeError(message.key)


def a_desk(*keys: str, kind: str = "fake") -> FakeDesk:
    desk = FakeDesk()
    with desk.open() as uow:
        for key in keys:
            uow.outbox.add(OutboxMessage(key=key, kind=kind, payload={}, created_at=NOW))
        uow.commit()
    return desk


def test_sent_message_is_marked_and_not_sent_again() -> None:
    desk, channel = a_desk("a", "b"), FakeChannel()

    assert deliver_pending(desk.open, [channel], NOW) == 2
    assert deliver_pending(desk.open, [channel], NOW + timedelta(minutes=1)) == 0
    assert channel.seen == ["a", "b"]
    assert desk.sent == {"a": NOW, "b": NOW}


def test_message_to_retry_waits_and_holds_up_nobody() -> None:
    desk, tally = a_desk("a", "b"), DeliveryTally()
    sent = deliver_pending(desk.open, [FakeChannel(a=Outcome.RETRY)], NOW, tally=tally)

    assert sent == 1
    assert list(desk.sent) == ["b"]
    assert (tally.sent, tally.retried, tally.given_up) == (1, 1, 0)
    assert deliver_pending(desk.open, [FakeChannel()], NOW, tally=tally) == 1


def test_message_that_is_given_up_leaves_the_outbox_with_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk, tally = a_desk("a"), DeliveryTally()
    sent = deliver_pending(desk.open, [FakeChannel(a=Outcome.GIVE_UP)], NOW, tally=tally)

    assert sent == 0
    assert list(desk.sent) == ["a"]
    assert tally.given_up == 1
    assert [record.getMessage() for record in caplog.records] == [
        "notify.give_up key=a reason=told so"
    ]


def test_message_without_channel_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    desk, tally = a_desk("a", kind="pigeon"), DeliveryTally()
    deliver_pending(desk.open, [FakeChannel()], NOW, tally=tally)

    assert tally.given_up == 1
    assert "no channel is named 'pigeon'" in caplog.text


def test_channel_that_raises_is_logged_counted_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk, tally = a_desk("a"), DeliveryTally()
    sent = deliver_pending(desk.open, [BrokenChannel()], NOW, tally=tally)

    assert sent == 0
    assert desk.sent == {}
    assert (tally.channel_failures, tally.retried) == (1, 1)
    assert "notify.channel_failed channel=fake key=a" in caplog.text


def test_one_run_takes_a_hundred_messages() -> None:
    desk = a_desk(*(f"m{number:03}" for number in range(BATCH + 1)))

    assert deliver_pending(desk.open, [FakeChannel()], NOW) == BATCH
    assert deliver_pending(desk.open, [FakeChannel()], NOW) == 1


def test_empty_outbox_writes_nothing() -> None:
    desk = FakeDesk()
    before = desk.database.data

    assert deliver_pending(desk.open, [FakeChannel()], NOW) == 0
    assert desk.database.data is before


def test_log_channel_writes_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """A line break or quote in a ticket's text cannot begin a line or a value of its own."""
    caplog.set_level(logging.INFO)
    message = OutboxMessage(
        key="t:1-opened:log",
        kind="log",
        payload={"number": "7", "title": 'ws-17: "C:"\nfull'},
        created_at=NOW,
    )
    delivery = LogChannel().send(message)

    assert delivery == Delivery(outcome=Outcome.OK)
    assert [record.getMessage() for record in caplog.records] == [
        'notify key=t:1-opened:log number="7" title="ws-17: \\"C:\\"\\nfull"'
    ]

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from sickbay_collector.core.desk.message import (
    DeliveryRecord,
    MessageState,
    OutboxMessage,
    Outcome,
)
from sickbay_collector.notify.bundle import LISTED, REPEATED, WHOLE_TEXTS
from sickbay_collector.notify.channel import Channel, Delivery, Message
from sickbay_collector.notify.worker import BATCH, CLAIM, INTERRUPTED, Worker
from tests.collector.desk_builders import NOW
from tests.collector.desk_fakes import FakeDesk

MINUTE = timedelta(minutes=1)


class FakeChannel:
    """Answers what it was told to, by key; everything else is sent."""

    kind = "webhook"
    per_minute: int | None = None

    def __init__(self, name: str = "fake", *, confirms: bool = False, **answers: Delivery) -> None:
        self.name = name
        self.confirms = confirms
        self.answers = answers
        self.seen: list[Message] = []

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.seen]

    def send(self, message: Message) -> Delivery:
        self.seen.append(message)
        return self.answers.get(message.key, Delivery(outcome=Outcome.OK))


class BrokenChannel(FakeChannel):
    def send(self, message: Message) -> Delivery:
        raise RuntimeError(message.key)


def retry(*, unreachable: bool = False, uncertain: bool = False) -> Delivery:
    return Delivery(
        outcome=Outcome.RETRY, reason="away", unreachable=unreachable, uncertain=uncertain
    )


def give_up() -> Delivery:
    return Delivery(outcome=Outcome.GIVE_UP, reason="never")


class Post:
    """A desk's outbox and a worker on it whose clock moves by hand."""

    def __init__(self, *channels: Channel, step_s: float = 0.0) -> None:
        self.desk = FakeDesk()
        self.channels: Mapping[str, Channel] = {one.name: one for one in channels}
        self.observed: list[tuple[str, MessageState]] = []
        self.template_failures: list[bool] = []
        self._elapsed_s = 0.0
        self._step_s = step_s
        self.worker = self.another()

    def another(self) -> Worker:
        return Worker(
            self.desk.open,
            lambda: self.channels,
            draw=lambda: 1.0,
            elapsed=self._elapsed,
            observe=lambda kind, state: self.observed.append((kind, state)),
            template_failed=lambda: self.template_failures.append(True),
        )

    def put(self, *keys: str, channel: str = "fake", **fields: object) -> None:
        with self.desk.open() as uow:
            for key in keys:
                message = OutboxMessage(
                    key=key,
                    channel=channel,
                    payload={"subject": f"about {key}", "body": f"text of {key}"},
                    created_at=NOW,
                    not_before=NOW,
                    recipient="technician:ann",
                )
                uow.outbox.add(replace(message, **fields))  # type: ignore[arg-type]
            uow.commit()

    def deliver(self, after: timedelta = timedelta()) -> int:
        return self.worker.deliver(NOW + after)

    @property
    def records(self) -> Sequence[DeliveryRecord]:
        return self.desk.database.data.deliveries

    @property
    def said(self) -> list[tuple[str, MessageState, str]]:
        return [(one.channel, one.state, one.reason) for one in self.records]

    def message(self, key: str) -> OutboxMessage:
        return self.desk.database.data.outbox[key]

    def _elapsed(self) -> float:
        self._elapsed_s += self._step_s
        return self._elapsed_s


def test_sent_message_is_recorded_and_not_sent_again() -> None:
    channel = FakeChannel()
    post = Post(channel)
    post.put("a", "b")

    assert post.deliver() == 2
    assert post.deliver(MINUTE) == 0
    assert channel.keys == ["a", "b"]
    assert post.desk.sent == {"a": NOW, "b": NOW}
    assert [(one.key, one.state, one.at, one.sent_as) for one in post.records] == [
        ("a", MessageState.SENT, NOW, "a"),
        ("b", MessageState.SENT, NOW, "b"),
    ]
    assert post.observed == [("webhook", MessageState.SENT)] * 2


def test_channel_that_hears_from_the_recipient_delivered_it() -> None:
    post = Post(FakeChannel(confirms=True))
    post.put("a")
    post.deliver()

    assert post.said == [("fake", MessageState.DELIVERED, "")]


def test_announcement_to_nobody_leaves_no_record() -> None:
    post = Post(FakeChannel())
    post.put("a", recipient="")

    assert (post.deliver(), post.records) == (1, ())


def test_message_to_retry_waits_and_holds_up_nobody() -> None:
    channel = FakeChannel(a=retry())
    post = Post(channel)
    post.put("a", "b")

    assert post.deliver() == 1
    assert post.deliver(timedelta(seconds=9)) == 0
    channel.answers.clear()
    assert post.deliver(timedelta(seconds=10)) == 1
    assert post.said == [
        ("fake", MessageState.RETRIED, "away"),
        ("fake", MessageState.SENT, ""),
        ("fake", MessageState.SENT, ""),
    ]


def test_channel_that_does_not_answer_is_left_alone_for_the_run() -> None:
    channel, other = FakeChannel(a=retry(unreachable=True)), FakeChannel("other")
    post = Post(channel, other)
    post.put("a", "b")
    post.put("c", channel="other")

    assert post.deliver() == 1
    assert (channel.keys, other.keys) == (["a"], ["c"])
    assert post.message("b").not_before > NOW


def test_next_channel_takes_what_the_first_gave_up() -> None:
    post = Post(FakeChannel("mail", a=give_up()), FakeChannel("chat"))
    post.put("a", channel="mail", fallbacks=("chat",))
    post.deliver()
    post.deliver(MINUTE)

    assert post.said == [
        ("mail", MessageState.FAILED, "never; goes on by chat"),
        ("chat", MessageState.SENT, ""),
    ]


def test_message_without_any_channel_left_is_dead_with_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    post = Post(FakeChannel(a=give_up()))
    post.put("a")
    post.put("b", channel="pigeon")

    assert (post.deliver(), post.deliver(timedelta(days=1))) == (0, 0)
    assert post.said == [
        ("fake", MessageState.DEAD, "never; no other channel is left"),
        ("pigeon", MessageState.DEAD, "there is no channel 'pigeon'; no other channel is left"),
    ]
    assert "notify.dead key=a reason=never; no other channel is left" in caplog.text
    assert post.observed == [("webhook", MessageState.DEAD), ("none", MessageState.DEAD)]


def test_channel_that_raises_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    post = Post(BrokenChannel())
    post.put("a")
    post.deliver()

    assert post.said == [("fake", MessageState.RETRIED, "RuntimeError in the channel")]
    assert "notify.channel_failed channel=fake key=a" in caplog.text


def test_worker_that_dies_after_sending_is_followed_by_one_that_says_so() -> None:
    """Sent twice, but never without saying so: in the record and in the message."""
    channel = FakeChannel()
    post = Post(channel)
    post.put("a")
    with post.desk.open() as uow:
        uow.outbox.claim(limit=1, now=NOW, until=NOW + CLAIM)
        uow.commit()

    assert (post.deliver(MINUTE), post.deliver(CLAIM)) == (0, 1)
    assert post.said == [
        ("fake", MessageState.RETRIED, INTERRUPTED),
        ("fake", MessageState.SENT, ""),
    ]
    assert channel.seen[0].body.endswith(REPEATED)
    assert channel.seen[0].key == "a"


def test_answer_that_never_came_makes_the_next_attempt_a_possible_repetition() -> None:
    channel = FakeChannel(a=retry(uncertain=True))
    post = Post(channel)
    post.put("a")
    post.deliver()
    post.deliver(MINUTE)

    assert REPEATED not in channel.seen[0].body
    assert channel.seen[1].body.endswith(REPEATED)


def test_late_worker_does_not_undo_what_the_next_did() -> None:
    """Its own attempt is recorded all the same: it did send."""
    slow = FakeChannel()
    post = Post(slow)
    post.put("a")

    class Late(FakeChannel):
        def send(self, message: Message) -> Delivery:
            post.channels = {"fake": slow}
            post.another().deliver(NOW + CLAIM)
            self.seen.append(message)
            return retry()

    post.channels = {"fake": Late()}
    post.deliver()

    assert post.message("a").state is MessageState.SENT
    assert [one.state for one in post.records] == [
        MessageState.RETRIED,
        MessageState.SENT,
        MessageState.RETRIED,
    ]


def test_bundle_goes_out_as_one_message() -> None:
    channel = FakeChannel()
    post = Post(channel)
    post.put("a", "b", bundle="technician:ann")
    post.put("c", bundle="technician:ann", not_before=NOW + MINUTE)
    post.put("d", bundle="technician:bob")

    assert post.deliver() == 4
    together, alone = channel.seen
    assert together.subject == "about a (+2)"
    assert [together.body.count(f"text of {key}") for key in "abcd"] == [1, 1, 1, 0]
    assert together.key.startswith("bundle:")
    assert alone.key == "d"
    assert {one.sent_as for one in post.records if one.key in {"a", "b", "c"}} == {together.key}


@pytest.mark.parametrize(
    ("count", "whole", "named", "rest"),
    [
        pytest.param(WHOLE_TEXTS, WHOLE_TEXTS, WHOLE_TEXTS, "", id="all texts"),
        pytest.param(WHOLE_TEXTS + 1, 0, WHOLE_TEXTS + 1, "", id="a list"),
        pytest.param(LISTED, 0, LISTED, "", id="a full list"),
        pytest.param(LISTED + 1, 0, LISTED, "... and 1 more.", id="the rest is counted"),
    ],
)
def test_many_messages_at_once_are_listed(count: int, whole: int, named: int, rest: str) -> None:
    """Nobody reads a storm text by text; each message has its record all the same."""
    channel = FakeChannel()
    post = Post(channel)
    post.desk.database.public_url = "https://desk.example.org"
    keys = [f"k{number:03}" for number in range(count)]
    post.put(*keys, bundle="technician:ann")

    assert post.deliver() == count
    (together,) = channel.seen
    assert together.body.count("text of k") == whole
    assert together.body.count("about k") == named
    assert rest in together.body
    assert ("https://desk.example.org/tickets?sort=due" in together.body) is (whole == 0)
    assert [one.key for one in post.records] == keys
    assert {one.sent_as for one in post.records} == {together.key}


def test_what_is_most_urgent_of_many_stands_first() -> None:
    channel = FakeChannel()
    post = Post(channel)
    low, high = ({"subject": f"a {one} one", "priority": one} for one in ("low", "high"))
    post.put(*map(str, range(LISTED)), bundle="technician:ann", payload=low)
    post.put("z", bundle="technician:ann", payload=high)
    post.deliver()
    (together,) = channel.seen
    lines = together.body.splitlines()

    assert together.subject == f"a high one (+{LISTED})"
    assert lines[2:4] == ["- a high one (high)", "- a low one (low)"]


def test_only_technicians_are_led_to_the_console() -> None:
    channel = FakeChannel()
    post = Post(channel)
    post.desk.database.public_url = "https://desk.example.org"
    post.put(*map(str, range(LISTED)), bundle="person:1", recipient="person:1")
    post.deliver()
    (together,) = channel.seen

    assert "https://" not in together.body


def test_one_run_takes_a_hundred_messages() -> None:
    post = Post(FakeChannel())
    for number in range(BATCH + 1):
        post.put(f"m{number:03}", recipient=f"technician:t{number}")

    assert (post.deliver(), post.deliver()) == (BATCH, 1)


def test_run_that_takes_long_gives_back_what_it_did_not_try() -> None:
    """So that its claims do not run out while a slow channel is at work."""
    post = Post(FakeChannel(), step_s=25.0)
    post.put("a", "b", "c", "d")

    sent = post.deliver()
    assert 0 < sent < 4
    assert sent + post.deliver() + post.deliver() + post.deliver() == 4


def test_empty_outbox_writes_nothing() -> None:
    post = Post()
    before = post.desk.database.data

    assert post.deliver() == 0
    assert post.desk.database.data is before

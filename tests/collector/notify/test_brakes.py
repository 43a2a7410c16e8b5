from datetime import time, timedelta

from sickbay_collector.core.desk.message import URGENT_RANK, MessageState
from sickbay_collector.core.desk.notify_rules import DEFAULT_PER_HOUR, Hours, NotifyRules
from tests.collector.desk_builders import NOW
from tests.collector.notify.test_worker import FakeChannel, Post
from tests.collector.roster_builders import a_book, a_technician

ANN = "technician:ann"


def test_recipient_gets_the_rest_as_one_message_that_says_so() -> None:
    channel = FakeChannel()
    post = Post(channel)
    keys = [f"m{number:02}" for number in range(DEFAULT_PER_HOUR + 3)]
    post.put(*keys)
    first = post.deliver()
    quiet = post.deliver(timedelta(minutes=30))
    later = post.deliver(timedelta(hours=1, minutes=1))
    together = channel.seen[-1]

    assert (first, quiet, later) == (DEFAULT_PER_HOUR, 0, 3)
    assert together.subject == f"about m{DEFAULT_PER_HOUR} (+2)"
    assert together.body.endswith(f"Held back: more than {DEFAULT_PER_HOUR} messages in an hour.")
    assert {one.state for one in post.records} == {MessageState.SENT}
    assert len(post.records) == len(keys)


def test_what_is_late_waits_for_the_end_of_quiet_hours() -> None:
    """A channel that was down until the night must not wake anybody; what is urgent may."""
    channel = FakeChannel()
    post = Post(channel)
    night = Hours(begin=time(8), end=time(10))
    ann = a_technician("ann", notify=NotifyRules(quiet=night))
    post.desk.database.book = a_book(ann)
    post.put("late")
    post.put("urgent", rank=URGENT_RANK)

    assert (post.deliver(), channel.keys) == (1, ["urgent"])
    assert post.message("late").not_before == NOW.replace(hour=10)
    assert post.deliver(timedelta(hours=1)) == 1


def test_urgent_passes_the_recipients_limit() -> None:
    channel = FakeChannel()
    post = Post(channel)
    post.put(*(f"m{number:02}" for number in range(DEFAULT_PER_HOUR + 1)))
    post.deliver()
    post.put("urgent", rank=URGENT_RANK)

    assert post.deliver(timedelta(seconds=1)) == 1
    assert channel.keys[-1] == "urgent"


def test_channel_carries_no_more_in_a_minute_than_it_may() -> None:
    """The rest waits, and is not changed by it."""
    channel = FakeChannel()
    channel.per_minute = 2
    post = Post(channel)
    post.put("a", "b", "c")

    assert (post.deliver(), post.deliver(timedelta(seconds=20))) == (2, 0)
    assert post.deliver(timedelta(seconds=61)) == 1
    assert channel.seen[-1].body == "text of c"


def test_limit_is_each_recipients_own() -> None:
    channel = FakeChannel()
    post = Post(channel)
    post.put(*(f"m{number:02}" for number in range(DEFAULT_PER_HOUR)))
    post.put("bob", recipient="technician:bob")

    assert post.deliver() == DEFAULT_PER_HOUR + 1

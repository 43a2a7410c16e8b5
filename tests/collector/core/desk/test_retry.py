from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.desk.message import (
    URGENT_RANK,
    WAITING,
    MessageState,
    OutboxMessage,
    Outcome,
)
from sickbay_collector.core.desk.retry import (
    GIVE_UP_AFTER,
    PATIENCE,
    REASON_LIMIT,
    URGENT_PATIENCE,
    backoff_s,
    failed,
    succeeded,
)
from tests.collector.desk_builders import NOW

ALONE = OutboxMessage(key="k", channel="mail", payload={}, created_at=NOW, not_before=NOW)
PAIR = replace(ALONE, fallbacks=("chat",))


def test_sent_message_is_done() -> None:
    verdict = succeeded(replace(ALONE, last_error="away"), MessageState.SENT)

    assert verdict.message == replace(ALONE, state=MessageState.SENT)
    assert (verdict.state, verdict.reason) == (MessageState.SENT, "")


@pytest.mark.parametrize(
    ("attempts", "expected"), [(1, 10), (2, 20), (9, 2560), (10, 3600), (1_000_000, 3600)]
)
def test_longest_wait_doubles_up_to_an_hour(attempts: int, expected: float) -> None:
    assert backoff_s(attempts, 1.0) == expected
    assert backoff_s(attempts, 0.0) == 0


def test_failure_for_now_waits_and_is_said() -> None:
    verdict = failed(ALONE, Outcome.RETRY, "away", at=NOW, draw=0.5)

    assert verdict.state is MessageState.RETRIED
    assert verdict.message == replace(
        ALONE,
        state=MessageState.RETRIED,
        attempts=1,
        turn_at=NOW,
        last_error="away",
        not_before=NOW + timedelta(seconds=5),
    )


def test_channel_that_gives_up_leaves_it_to_the_next() -> None:
    verdict = failed(PAIR, Outcome.GIVE_UP, "no such address", at=NOW, draw=1)

    assert verdict.state is MessageState.FAILED
    assert verdict.reason == "no such address; goes on by chat"
    assert (verdict.message.channel, verdict.message.fallbacks) == ("chat", ())
    assert (verdict.message.not_before, verdict.message.attempts) == (NOW, 0)


def test_nobody_left_is_dead_and_says_so() -> None:
    verdict = failed(ALONE, Outcome.GIVE_UP, "no such address", at=NOW, draw=1)

    assert verdict.state is verdict.message.state is MessageState.DEAD
    assert verdict.reason == "no such address; no other channel is left"


@pytest.mark.parametrize(("rank", "patience"), [(URGENT_RANK, URGENT_PATIENCE), (1, PATIENCE)])
def test_channel_that_stays_away_goes_to_the_end_of_the_line(
    rank: int, patience: timedelta
) -> None:
    """It comes back when the others fail too: the last channel is as good as the first."""
    tried = replace(PAIR, rank=rank, turn_at=NOW, attempts=3)
    early = failed(tried, Outcome.RETRY, "away", at=NOW + patience - timedelta(seconds=1), draw=1)
    late = failed(tried, Outcome.RETRY, "away", at=NOW + patience, draw=1)

    assert (early.message.channel, early.state) == ("mail", MessageState.RETRIED)
    assert (late.message.channel, late.message.fallbacks) == ("chat", ("mail",))
    assert late.state is MessageState.FAILED


@pytest.mark.parametrize("message", [ALONE, PAIR])
def test_five_days_are_the_end(message: OutboxMessage) -> None:
    last = NOW + GIVE_UP_AFTER
    early = failed(message, Outcome.RETRY, "away", at=last - timedelta(seconds=1), draw=1)
    late = failed(message, Outcome.RETRY, "away", at=last, draw=1)

    assert early.message.state in WAITING
    assert (late.state, late.reason) == (MessageState.DEAD, "away; given up after 5 days")


def test_reason_is_cut() -> None:
    assert len(failed(ALONE, Outcome.RETRY, "x" * 999, at=NOW, draw=1).reason) == REASON_LIMIT


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300))
def test_server_that_is_down_for_a_day_loses_nothing(draws: list[float]) -> None:
    """Whatever the dice say, a message waits until its server is back."""
    message, at = ALONE, NOW
    for draw in draws:
        if at >= NOW + timedelta(days=1):
            break
        message = failed(message, Outcome.RETRY, "down", at=at, draw=draw).message
        at = max(message.not_before, at)

    assert message.state is MessageState.RETRIED
    assert message.not_before <= NOW + timedelta(days=1, hours=1)

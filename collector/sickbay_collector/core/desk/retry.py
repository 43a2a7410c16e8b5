"""What becomes of a message after an attempt: done, again later, the next channel, or dead."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk.message import URGENT_RANK, MessageState, OutboxMessage, Outcome

GIVE_UP_AFTER = timedelta(days=5)
"""How long a message is tried. Source: RFC 5321 section 4.5.4.1, 4 to 5 days."""
URGENT_PATIENCE = timedelta(minutes=5)
"""How long an urgent message waits for a channel while it has another."""
PATIENCE = timedelta(minutes=30)
"""The same for all others."""

REASON_LIMIT = 300
"""Characters of a reason in the record."""

_FIRST_S = 10.0
_CAP_S = 3600.0
# 10 s doubled nine times is past the cap.
_DOUBLINGS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a message."""

    message: OutboxMessage
    state: MessageState
    """Of the attempt, for the record."""
    reason: str


def backoff_s(attempts: int, draw: float) -> float:
    """Return how long to wait after so many failed attempts, seconds.

    Args:
        attempts: At least 1.
        draw: From 0 to 1, by chance: full jitter, so that what failed together comes back apart.

    Source: AWS Architecture Blog, "Exponential Backoff And Jitter", full jitter.
    """
    return draw * min(_CAP_S, _FIRST_S * 2.0 ** min(attempts - 1, _DOUBLINGS))


def succeeded(message: OutboxMessage, state: MessageState) -> Verdict:
    """Return the verdict on a message that its channel took.

    Args:
        message: As it was sent.
        state: `SENT` or `DELIVERED`, as the channel knows.
    """
    return Verdict(message=replace(message, state=state, last_error=""), state=state, reason="")


def failed(
    message: OutboxMessage, outcome: Outcome, reason: str, *, at: datetime, draw: float
) -> Verdict:
    """Return the verdict on a message that could not be sent.

    A channel that gives up is left for good. One that only fails for now keeps its turn for a
    while and then goes to the end of the line, so that the last channel is as good as the first.

    Args:
        message: As it was tried.
        outcome: `RETRY` or `GIVE_UP`.
        reason: Why, in words.
        at: When.
        draw: From 0 to 1, by chance.
    """
    reason = reason[:REASON_LIMIT]
    tried = replace(
        message,
        attempts=message.attempts + 1,
        turn_at=message.turn_at or at,
        last_error=reason,
        state=MessageState.RETRIED,
    )
    if at - message.created_at >= GIVE_UP_AFTER:
        return _dead(tried, f"{reason}; given up after {GIVE_UP_AFTER.days} days")
    if outcome is Outcome.GIVE_UP:
        if not message.fallbacks:
            return _dead(tried, f"{reason}; no other channel is left")
        return _next(tried, message.fallbacks, reason, at)
    patience = URGENT_PATIENCE if message.rank == URGENT_RANK else PATIENCE
    if message.fallbacks and at - (tried.turn_at or at) >= patience:
        return _next(tried, (*message.fallbacks, message.channel), reason, at)
    later = at + timedelta(seconds=backoff_s(tried.attempts, draw))
    return Verdict(
        message=replace(tried, not_before=later), state=MessageState.RETRIED, reason=reason
    )


def _next(tried: OutboxMessage, line: tuple[str, ...], reason: str, at: datetime) -> Verdict:
    channel, *rest = line
    message = replace(
        tried, channel=channel, fallbacks=tuple(rest), attempts=0, turn_at=None, not_before=at
    )
    return Verdict(
        message=message, state=MessageState.FAILED, reason=f"{reason}; goes on by {channel}"
    )


def _dead(tried: OutboxMessage, reason: str) -> Verdict:
    state = MessageState.DEAD
    return Verdict(
        message=replace(tried, state=state, last_error=reason), state=state, reason=reason
    )

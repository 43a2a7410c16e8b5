"""Takes messages from the outbox to their channels.

Delivery is at least once: a crash after sending and before marking sends again, under the same
key. No unit of work is held while a channel sends. Several workers may share one outbox: each
claims what it sends.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sickbay_collector.notify.channel import Channel, Delivery, Outcome
from sickbay_collector.services.ports import OpenUnitOfWork, OutboxMessage

log = logging.getLogger(__name__)

# One run's share, so that a long queue never holds up stopping for long.
BATCH = 100
# Longer than a run takes; a worker that died leaves its messages to the others after this.
_CLAIM = timedelta(minutes=5)


@dataclass(slots=True, kw_only=True)
class DeliveryTally:
    """What came of all attempts since the start; only the worker writes it."""

    sent: int = 0
    retried: int = 0
    given_up: int = 0
    channel_failures: int = 0
    """Channels that raised instead of answering; counted among the retried too."""


def deliver_pending(
    open_uow: OpenUnitOfWork,
    channels: Sequence[Channel],
    now: datetime,
    *,
    tally: DeliveryTally | None = None,
) -> int:
    """Send what waits in the outbox, at most 100 messages, and return how many were sent.

    A message that its channel gives up is logged as an error and leaves the outbox too.

    Args:
        open_uow: Opens a unit of work; one reads the messages, a second says what became of them.
        channels: By name; a message whose kind none of them has is given up.
        now: When the messages are marked as sent.
        tally: Counts every attempt; None where nobody reads it.
    """
    tally = tally if tally is not None else DeliveryTally()
    by_name = {channel.name: channel for channel in channels}
    with open_uow() as uow:
        messages = tuple(uow.outbox.claim(limit=BATCH, now=now, until=now + _CLAIM))
        if not messages:
            return 0
        uow.commit()
    deliveries = [(item.key, _deliver(item, by_name.get(item.kind), tally)) for item in messages]
    with open_uow() as uow:
        for key, delivery in deliveries:
            if delivery.outcome is Outcome.RETRY:
                uow.outbox.release(key)
            else:
                uow.outbox.mark_sent(key, at=now)
        uow.commit()
    return sum(delivery.outcome is Outcome.OK for _, delivery in deliveries)


def _deliver(message: OutboxMessage, channel: Channel | None, tally: DeliveryTally) -> Delivery:
    delivery = _attempt(message, channel, tally)
    match delivery.outcome:
        case Outcome.OK:
            tally.sent += 1
        case Outcome.RETRY:
            tally.retried += 1
            log.warning("notify.retry key=%s reason=%s", message.key, delivery.reason)
        case Outcome.GIVE_UP:
            tally.given_up += 1
            log.error("notify.give_up key=%s reason=%s", message.key, delivery.reason)
    return delivery


def _attempt(message: OutboxMessage, channel: Channel | None, tally: DeliveryTally) -> Delivery:
    """Send; the boundary that keeps one broken channel from holding up the others."""
    if channel is None:
        return Delivery(
            outcome=Outcome.GIVE_UP, reason=f"no channel is named {message.kind[:64]!r}"
        )
    try:
        return channel.send(message)
    except Exception as error:
        tally.channel_failures += 1
        log.exception("notify.channel_failed channel=%s key=%s", channel.name, message.key)
        return Delivery(outcome=Outcome.RETRY, reason=f"{type(error).__name__} in the channel")

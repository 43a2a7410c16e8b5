"""Takes messages from the outbox to their channels, and records what became of each.

Delivery is at least once: a crash after sending and before the record sends again, under the same
key; record and message then say so. No unit of work is held while a channel sends. Several workers
may share one outbox: each claims what it sends.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk.message import (
    TEMPLATE_FAILED,
    WAITING,
    DeliveryRecord,
    MessageState,
    OutboxMessage,
    Outcome,
)
from sickbay_collector.core.desk.retry import Verdict, failed, succeeded
from sickbay_collector.notify.brakes import Brakes
from sickbay_collector.notify.bundle import combine, group
from sickbay_collector.notify.channel import Channel, Delivery, Message
from sickbay_collector.services.notice_routes import quiet_until, rules_for
from sickbay_collector.services.ports import OpenUnitOfWork

log = logging.getLogger(__name__)

# One run's share, so that a long queue never holds up stopping for long.
BATCH = 100
# Longer than a run takes; a worker that died leaves its messages to the others after this.
CLAIM = timedelta(minutes=5)
# A run stops trying after this; with one attempt of 10 s more it stays far within its claim.
_RUN_S = 60.0
INTERRUPTED = "may have been sent before: the worker that had it stopped before it could say"
"""The record of a message whose worker died with it."""

Observe = Callable[[str, MessageState], None]
"""Is told each attempt's kind of channel and how it ended."""


class Worker:
    """Empties the outbox.

    Args:
        open_uow: Opens a unit of work.
        channels: Returns the channels that there are, by id.
        draw: Returns a number from 0 to 1 by chance.
        elapsed: Seconds that never go back.
        observe: Is told each attempt.
        template_failed: Is told of each message whose text the site's own template failed to make.
    """

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        channels: Callable[[], Mapping[str, Channel]],
        *,
        draw: Callable[[], float],
        elapsed: Callable[[], float],
        observe: Observe,
        template_failed: Callable[[], None],
    ) -> None:
        self._open_uow = open_uow
        self._channels = channels
        self._draw = draw
        self._elapsed = elapsed
        self._observe = observe
        self._template_failed = template_failed

    def deliver(self, now: datetime) -> int:
        """Send what is due, at most 100 messages and what goes along; return how many went out.

        A channel that does not answer at all is left alone for the rest of the run.
        """
        until = now + CLAIM
        channels = self._channels()
        messages, brakes, console = self._claim(now, until, channels)
        began_s = self._elapsed()
        unreachable: dict[str, str] = {}
        sent = 0
        for members in group(messages):
            took_s = self._elapsed() - began_s
            channel_id = members[0].channel
            if took_s > _RUN_S or channel_id in unreachable:
                self._postpone(members, unreachable.get(channel_id, ""), now, until)
                continue
            if (held := brakes.hold(members[0])) is not None:
                self._give_back([held.of(one) for one in members], now, until)
                continue
            message = combine(members, console=console)
            delivery = self._send(message, channel_id, channels.get(channel_id))
            if delivery.unreachable:
                unreachable[channel_id] = delivery.reason
            at = now + timedelta(seconds=self._elapsed() - began_s)
            self._settle(members, delivery, channels.get(channel_id), message.key, (at, until))
            if delivery.outcome is Outcome.OK:
                brakes.sent(members[0])
                sent += len(members)
        return sent

    def _claim(
        self, now: datetime, until: datetime, channels: Mapping[str, Channel]
    ) -> tuple[Sequence[OutboxMessage], Brakes, str]:
        """Return what is sent in this run, what holds it back, and where the console is."""
        with self._open_uow() as uow:
            claims = uow.outbox.claim(limit=BATCH, now=now, until=until)
            for claim in claims:
                if claim.interrupted and claim.message.recipient:
                    uow.deliveries.add(
                        _record(claim.message, MessageState.RETRIED, INTERRUPTED, now, sent_as="")
                    )
            messages = [claim.message for claim in claims]
            book, console = uow.book, uow.ack_links.public_url
            brakes = Brakes(
                uow,
                messages,
                channels,
                lambda to: rules_for(book, to).per_hour,
                lambda to: quiet_until(book, to, now),
                now=now,
            )
            if claims:
                uow.commit()
        return messages, brakes, console

    def _send(self, message: Message, channel_id: str, channel: Channel | None) -> Delivery:
        """Send; the boundary that keeps one broken channel from holding up the others."""
        if channel is None:
            reason = f"there is no channel {channel_id[:64]!r}"
            return Delivery(outcome=Outcome.GIVE_UP, reason=reason)
        try:
            return channel.send(message)
        except Exception as error:
            log.exception("notify.channel_failed channel=%s key=%s", channel.name, message.key)
            reason = f"{type(error).__name__} in the channel"
            return Delivery(outcome=Outcome.RETRY, reason=reason, uncertain=True)

    def _settle(
        self,
        members: Sequence[OutboxMessage],
        delivery: Delivery,
        channel: Channel | None,
        sent_as: str,
        when: tuple[datetime, datetime],
    ) -> None:
        """Write what became of the members of one message, all in one transaction."""
        at, until = when
        kind = "none" if channel is None else channel.kind
        with self._open_uow() as uow:
            for message in members:
                verdict = self._verdict(message, delivery, channel, at)
                if not uow.outbox.settle(verdict.message, at=at, claimed_until=until):
                    log.warning("notify.claim_lost key=%s", message.key)
                if message.recipient:
                    uow.deliveries.add(_record(message, verdict.state, verdict.reason, at, sent_as))
                self._tell(message, verdict, kind)
            uow.commit()

    def _verdict(
        self,
        message: OutboxMessage,
        delivery: Delivery,
        channel: Channel | None,
        at: datetime,
    ) -> Verdict:
        if delivery.outcome is Outcome.OK and channel is not None:
            state = MessageState.DELIVERED if channel.confirms else MessageState.SENT
            return succeeded(message, state)
        tried = replace(message, repeats=message.repeats + delivery.uncertain)
        return failed(tried, delivery.outcome, delivery.reason, at=at, draw=self._draw())

    def _postpone(
        self, members: Sequence[OutboxMessage], reason: str, now: datetime, until: datetime
    ) -> None:
        """Give messages back that were not tried: their channel is away, or the run is over."""
        if not reason:
            self._give_back(members, now, until)
            return
        self._give_back(
            [
                failed(one, Outcome.RETRY, reason, at=now, draw=self._draw()).message
                for one in members
            ],
            now,
            until,
        )

    def _give_back(self, messages: Sequence[OutboxMessage], now: datetime, until: datetime) -> None:
        with self._open_uow() as uow:
            for message in messages:
                uow.outbox.settle(message, at=now, claimed_until=until)
            uow.commit()

    def _tell(self, message: OutboxMessage, verdict: Verdict, kind: str) -> None:
        self._observe(kind, verdict.state)
        if TEMPLATE_FAILED in message.payload and verdict.message.state not in WAITING:
            self._template_failed()
        match verdict.state:
            case MessageState.RETRIED | MessageState.FAILED:
                log.warning("notify.retry key=%s reason=%s", message.key, verdict.reason)
            case MessageState.DEAD:
                log.error("notify.dead key=%s reason=%s", message.key, verdict.reason)


def _record(
    message: OutboxMessage, state: MessageState, reason: str, at: datetime, sent_as: str
) -> DeliveryRecord:
    return DeliveryRecord(
        key=message.key,
        ticket_id=message.ticket_id,
        channel=message.channel,
        recipient=message.recipient,
        at=at,
        state=state,
        reason=reason,
        sent_as=sent_as,
    )

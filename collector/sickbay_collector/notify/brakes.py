"""Who may not be sent more for now: a recipient by the hour and by night, a channel by the minute.

What is held waits under its bundle, so it goes out as one message later, which says so.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sickbay_collector.core.desk.message import URGENT_RANK, OutboxMessage
from sickbay_collector.notify.channel import Channel
from sickbay_collector.services.ports import UnitOfWork

HELD = "held"
"""The key of a payload that says why a message was held."""
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# How long until it is looked at again: soon enough, and not at every run.
_RECIPIENT_WAITS = timedelta(minutes=5)
_CHANNEL_WAITS = timedelta(seconds=10)

PerHour = Callable[[str], int]
"""Returns how many messages a recipient gets in an hour."""
QuietUntil = Callable[[str], datetime | None]
"""Returns when a recipient's quiet hours end; None where they are in none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why and until when a message is held."""

    reason: str
    """"" where the channel has too much to carry, or the recipient is quiet."""
    until: datetime

    def of(self, message: OutboxMessage) -> OutboxMessage:
        """Return the message, held."""
        if not self.reason:
            return replace(message, not_before=self.until)
        return replace(
            message,
            payload={**message.payload, HELD: self.reason},
            bundle=message.bundle or message.recipient,
            not_before=self.until,
        )


class Brakes:
    """Counts what was sent, and says what is too much.

    Args:
        uow: Where the records are.
        messages: What is about to be sent.
        channels: By id.
        per_hour: Recipients' limits.
        quiet_until: Recipients' quiet hours: what was due before may be late.
        now: The present time.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        messages: Sequence[OutboxMessage],
        channels: Mapping[str, Channel],
        per_hour: PerHour,
        quiet_until: QuietUntil,
        *,
        now: datetime,
    ) -> None:
        recipients = {one.recipient for one in messages if one.recipient}
        limited = {
            one.channel
            for one in messages
            if one.channel in channels and channels[one.channel].per_minute is not None
        }
        self._to = Counter(uow.deliveries.sent_to(recipients, since=now - HOUR))
        self._by = Counter(uow.deliveries.sent_by(limited, since=now - MINUTE))
        self._limits = {name: channels[name].per_minute for name in limited}
        self._per_hour = {name: per_hour(name) for name in recipients}
        self._quiet = {name: quiet_until(name) for name in recipients}
        self._now = now

    def hold(self, message: OutboxMessage) -> Hold | None:
        """Return why a message has to wait; None where it may go.

        For urgent ones only what the channel carries counts.
        """
        limit = self._limits.get(message.channel)
        if limit is not None and self._by[message.channel] >= limit:
            return Hold(reason="", until=self._now + _CHANNEL_WAITS)
        if message.rank == URGENT_RANK:
            return None
        ends = self._quiet.get(message.recipient)
        if ends is not None:
            return Hold(reason="", until=ends)
        hourly = self._per_hour.get(message.recipient)
        if hourly is not None and self._to[message.recipient] >= hourly:
            reason = f"Held back: more than {hourly} messages in an hour."
            return Hold(reason=reason, until=self._now + _RECIPIENT_WAITS)
        return None

    def sent(self, message: OutboxMessage) -> None:
        """Count a message that went out."""
        self._to[message.recipient] += 1
        self._by[message.channel] += 1

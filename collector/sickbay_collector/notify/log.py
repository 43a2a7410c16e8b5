"""The channel `log`: one structured line for each message."""

import json
import logging

from sickbay_collector.core.desk.channel_spec import LOG_CHANNEL, ChannelSpec
from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.notify.channel import Channel, Delivery, Message
from sickbay_collector.notify.hooks import Tools

log = logging.getLogger(__name__)


class LogChannel:
    """Writes each message as one line, key=value, in the payload's order."""

    kind = "log"
    confirms = True

    def __init__(self, spec: ChannelSpec = LOG_CHANNEL) -> None:
        self.name = spec.id
        self.per_minute = spec.per_minute

    def send(self, message: Message) -> Delivery:
        """Write the line; this cannot fail.

        Values stand in JSON's quotes, so that no text of a ticket can begin a line of its own.
        """
        pairs = [f"{name}={json.dumps(value)}" for name, value in message.payload.items()]
        if message.recipient:
            pairs.append(f"to={json.dumps(message.recipient)}")
        log.info("notify key=%s %s", message.key, " ".join(pairs))
        return Delivery(outcome=Outcome.OK)


def make(spec: ChannelSpec, tools: Tools) -> Channel:
    """Return the channel."""
    del tools
    return LogChannel(spec)

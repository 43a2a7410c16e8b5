"""The channel `log`: one structured line for each message."""

import json
import logging

from sickbay_collector.core.desk.message import Outcome
from sickbay_collector.notify.channel import Delivery, Message

log = logging.getLogger(__name__)


class LogChannel:
    """Writes each message as one line, key=value, in the payload's order."""

    name = "log"
    kind = "log"
    confirms = True

    def send(self, message: Message) -> Delivery:
        """Write the line; this cannot fail.

        Values stand in JSON's quotes, so that no text of a ticket can begin a line of its own.
        """
        pairs = [f"{name}={json.dumps(value)}" for name, value in message.payload.items()]
        if message.recipient:
            pairs.append(f"to={json.dumps(message.recipient)}")
        log.info("notify key=%s %s", message.key, " ".join(pairs))
        return Delivery(outcome=Outcome.OK)

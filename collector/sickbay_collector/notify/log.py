"""The channel `log`: one structured line for each message."""

import json
import logging

from sickbay_collector.notify.channel import Delivery, Outcome
from sickbay_collector.services.ports import OutboxMessage

log = logging.getLogger(__name__)


class LogChannel:
    """Writes each message as one line, key=value, in the payload's order."""

    name = "log"

    def send(self, message: OutboxMessage) -> Delivery:
        """Write the line; this cannot fail.

        Values stand in JSON's quotes, so that no text of a ticket can begin a line of its own.
        """
        pairs = " ".join(f"{name}={json.dumps(value)}" for name, value in message.payload.items())
        log.info("notify key=%s %s", message.key, pairs)
        return Delivery(outcome=Outcome.OK)

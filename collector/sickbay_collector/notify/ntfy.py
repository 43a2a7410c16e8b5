"""The channel `ntfy`: JSON to the server of a topic; the URL's last part is the topic.

Source: docs.ntfy.sh, "Publish as JSON" and "Message priority".
"""

from collections.abc import Mapping
from types import MappingProxyType

from sickbay_collector.core.desk.channel_spec import ChannelSpec
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.notify.channel import Channel, Message
from sickbay_collector.notify.hooks import HookChannel, Tools, Written, cut

# ntfy makes an attachment of more than 4,096 bytes.
_LIMIT = 1000
_PRIORITIES: Mapping[str, int] = MappingProxyType(
    {Priority.URGENT: 5, Priority.HIGH: 4, Priority.MEDIUM: 3, Priority.LOW: 2}
)
_USUAL = 3


def make(spec: ChannelSpec, tools: Tools) -> Channel:
    """Return the channel."""
    return HookChannel(spec, tools, write)


def write(message: Message, spec: ChannelSpec, url: str, secret: str) -> Written:
    """Return the message for a topic."""
    del spec
    server, _, topic = url.rstrip("/").rpartition("/")
    body = {
        "topic": topic,
        "title": cut(message.subject, 200),
        "message": cut(message.body, _LIMIT),
        "priority": _PRIORITIES.get(message.payload.get("priority", ""), _USUAL),
    }
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return Written(url=f"{server}/", body=body, headers=headers)

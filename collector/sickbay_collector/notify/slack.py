"""The channel `slack`: an incoming webhook.

Source: docs.slack.dev, "Sending messages using incoming webhooks" and "Formatting message text".
"""

from sickbay_collector.core.desk.channel_spec import ChannelSpec
from sickbay_collector.notify.channel import Channel, Message
from sickbay_collector.notify.hooks import HookChannel, Tools, Written, cut

# Slack cuts longer ones.
_LIMIT = 3500


def make(spec: ChannelSpec, tools: Tools) -> Channel:
    """Return the channel."""
    return HookChannel(spec, tools, write)


def write(message: Message, spec: ChannelSpec, url: str, secret: str) -> Written:
    """Return the message; what is markup or a mention in it stays text."""
    del spec, secret
    text = f"*{_plain(message.subject)}*\n{_plain(cut(message.body, _LIMIT))}"
    return Written(url=url, body={"text": text})


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

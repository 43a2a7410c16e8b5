"""The channel `mattermost`: an incoming webhook.

Source: developers.mattermost.com, "Incoming webhooks".
"""

import re

from sickbay_collector.core.desk.channel_spec import ChannelSpec
from sickbay_collector.notify.channel import Channel, Message
from sickbay_collector.notify.hooks import HookChannel, Tools, Written, cut

# A post may have 16,383 characters.
_LIMIT = 16_000
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~<>])")
# An invisible character after it keeps "@channel" of a ticket's text from calling everybody.
_BREAK = "\u200b"


def make(spec: ChannelSpec, tools: Tools) -> Channel:
    """Return the channel."""
    return HookChannel(spec, tools, write)


def write(message: Message, spec: ChannelSpec, url: str, secret: str) -> Written:
    """Return the message; what is markup or a mention in it stays text."""
    del spec, secret
    text = f"**{_plain(message.subject)}**\n{_plain(message.body)}"
    return Written(url=url, body={"text": cut(text, _LIMIT)})


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text).replace("@", f"@{_BREAK}")
